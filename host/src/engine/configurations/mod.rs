//! Named configurations that secrets are issued by: certificate authorities, templates and what else has a name of its
//! own and settings.
//!
//! Settings are rows in the clear, JSON of a type that belongs to whoever owns the kind. Where a configuration has a key or
//! a credential, that is a secret's only version at `config/<identifier>`, sealed in the collection: rows and secret are
//! made and removed in one atomic batch.
//!
//! ```text
//! config/ ‖ kind (1 byte) ‖ name    the row
//! configs/ ‖ kind (1 byte)          how often one was made or removed: makes the limit hold
//! ```
//! What uses a configuration is made under a [`Use`]; a removal waits until nobody has one, and then looks who is left.

mod change;
mod row;

pub use row::{Config, ConfigKind, MAX_CONFIGS};

use super::keys::Key;
use super::{Engine, EngineError};
use serde::de::DeserializeOwned;
use tokio::sync::{RwLock, RwLockReadGuard};
use zeroize::Zeroizing;

/// Who is using configurations now.
#[derive(Default)]
pub(super) struct Configurations {
    uses: RwLock<()>,
}

/// As long as it lives no configuration is removed.
pub(in crate::engine) struct Use<'a>(#[expect(dead_code, reason = "held, not read")] RwLockReadGuard<'a, ()>);

impl Engine {
    /// The configurations of a kind, by name.
    ///
    /// # Errors
    /// Those of the store.
    pub fn configs<T: DeserializeOwned>(&self, kind: ConfigKind) -> Result<Vec<Config<T>>, EngineError> {
        let prefix = row::prefix(kind);
        let rows = self.store.scan(&prefix, None, MAX_CONFIGS)?;
        let named = rows.iter().map(|(key, raw)| Config::decode(key, &prefix, raw));
        named.collect()
    }

    /// The configuration of a kind with this name.
    ///
    /// # Errors
    /// [`EngineError::ConfigNotFound`] and those of the store.
    pub fn config<T: DeserializeOwned>(
        &self,
        kind: ConfigKind,
        name: &str,
    ) -> Result<Config<T>, EngineError> {
        let key = row::key(kind, name);
        let raw = self.store.get(&key)?;
        let raw = raw.ok_or_else(|| EngineError::ConfigNotFound(name.to_owned()))?;
        Config::decode(&key, &row::prefix(kind), &raw)
    }

    /// The key that a configuration has.
    pub(in crate::engine) async fn config_key<T>(&self, config: &Config<T>) -> Result<Key, EngineError> {
        let collection = self.collection(config.collection)?;
        self.key(&collection, &config.path()?, 0).await
    }

    /// The credential that a configuration has.
    pub(in crate::engine) async fn config_value<T>(
        &self,
        config: &Config<T>,
    ) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        let collection = self.collection(config.collection)?;
        Ok(self.read(&collection, &config.path()?, 0).await?.value)
    }

    /// Holds off the removal of configurations while something is made that needs one.
    pub(in crate::engine) async fn using_configs(&self) -> Use<'_> {
        Use(self.configurations.uses.read().await)
    }
}
