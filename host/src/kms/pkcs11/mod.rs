//! Any PKCS#11 token as a provider: a company's own HSM. A version is a key object there, and for asymmetric keys a public
//! one beside it, both with the attempt's 16 bytes as CKA_ID and the key's name and version as label.
//!
//! The token makes an RSA key pair for each import and unwraps in two steps (RSA-OAEP with SHA-1, which every token has,
//! then AES key wrap with padding); the key arrives sensitive and not extractable. A version is switched off by taking its
//! usages away, as tokens know no other way.

mod import;
mod objects;

use super::{CloudKey, CloudVersion, Credentials, Found, ImportKey, KmsError, NewCopy, Provider, Wrapping};
use crate::hsm::{ErrorKind, HsmError, pkcs11};
use async_trait::async_trait;
use casemate_common::command::OaepHash;
use cryptoki::error::Error;
use cryptoki::session::Session;
use cryptoki::types::AuthPin;
use import::Arrival;
use objects::Usable;
use std::path::PathBuf;
use uuid::Uuid;

const HASH: OaepHash = OaepHash::Sha1;
/// Longest label of a token in bytes (`CK_TOKEN_INFO.label`, PKCS#11 v3.1, section 3.2).
const MAX_LABEL: usize = 32;

/// One token.
#[derive(Clone)]
pub(super) struct Pkcs11Kms {
    module: PathBuf,
    label: String,
    pin: AuthPin,
}

impl Pkcs11Kms {
    /// The token with this label.
    pub(super) fn new(label: &str, credentials: &Credentials) -> Result<Self, KmsError> {
        check_label(label)?;
        let given = |name: &str| {
            let value = credentials.text(name).map(str::to_owned);
            value.ok_or_else(|| {
                KmsError::Configuration(format!("a token needs module and pin; {name} is missing"))
            })
        };
        Ok(Self {
            module: given("module")?.into(),
            label: label.to_owned(),
            pin: AuthPin::from(given("pin")?),
        })
    }

    /// Works on the token, on a thread that may block.
    async fn on_token<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Session) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, KmsError> {
        let Self { module, label, pin } = self.clone();
        let done = tokio::task::spawn_blocking(move || pkcs11::visit(&module, &label, &pin, work));
        let broken = |_| HsmError::new(ErrorKind::SessionLost, "a call to the token broke off");
        done.await.map_err(broken)?.map_err(|error| KmsError::Refused {
            provider: "the PKCS#11 token",
            operation: "an operation".into(),
            code: format!("{:?}", error.kind()),
            text: error.to_string(),
            // One that breaks down may have done it.
            is_certain: !matches!(error.kind(), ErrorKind::Transient | ErrorKind::SessionLost),
        })
    }
}

/// Refuses what no token is called.
pub(super) fn check_label(label: &str) -> Result<(), KmsError> {
    match (1..=MAX_LABEL).contains(&label.len()) {
        true => Ok(()),
        false => Err(KmsError::Configuration(
            "key_collection is the token's label: 1 to 32 bytes".into(),
        )),
    }
}

/// What the provider calls an attempt's objects: their CKA_ID in hex.
fn id_of(attempt: Uuid) -> String {
    attempt.simple().to_string()
}

#[async_trait]
impl Provider for Pkcs11Kms {
    fn check_name(&self, _: &str) -> Result<(), KmsError> {
        Ok(())
    }

    async fn find(&self, copy: &NewCopy<'_>) -> Result<Found, KmsError> {
        let id = copy.attempt.into_bytes();
        let found = self
            .on_token(move |session| objects::has_key(session, &id))
            .await?;
        Ok(match found {
            true => Found::Copy(id_of(copy.attempt)),
            false => Found::Nothing,
        })
    }

    async fn prepare(&self, _: &NewCopy<'_>) -> Result<Option<String>, KmsError> {
        Ok(None)
    }

    async fn import_key(&self, copy: &NewCopy<'_>) -> Result<ImportKey, KmsError> {
        let id = copy.attempt.into_bytes();
        let public = self
            .on_token(move |session| import::transport(session, &id))
            .await?;
        Ok(ImportKey {
            public: public.to_spki().ok_or_else(|| KmsError::Unintelligible {
                provider: "the PKCS#11 token",
                operation: "C_GenerateKeyPair".into(),
            })?,
            wrapping: Wrapping::RsaAes(HASH),
            token: Vec::new(),
        })
    }

    async fn import(&self, copy: &NewCopy<'_>, _: &ImportKey, wrapped: &[u8]) -> Result<String, KmsError> {
        let arrival = Arrival::of(copy, wrapped);
        self.on_token(move |session| arrival.import(session)).await?;
        Ok(id_of(copy.attempt))
    }

    async fn tidy(&self, copy: &NewCopy<'_>) -> Result<(), KmsError> {
        let id = copy.attempt.into_bytes();
        self.on_token(move |session| import::remove_transport(session, &id))
            .await
    }

    async fn publish(&self, _: &CloudKey<'_>, _: &str) -> Result<(), KmsError> {
        Ok(())
    }

    async fn set_enabled(&self, key: &CloudKey<'_>, id: &str, enabled: bool) -> Result<(), KmsError> {
        let (id, usable) = (objects::parse_id(id)?, Usable::of(key, enabled));
        self.on_token(move |session| usable.apply(session, &id)).await
    }

    async fn remove(&self, _: &CloudKey<'_>, versions: &[CloudVersion<'_>]) -> Result<(), KmsError> {
        let ids = versions.iter().map(|version| objects::parse_id(version.id));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        self.on_token(move |session| ids.iter().try_for_each(|id| objects::destroy(session, id)))
            .await
    }
}
