//! Files of this machine with a credential that is an RSA key: which of them requests may name, and what they hold.

use super::{KmsError, SigningKey};
use crate::pem;
use casemate_common::blob::KeyType;
use ring::rsa::KeyPair;
use std::fs;
use std::path::Path;
use zeroize::Zeroizing;

/// The text of a file that somebody has named in the field `name`: only files in one directory may be.
pub(super) fn named(name: &str, file: &str, directory: Option<&Path>) -> Result<Zeroizing<String>, KmsError> {
    let refused = |why: &str| KmsError::Configuration(format!("{name} {file:?} {why}"));
    let directory = directory.ok_or_else(|| {
        refused("may not be read: name its directory as service-accounts in the section [kms] of the settings file")
    })?;
    let found = Path::new(file).canonicalize();
    let found = found.ok().zip(directory.canonicalize().ok());
    let (found, _) = found
        .filter(|(found, directory)| found.starts_with(directory))
        .ok_or_else(|| {
            refused("is no file in the directory that service-accounts of the settings file names")
        })?;
    read(&found)
}

/// The text of a file that the operator has named.
pub(super) fn read(file: &Path) -> Result<Zeroizing<String>, KmsError> {
    fs::read_to_string(file).map(Zeroizing::new).map_err(|error| {
        let file = file.display();
        KmsError::Configuration(format!("the credentials file {file} can't be read: {error}"))
    })
}

/// The RSA key of a text in PEM, with its public key in DER (RFC 8017, appendix A.1.1).
pub(super) struct RsaKey {
    pub(super) key: SigningKey,
    pub(super) public: Vec<u8>,
}

impl RsaKey {
    /// `None` where it is no RSA key in PKCS#8, of 2048 to 4096 bits.
    pub(super) fn parse(private_key: &str) -> Option<Self> {
        let material = pem::decode(private_key)?;
        let pair = KeyPair::from_pkcs8(&material).ok()?;
        let len = Some(pair.public().modulus_len());
        let mut types = KeyType::ALL.into_iter();
        Some(Self {
            public: pair.public().as_ref().to_vec(),
            key: SigningKey {
                key_type: types.find(|key_type| key_type.modulus_len() == len)?,
                material,
            },
        })
    }
}
