//! The built-in identity provider: service ids, their API keys, and tokens for them, as IBM's IAM has them.
//!
//! The store holds hashes of API keys only, which suffices because they have 264 random bits from the device. Tokens are
//! signed inside the device with a key that it made and that nobody else has. Nothing is kept in memory but public keys,
//! so that a key or service id that was deleted is none from the next request on.

mod api_key;
mod issuer;
mod service;
mod signing;
mod token;

pub use api_key::{ApiKey, NewApiKey};
pub use issuer::OwnIssuer;
pub use service::{NewServiceId, ServiceId};
pub(super) use token::LEASE_END;
pub use token::{Issued, SCOPE};

use super::jwks::Algorithm;
use crate::auth::AuthError;
use crate::engine::clock::Time;
use crate::engine::{Engine, EngineError};
use crate::store::{Store, StoreError, each};
use serde::Serialize;
use serde::de::DeserializeOwned;
use signing::Signing;
use std::sync::Arc;

/// Service ids and tokens for them.
pub struct Provider {
    issuer: String,
    account: String,
    store: Arc<dyn Store>,
    engine: Arc<Engine>,
    signing: Arc<Signing>,
    /// Held while service ids or API keys change, so that no key outlives its service id.
    changing: tokio::sync::Mutex<()>,
}

/// What tokens say of where they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// What they have as `iss`.
    pub issuer: String,
    /// The account that every service id belongs to.
    pub account: String,
    /// How they are signed.
    pub algorithm: Algorithm,
}

/// Why the provider did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// A row can't be read.
    #[error("damaged data in the store: {0}")]
    Damaged(String),
    /// The device or the engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// No service id or API key has this identifier.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No API key has this text, or it or its service id was deleted. The text is IBM's.
    #[error("Provided API key could not be found.")]
    UnknownApiKey,
}

impl From<AuthError> for ProviderError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Store(error) => Self::Store(error),
            error => Self::Damaged(error.to_string()),
        }
    }
}

impl Provider {
    /// Over what the store holds. Neither a keyring nor a key is made before somebody needs it.
    pub fn new(store: Arc<dyn Store>, engine: Arc<Engine>, settings: ProviderSettings) -> Self {
        Self {
            issuer: settings.issuer,
            account: settings.account,
            store,
            signing: Arc::new(Signing::new(engine.clone(), settings.algorithm)),
            engine,
            changing: tokio::sync::Mutex::default(),
        }
    }

    /// What its tokens have as `iss`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The account that every service id belongs to.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// All rows below a prefix.
    fn rows<T: DeserializeOwned>(&self, prefix: &[u8]) -> Result<Vec<T>, ProviderError> {
        let mut all = Vec::new();
        each(&*self.store, prefix, |_, row| {
            all.push(decode(row)?);
            Ok::<_, ProviderError>(())
        })?;
        Ok(all)
    }

    fn now(&self) -> Time {
        self.engine.now()
    }
}

fn encode(row: &impl Serialize) -> Result<Vec<u8>, ProviderError> {
    serde_json::to_vec(row).map_err(|error| ProviderError::Damaged(error.to_string()))
}

fn decode<T: DeserializeOwned>(row: &[u8]) -> Result<T, ProviderError> {
    serde_json::from_slice(row)
        .map_err(|error| ProviderError::Damaged(format!("a service id's row: {error}")))
}
