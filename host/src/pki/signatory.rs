use super::PkiError;
use crate::engine::collection::Collection;
use crate::engine::keys::{Key, NewKey};
use crate::engine::secret::{Cas, SecretPath};
use crate::engine::{Engine, EngineError};
use casemate_common::blob::{KeyType, Usages};
use casemate_common::command::{SignatureHash, SignatureScheme};
use p256::ecdsa::signature::Keypair;
use std::sync::Arc;
use x509_cert::builder::Builder;
use x509_cert::der::asn1::BitString;
use x509_cert::der::oid::db::rfc5912::ECDSA_WITH_SHA_256;
use x509_cert::der::{Decode, Document};
use x509_cert::spki::{
    self, AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, EncodePublicKey,
    SubjectPublicKeyInfoOwned,
};

/// A P-256 key in the device that signs certificates or TLS handshakes.
pub(crate) struct Signatory {
    engine: Arc<Engine>,
    key: Key,
    public: PublicKey,
}

/// The public key of a [`Signatory`]: SubjectPublicKeyInfo in DER.
#[derive(Clone)]
pub(crate) struct PublicKey(Document);

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
            public: PublicKey(Document::try_from(public)?),
        })
    }

    /// Its public key.
    pub(super) fn public_key(&self) -> Result<SubjectPublicKeyInfoOwned, PkiError> {
        Ok(SubjectPublicKeyInfoOwned::from_der(self.public.0.as_bytes())?)
    }

    /// Signs with ECDSA and SHA-256; the signature is DER (RFC 3279, section 2.2.3).
    pub(crate) async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, PkiError> {
        let scheme = SignatureScheme::Ecdsa(SignatureHash::Sha256);
        let signature = self.engine.sign(&self.key, scheme, message).await?;
        let signature = p256::ecdsa::Signature::from_slice(&signature)
            .map_err(|_| PkiError::Damaged("the device's signature is none".into()))?;
        Ok(signature.to_der().as_bytes().to_vec())
    }

    /// Finishes and signs a certificate or a revocation list.
    pub(super) async fn build<B: Builder>(&self, mut builder: B) -> Result<B::Output, PkiError> {
        let body = builder.finalize(self)?;
        let signature = self.sign(&body).await?;
        Ok(builder.assemble(BitString::from_bytes(&signature)?, self)?)
    }
}

impl Keypair for Signatory {
    type VerifyingKey = PublicKey;

    fn verifying_key(&self) -> PublicKey {
        self.public.clone()
    }
}

impl DynSignatureAlgorithmIdentifier for Signatory {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        Ok(AlgorithmIdentifierOwned {
            oid: ECDSA_WITH_SHA_256,
            parameters: None,
        })
    }
}

impl EncodePublicKey for PublicKey {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        Ok(self.0.clone())
    }
}
