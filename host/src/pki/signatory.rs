use super::PkiError;
use crate::engine::collection::Collection;
use crate::engine::keys::{Key, NewKey};
use crate::engine::secret::{Cas, SecretPath};
use crate::engine::{Engine, EngineError};
use crate::x509::Signer;
use casemate_common::blob::{KeyType, Usages};
use std::sync::Arc;
use x509_cert::builder::Builder;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

/// A P-256 key in the device that signs certificates or TLS handshakes.
pub(crate) struct Signatory {
    engine: Arc<Engine>,
    key: Key,
    signer: Signer,
}

impl Signatory {
    /// The key at `path`, made there where there is none. Let the future run to its end: see [`Engine::configure`].
    pub(super) async fn ready(
        engine: &Arc<Engine>,
        collection: &Arc<Collection>,
        path: &str,
    ) -> Result<Self, PkiError> {
        let path = SecretPath::parse(path).map_err(|bad| PkiError::Damaged(bad.to_string()))?;
        let key = match engine.key(collection, &path, 0).await {
            Err(EngineError::SecretNotFound) => {
                let new = NewKey {
                    key_type: KeyType::P256,
                    usages: Usages::OF_SIGNERS,
                    distributable: false,
                };
                engine.add_key(collection.id(), &path, new, Some(Cas(0))).await?;
                engine.key(collection, &path, 0).await?
            }
            found => found?,
        };
        let public = engine.describe_key(&key).await?.public_key;
        Ok(Self {
            engine: engine.clone(),
            key,
            signer: Signer::of(public)?,
        })
    }

    /// Its public key.
    pub(super) fn public_key(&self) -> Result<SubjectPublicKeyInfoOwned, PkiError> {
        Ok(self.signer.public_key()?)
    }

    /// Signs with ECDSA and SHA-256; the signature is DER (RFC 3279, section 2.2.3).
    pub(crate) async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, PkiError> {
        let signature = self.engine.sign(&self.key, self.signer.scheme(), message).await?;
        Ok(self.signer.encoded(&signature)?)
    }

    /// Finishes and signs a certificate or a revocation list.
    pub(super) async fn build<B: Builder>(&self, mut builder: B) -> Result<B::Output, PkiError> {
        let body = self.signer.body(&mut builder)?;
        let signature = self.engine.sign(&self.key, self.signer.scheme(), &body).await?;
        Ok(self.signer.finish(builder, &signature)?)
    }
}
