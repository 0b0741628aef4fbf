//! Service account files of Google: who the account is, and its RSA key, which the device is to keep.

use super::credential_file::{self, RsaKey};
use super::{Credentials, Given, KmsError};
use serde::Deserialize;
use std::env;
use std::path::{Path, PathBuf};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What of the file matters.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
struct Account {
    client_email: String,
    private_key: String,
    private_key_id: Option<String>,
    token_uri: Option<String>,
}

/// The account whose file somebody has named: an address alone would say who they are and prove nothing.
pub(super) fn within(mut given: Credentials, directory: Option<&Path>) -> Result<Given, KmsError> {
    const FIELD: &str = "service_account_file";
    given.take("client_email");
    let Some(file) = given.take(FIELD) else {
        return Ok(Given::plain(given));
    };
    let account = parse(&credential_file::named(FIELD, &file, directory)?)?;
    Ok(Given {
        plain: account.plain.over(&given),
        key: account.key,
    })
}

/// The account of `GOOGLE_CREDENTIALS`: a file's path, or its text.
pub(super) fn anywhere(file_or_text: &str) -> Result<Given, KmsError> {
    match file_or_text.trim_start().starts_with('{') {
        true => parse(file_or_text),
        false => parse(&credential_file::read(Path::new(file_or_text))?),
    }
}

/// The account of Application Default Credentials: the file that the environment names, else the one in its usual place.
pub(super) fn application_default() -> Result<Given, KmsError> {
    let named = env::var_os("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from);
    match named.or_else(|| usual().filter(|file| file.exists())) {
        Some(file) => parse(&credential_file::read(&file)?),
        None => Ok(Given::default()),
    }
}

fn usual() -> Option<PathBuf> {
    let own = env::var_os("CLOUDSDK_CONFIG").map(PathBuf::from);
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".config/gcloud"));
    Some(own.or_else(home)?.join("application_default_credentials.json"))
}

fn parse(text: &str) -> Result<Given, KmsError> {
    let bad = |why: &str| KmsError::Configuration(format!("the service account file {why}"));
    let account: Account =
        serde_json::from_str(text).map_err(|_| bad("is no JSON with client_email and private_key"))?;
    let mut plain = Credentials::default();
    plain.set("client_email", &account.client_email);
    for (name, value) in [
        ("private_key_id", &account.private_key_id),
        ("token_uri", &account.token_uri),
    ] {
        if let Some(value) = value {
            plain.set(name, value);
        }
    }
    let RsaKey { key, .. } = RsaKey::parse(&account.private_key)
        .ok_or_else(|| bad("has no private_key in PEM: an RSA key in PKCS#8, of 2048 to 4096 bits"))?;
    Ok(Given {
        plain,
        key: Some(key),
    })
}

/// Where a machine at Google asks for tokens of its own identity. `GCE_METADATA_HOST` is a host without a scheme.
pub(super) fn metadata_url() -> String {
    let host = env::var("GCE_METADATA_HOST").ok().filter(|host| !host.is_empty());
    format!("http://{}", host.as_deref().unwrap_or("metadata.google.internal"))
}
