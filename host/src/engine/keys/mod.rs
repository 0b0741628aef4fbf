//! Keys of the device by name: a key is a secret whose versions' values are the blobs that the device made.
//!
//! So a key has what secrets have: versions, atomic changes, records bound to their place. A blob that was put under
//! another name, version or collection does not open, and the device checks what it says before it is used. Nothing here
//! ever holds a private key.

mod making;
mod named;

pub use making::KeyInTheMaking;
pub(super) use making::Making;
pub use named::{Facts, KeyChange, KeyName, NamedKey};
pub(super) use named::{facts_key, facts_of, facts_row};

use super::collection::{Collection, CollectionId};
use super::secret::{SecretPath, Terms, Version, Written};
use super::{Engine, EngineError};
use crate::hsm::{Description, Progress, ToSign};
use casemate_common::blob::{KeyType, Template, Usages};
use casemate_common::command::{Recipient, SignatureScheme};
use std::sync::Arc;
use tracing::info;
use zeroize::Zeroizing;

/// A key to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewKey {
    /// Its type.
    pub key_type: KeyType,
    /// What it may be used for.
    pub usages: Usages,
    /// Whether it may ever be wrapped for somebody.
    pub distributable: bool,
}

/// One version of a key.
pub struct Key {
    /// Which version.
    pub version: Version,
    collection: Arc<Collection>,
    blob: Zeroizing<Vec<u8>>,
}

impl Engine {
    /// Makes a key inside the device, and stores its blob as the next version at `path`. An RSA key takes its time;
    /// other requests do not wait for it. Let the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// As [`Engine::write`].
    pub async fn add_key(
        &self,
        collection: CollectionId,
        path: &SecretPath,
        new: NewKey,
        terms: impl Into<Terms>,
    ) -> Result<Written, EngineError> {
        let blob = self.make_key(collection, path, new).await?;
        self.write(collection, path, Zeroizing::new(blob), terms).await
    }

    /// Makes a key inside the device; answers its blob.
    pub(in crate::engine) async fn make_key(
        &self,
        collection: CollectionId,
        path: &SecretPath,
        new: NewKey,
    ) -> Result<Vec<u8>, EngineError> {
        let seconds = u64::try_from(self.now().as_nanos() / 1_000_000_000).unwrap_or_default();
        let template = Template::new(new.key_type, new.usages, new.distributable, seconds)
            .map_err(|code| EngineError::Hsm(code.into()))?;
        let keyring = self.collection(collection)?.keyring();
        let made = self.keys_making.begin(KeyInTheMaking {
            collection,
            path: path.clone(),
            key_type: new.key_type,
            since: self.now(),
            progress: Progress::default(),
        });
        let tell = |progress: Progress| {
            let Progress { primes, candidates } = progress;
            info!(%path, primes, candidates, "the device is making a key");
            made.tell(progress);
        };
        Ok(self.hsm.generate_key(keyring, template, &tell).await?)
    }

    /// The keys that the device is making at this moment, the oldest request first.
    pub fn keys_in_the_making(&self) -> Vec<KeyInTheMaking> {
        self.keys_making.all()
    }

    /// A version of a key; 0 means the current one.
    ///
    /// # Errors
    /// As [`Engine::read`].
    pub async fn key(
        &self,
        collection: &Arc<Collection>,
        path: &SecretPath,
        number: u32,
    ) -> Result<Key, EngineError> {
        let reading = self.read(collection, path, number).await?;
        Ok(Key {
            version: reading.version,
            collection: collection.clone(),
            blob: reading.value,
        })
    }

    /// A key that was just made and is not stored yet.
    pub(in crate::engine) fn new_key(
        &self,
        collection: CollectionId,
        blob: &[u8],
    ) -> Result<Key, EngineError> {
        Ok(Key {
            version: Version::new(1, self.now(), None),
            collection: self.collection(collection)?,
            blob: Zeroizing::new(blob.to_vec()),
        })
    }

    /// What a key is, and its public key, as the device vouches for them.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn describe_key(&self, key: &Key) -> Result<Description, EngineError> {
        Ok(self.hsm.describe_key(key.collection.keyring(), &key.blob).await?)
    }

    /// Signs a message. ECDSA signatures are `r ‖ s`, each as long as the curve's order.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn sign(
        &self,
        key: &Key,
        scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        let keyring = key.collection.keyring();
        let input = ToSign::Message(message);
        Ok(self.hsm.sign(keyring, &key.blob, scheme, input).await?)
    }

    /// Wraps a key for somebody; it must be distributable, and the device's export policy allow the recipient.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn wrap(&self, key: &Key, recipient: Recipient<'_>) -> Result<Vec<u8>, EngineError> {
        let keyring = key.collection.keyring();
        Ok(self.hsm.wrap_key(keyring, &key.blob, recipient).await?)
    }
}
