//! The Rust client `vaultrs`, unchanged, over the route that its own way of building paths needs:
//! `/v1/api/{domain}/secret/…`.

use casemate_tests::daemon::Daemon;
use std::collections::HashMap;
use std::error::Error;
use vaultrs::api::kv2::requests::{SetSecretMetadataRequest, SetSecretRequestOptions};
use vaultrs::api::kv2::responses::SecretVersionMetadata;
use vaultrs::client::{VaultClient, VaultClientSettingsBuilder};
use vaultrs::error::ClientError;
use vaultrs::kv2;

const MOUNT: &str = "secret";
const PATH: &str = "vaultrs/database";

type Secret = HashMap<String, String>;

fn secret(password: &str) -> Secret {
    HashMap::from([
        ("user".to_owned(), "app".to_owned()),
        ("password".to_owned(), password.to_owned()),
    ])
}

fn client(daemon: &Daemon) -> Result<VaultClient, Box<dyn Error>> {
    // vaultrs wants a TLS implementation even for plain HTTP; an earlier test may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = VaultClientSettingsBuilder::default()
        .address(daemon.base())
        .token(daemon.token())
        .build()?;
    Ok(VaultClient::new(settings)?)
}

fn status<T: std::fmt::Debug>(result: Result<T, ClientError>) -> u16 {
    match result {
        Err(ClientError::APIError { code, .. }) => code,
        other => panic!("an error of the API was expected, not {other:?}"),
    }
}

async fn write_with_cas(client: &VaultClient, cas: u32) -> Result<SecretVersionMetadata, ClientError> {
    let options = SetSecretRequestOptions { cas };
    kv2::set_with_options(client, MOUNT, PATH, &secret("one"), options).await
}

#[tokio::test]
async fn a_secret_lives_through_its_versions() -> Result<(), Box<dyn Error>> {
    let data = tempfile::tempdir()?;
    let daemon = Daemon::start(data.path(), "sim:")?;
    let client = client(&daemon)?;

    assert_eq!(kv2::set(&client, MOUNT, PATH, &secret("one")).await?.version, 1);
    assert_eq!(kv2::set(&client, MOUNT, PATH, &secret("two")).await?.version, 2);
    assert_eq!(kv2::read::<Secret>(&client, MOUNT, PATH).await?, secret("two"));
    assert_eq!(
        kv2::read_version::<Secret>(&client, MOUNT, PATH, 1).await?,
        secret("one")
    );
    assert_eq!(kv2::list(&client, MOUNT, "vaultrs").await?, ["database"]);

    kv2::delete_latest(&client, MOUNT, PATH).await?;
    assert_eq!(status(kv2::read::<Secret>(&client, MOUNT, PATH).await), 404);
    kv2::undelete_versions(&client, MOUNT, PATH, vec![2]).await?;
    assert_eq!(kv2::read::<Secret>(&client, MOUNT, PATH).await?, secret("two"));

    kv2::destroy_versions(&client, MOUNT, PATH, vec![1]).await?;
    let metadata = kv2::read_metadata(&client, MOUNT, PATH).await?;
    assert_eq!(metadata.current_version, 2);
    assert!(metadata.versions["1"].destroyed && !metadata.versions["2"].destroyed);

    kv2::delete_metadata(&client, MOUNT, PATH).await?;
    assert_eq!(status(kv2::list(&client, MOUNT, "vaultrs").await), 404);
    Ok(daemon.stop()?)
}

#[tokio::test]
async fn cas_and_metadata_are_honoured() -> Result<(), Box<dyn Error>> {
    let data = tempfile::tempdir()?;
    let daemon = Daemon::start(data.path(), "sim:")?;
    let client = client(&daemon)?;

    assert_eq!(write_with_cas(&client, 0).await?.version, 1);
    assert_eq!(status(write_with_cas(&client, 0).await), 400);
    assert_eq!(write_with_cas(&client, 1).await?.version, 2);

    let mut change = SetSecretMetadataRequest::builder();
    let owner = HashMap::from([("owner".to_owned(), "team-a".to_owned())]);
    change.max_versions(5u64).custom_metadata(owner.clone());
    kv2::set_metadata(&client, MOUNT, PATH, Some(&mut change)).await?;
    let metadata = kv2::read_metadata(&client, MOUNT, PATH).await?;
    assert_eq!(
        (metadata.max_versions, metadata.custom_metadata),
        (5, Some(owner))
    );
    Ok(daemon.stop()?)
}
