use super::PublicAuthority;
use crate::acme::{AccountKey, AcmeError, Client, Jwk};
use crate::engine::configurations::ConfigKind;
use crate::engine::keys::Key;
use crate::engine::{Engine, EngineError};
use async_trait::async_trait;
use casemate_common::blob::KeyType;
use casemate_common::command::{SignatureHash, SignatureScheme};

/// An account's key, which signs in the device.
pub(super) struct Account<'e> {
    engine: &'e Engine,
    key: Key,
    scheme: SignatureScheme,
    jwk: Jwk,
    /// Where the authority's directory is.
    directory: String,
}

impl Engine {
    /// The account of a configured authority.
    pub(super) async fn account(&self, ca: &str) -> Result<Account<'_>, EngineError> {
        let config = self.config::<PublicAuthority>(ConfigKind::PublicAuthority, ca)?;
        let key = self.config_key(&config).await?;
        let known = self.describe_key(&key).await?;
        let scheme = match known.attributes.template.key_type() {
            KeyType::P256 => SignatureScheme::Ecdsa(SignatureHash::Sha256),
            _ => SignatureScheme::RsaPkcs1(SignatureHash::Sha256),
        };
        let jwk = Jwk::of(&known.public_key);
        Ok(Account {
            engine: self,
            key,
            scheme,
            jwk: jwk.ok_or_else(|| EngineError::Damaged("an account's key".into()))?,
            directory: config.facts.directory,
        })
    }
}

impl<'e> Account<'e> {
    /// Asks its authority as this account.
    pub(super) async fn open(self) -> Result<Client<'e>, AcmeError> {
        let (directory, patience) = (self.directory.clone(), self.engine.patience);
        Client::open(&directory, Box::new(self), patience).await
    }
}

#[async_trait]
impl AccountKey for Account<'_> {
    fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, AcmeError> {
        let signature = self.engine.sign(&self.key, self.scheme, message).await;
        signature.map_err(|error| AcmeError::Key(Box::new(error)))
    }
}
