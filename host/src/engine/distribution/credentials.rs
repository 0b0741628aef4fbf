//! A provider's credentials: sealed, and where they are keys, kept by the device, which signs with them.

use super::provider;
use crate::engine::collection::Collection;
use crate::engine::keys::KeyName;
use crate::engine::{Engine, EngineError};
use crate::hsm::{Hsm, ToSign};
use crate::kms::{self, Algorithm, Credentials, Given, KmsError, Provider, ProviderKind, Signer, SigningKey};
use async_trait::async_trait;
use casemate_common::blob::{Template, Usage, Usages};
use casemate_common::command::{SignatureHash, SignatureScheme};
use casemate_common::keyring::KeyringId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use zeroize::{Zeroize, Zeroizing};

/// What is sealed for a provider.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Sealed {
    plain: Credentials,
    /// The blob of the key among them.
    key: Option<Vec<u8>>,
}

impl Sealed {
    /// The bytes to seal where nothing was given.
    pub(super) fn none() -> Result<Zeroizing<Vec<u8>>, EngineError> {
        Self::default().to_value()
    }

    /// The bytes to seal.
    pub(super) fn to_value(&self) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        let bytes = postcard::to_stdvec(self).map(Zeroizing::new);
        bytes.map_err(|error| EngineError::Damaged(error.to_string()))
    }

    fn from_value(value: &[u8]) -> Result<Self, EngineError> {
        postcard::from_bytes(value)
            .map_err(|_| EngineError::Damaged("a provider's credentials can't be read".into()))
    }
}

impl Engine {
    /// Brings the key among a provider's credentials into the device; what is left of them is to be sealed.
    pub(super) async fn keep_credentials(
        &self,
        collection: &Collection,
        kind: ProviderKind,
        given: Credentials,
    ) -> Result<Sealed, EngineError> {
        let given = Given::parse(kind, given, &self.kms_settings)?;
        self.with_key_kept(collection, given).await
    }

    async fn with_key_kept(&self, collection: &Collection, given: Given) -> Result<Sealed, EngineError> {
        let Given { plain, key } = given;
        let key = match key {
            Some(key) => Some(self.import_credential(collection, key).await?),
            None => None,
        };
        Ok(Sealed { plain, key })
    }

    async fn import_credential(
        &self,
        collection: &Collection,
        key: SigningKey,
    ) -> Result<Vec<u8>, EngineError> {
        let usages = match key.key_type.modulus_len() {
            Some(_) => Usages::of(&[Usage::Sign]),
            None => Usages::of(&[Usage::Mac]),
        };
        let seconds = u64::try_from(self.now().as_nanos() / 1_000_000_000).unwrap_or_default();
        let template = Template::new(key.key_type, usages, false, seconds)
            .map_err(|code| EngineError::Hsm(code.into()))?;
        let keyring = collection.keyring();
        Ok(self.hsm.import_key(keyring, template, &key.material).await?)
    }

    /// A provider, with its own credentials and those of the environment in the order that its service documents.
    pub(super) async fn connect_kms(
        &self,
        collection: &Arc<Collection>,
        name: &KeyName,
    ) -> Result<Box<dyn Provider>, EngineError> {
        let row = self.kms(collection, name)?;
        let mut value = self.read(collection, &provider::path(name)?, 0).await?.value;
        let own = Sealed::from_value(&value)?;
        value.zeroize();
        let (credentials, key) = self.who_we_are(collection, row.kind, own).await?;
        let signer = key.map(|blob| {
            Arc::new(DeviceSigner {
                hsm: self.hsm.clone(),
                keyring: collection.keyring(),
                blob,
            }) as Arc<dyn Signer>
        });
        Ok(kms::connect(row.kind, &row.key_collection, &credentials, signer)?)
    }
}

impl Engine {
    /// The credentials to use, and the blob of the key among them: a provider's own and those of the environment, in the
    /// order that its service documents, then what lies ready on this machine. The first that say who we are win.
    async fn who_we_are(
        &self,
        collection: &Collection,
        kind: ProviderKind,
        own: Sealed,
    ) -> Result<(Credentials, Option<Vec<u8>>), EngineError> {
        let around = Given::from_environment(kind)?;
        let own_goes_first = !kind.prefers_environment() || !around.plain.identify(kind);
        if own.plain.identify(kind) && own_goes_first {
            return Ok((own.plain.over(&around.plain.impersonal()), own.key));
        }
        let own = match own.plain.identify(kind) {
            true => own.plain.impersonal(),
            false => own.plain,
        };
        own.check_places(&self.kms_settings)?;
        let machine = match around.plain.identify(kind) {
            true => around,
            false => Given::lying_ready(kind).await?.completed_by(around.plain),
        };
        let Sealed { plain, key } = self.with_key_kept(collection, machine).await?;
        Ok(match kind.prefers_environment() {
            true => (plain.over(&own), key),
            false => (own.over(&plain), key),
        })
    }
}

/// Signs in the device, with a key that a blob holds.
struct DeviceSigner {
    hsm: Arc<dyn Hsm>,
    keyring: KeyringId,
    blob: Vec<u8>,
}

#[async_trait]
impl Signer for DeviceSigner {
    async fn mac(&self, labels: &[&[u8]], message: &[u8]) -> Result<Zeroizing<Vec<u8>>, KmsError> {
        Ok(self.hsm.mac(self.keyring, &self.blob, labels, message).await?)
    }

    async fn sign_token(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, KmsError> {
        let scheme = match algorithm {
            Algorithm::Ps256 => SignatureScheme::RsaPss(SignatureHash::Sha256),
            Algorithm::Rs256 => SignatureScheme::RsaPkcs1(SignatureHash::Sha256),
        };
        let message = ToSign::Message(message);
        Ok(self.hsm.sign(self.keyring, &self.blob, scheme, message).await?)
    }
}
