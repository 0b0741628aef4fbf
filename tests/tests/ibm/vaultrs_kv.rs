//! The Rust client `vaultrs`, unchanged, with the mount `ibmcloud/kv`.

use casemate_tests::daemon::Daemon;
use std::collections::HashMap;
use std::error::Error;
use vaultrs::client::{VaultClient, VaultClientSettingsBuilder};
use vaultrs::kv2;

const MOUNT: &str = "ibmcloud/kv";

type Secret = HashMap<String, String>;

fn secret(password: &str) -> Secret {
    HashMap::from([("password".to_owned(), password.to_owned())])
}

#[tokio::test]
async fn a_secret_lives_through_its_versions() -> Result<(), Box<dyn Error>> {
    let data = tempfile::tempdir()?;
    let daemon = Daemon::start(data.path(), "sim:")?;
    // vaultrs wants a TLS implementation even for plain HTTP; an earlier test may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = VaultClientSettingsBuilder::default()
        .address(format!("http://{}", daemon.address()))
        .token(daemon.token())
        .build()?;
    let client = VaultClient::new(settings)?;
    assert_eq!(
        kv2::set(&client, MOUNT, "database", &secret("one"))
            .await?
            .version,
        1
    );
    assert_eq!(
        kv2::set(&client, MOUNT, "database", &secret("two"))
            .await?
            .version,
        2
    );
    assert_eq!(
        kv2::read::<Secret>(&client, MOUNT, "database").await?,
        secret("two")
    );
    assert_eq!(
        kv2::read_version::<Secret>(&client, MOUNT, "database", 1).await?,
        secret("one")
    );
    assert_eq!(kv2::list(&client, MOUNT, "").await?, ["database"]);
    assert_eq!(
        kv2::read_metadata(&client, MOUNT, "database")
            .await?
            .current_version,
        2
    );
    kv2::delete_latest(&client, MOUNT, "database").await?;
    assert!(kv2::read::<Secret>(&client, MOUNT, "database").await.is_err());
    kv2::undelete_versions(&client, MOUNT, "database", vec![2]).await?;
    assert_eq!(
        kv2::read::<Secret>(&client, MOUNT, "database").await?,
        secret("two")
    );
    kv2::destroy_versions(&client, MOUNT, "database", vec![1]).await?;
    assert!(
        kv2::read_version::<Secret>(&client, MOUNT, "database", 1)
            .await
            .is_err()
    );
    kv2::delete_metadata(&client, MOUNT, "database").await?;
    assert!(kv2::read_metadata(&client, MOUNT, "database").await.is_err());
    daemon.stop()?;
    Ok(())
}
