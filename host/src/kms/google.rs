//! Service account files of Google: who the account is, and its RSA key, which the device is to keep.

use super::{Credentials, Given, KmsError, SigningKey};
use crate::pem;
use casemate_common::blob::KeyType;
use ring::rsa::KeyPair;
use serde::Deserialize;
use std::fs;
use std::path::Path;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// What of the file matters.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
struct Account {
    client_email: String,
    private_key: String,
    private_key_id: Option<String>,
    token_uri: Option<String>,
}

/// The account whose file somebody has named: only files in one directory may be.
pub(super) fn within(mut given: Credentials, directory: Option<&Path>) -> Result<Given, KmsError> {
    let Some(file) = given.take("service_account_file") else {
        return Ok(Given {
            plain: given,
            key: None,
        });
    };
    let refused =
        |why: &str| KmsError::Configuration(format!("service_account_file {:?} {why}", file.as_str()));
    let directory = directory.ok_or_else(|| {
        refused("may not be read: name its directory as service-accounts in the section [kms] of the settings file")
    })?;
    let found = Path::new(file.as_str()).canonicalize();
    let found = found.ok().zip(directory.canonicalize().ok());
    let (found, _) = found
        .filter(|(found, directory)| found.starts_with(directory))
        .ok_or_else(|| {
            refused("is no file in the directory that service-accounts of the settings file names")
        })?;
    let account = parse(&read(&found)?)?;
    Ok(Given {
        plain: account.plain.over(&given),
        key: account.key,
    })
}

/// The account of `GOOGLE_CREDENTIALS`: a file's path, or its text.
pub(super) fn anywhere(file_or_text: &str) -> Result<Given, KmsError> {
    match file_or_text.trim_start().starts_with('{') {
        true => parse(file_or_text),
        false => parse(&read(Path::new(file_or_text))?),
    }
}

/// The account of Application Default Credentials.
pub(super) fn application_default() -> Result<Given, KmsError> {
    match std::env::var_os("GOOGLE_APPLICATION_CREDENTIALS") {
        Some(file) => parse(&read(Path::new(&file))?),
        None => Ok(Given::default()),
    }
}

fn read(file: &Path) -> Result<Zeroizing<String>, KmsError> {
    fs::read_to_string(file).map(Zeroizing::new).map_err(|error| {
        KmsError::Configuration(format!(
            "the service account file {} can't be read: {error}",
            file.display()
        ))
    })
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
    let material = pem::decode(&account.private_key).ok_or_else(|| bad("has no private_key in PEM"))?;
    let key_type =
        rsa_type(&material).ok_or_else(|| bad("has no RSA key in PKCS#8, of 2048 to 4096 bits"))?;
    Ok(Given {
        plain,
        key: Some(SigningKey { key_type, material }),
    })
}

fn rsa_type(pkcs8: &[u8]) -> Option<KeyType> {
    let bytes = KeyPair::from_pkcs8(pkcs8).ok()?.public().modulus_len();
    KeyType::ALL
        .into_iter()
        .find(|key_type| key_type.modulus_len() == Some(bytes))
}
