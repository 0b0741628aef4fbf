use crate::engine::collection::CollectionId;
use crate::engine::configurations::{Config, ConfigKind};
use crate::engine::{Engine, EngineError};
use crate::hsm::ErrorKind;
use crate::pem;
use crate::store::Batch;
use casemate_common::blob::{KeyType, Template, Usages};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The settings of a public authority: an account there. Its key is sealed beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicAuthority {
    /// What the API calls it.
    pub kind: String,
    /// Where its directory is (RFC 8555, section 7.1.1).
    pub directory: String,
    /// SHA-256 of the account's public key (SubjectPublicKeyInfo), in hexadecimal.
    pub fingerprint: String,
}

/// The types of keys that accounts may have.
const TYPES: [KeyType; 4] = [
    KeyType::P256,
    KeyType::Rsa2048,
    KeyType::Rsa3072,
    KeyType::Rsa4096,
];

impl Engine {
    /// Makes a configuration of a public authority: `key` is the account's, PKCS#8 in PEM, and goes into the device. Let
    /// the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::BadChange`] for a key that can't be used, and those of [`Engine::make_config`].
    pub async fn make_public_authority(
        &self,
        collection: CollectionId,
        name: &str,
        (kind, directory): (String, String),
        key: &str,
    ) -> Result<Config<PublicAuthority>, EngineError> {
        let (blob, fingerprint) = self.import_account_key(collection, key).await?;
        let facts = PublicAuthority {
            kind,
            directory,
            fingerprint,
        };
        let config = (ConfigKind::PublicAuthority, name);
        self.make_config(config, collection, facts, Some(blob)).await
    }

    /// Removes a configuration of a public authority.
    ///
    /// # Errors
    /// [`EngineError::BadChange`] where a secret is ordered by it, and those of [`Engine::remove_config`].
    pub async fn remove_public_authority(&self, name: &str) -> Result<(), EngineError> {
        self.remove_config::<PublicAuthority>((ConfigKind::PublicAuthority, name), |_| {
            self.check_unused(|terms| terms.ca == name)?;
            Ok(Batch::new())
        })
        .await
    }

    async fn import_account_key(
        &self,
        collection: CollectionId,
        key: &str,
    ) -> Result<(Zeroizing<Vec<u8>>, String), EngineError> {
        let unusable = || {
            EngineError::BadChange(
                "private_key must be the account's key in PEM (PKCS#8, not encrypted): RSA of 2048, 3072 or 4096 bits, or \
                 on P-256"
                    .into(),
            )
        };
        let material = pem::decode(key)
            .filter(|_| key.contains("BEGIN PRIVATE KEY"))
            .ok_or_else(unusable)?;
        let keyring = self.collection(collection)?.keyring();
        for key_type in TYPES {
            let template = Template::new(key_type, Usages::OF_SIGNERS, false, 0)
                .map_err(|code| EngineError::Hsm(code.into()))?;
            match self.hsm.import_key(keyring, template, &material).await {
                Ok(blob) => {
                    let public = self.hsm.describe_key(keyring, &blob).await?.public_key;
                    return Ok((Zeroizing::new(blob), hex::encode(Sha256::digest(public))));
                }
                Err(error) if error.kind() == ErrorKind::Caller => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(unusable())
    }
}
