//! The rules, without any dialect: collections of versioned secrets with the semantics of Vault's KV version 2.
//!
//! A write is decided on a snapshot, sealed by the device and committed as one atomic batch under the condition that
//! the snapshot still holds; it is answered once durable. A read takes metadata and sealed record from one snapshot
//! and lets the device open it. What the store holds is not trusted: every record is bound to its place
//! ([`secret::context`]), so rows that were altered or exchanged do not open.

pub mod clock;
pub mod collection;
pub mod configurations;
pub mod distribution;
mod error;
pub mod issuing;
pub mod keys;
pub mod leases;
mod locks;
pub mod managed;
pub mod orders;
mod rows;
pub mod seal;
pub mod secret;
pub mod span;
mod sweep;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod vaults;
pub mod wrapping;

pub use error::EngineError;

use crate::engine::clock::{Clock, Time};
use crate::engine::collection::Collections;
use crate::engine::configurations::Configurations;
use crate::engine::distribution::{Seconds, Turns};
use crate::engine::keys::Making;
use crate::engine::locks::Locks;
use crate::engine::managed::Catalogue;
use crate::engine::orders::Driving;
use crate::engine::sweep::Sweeper;
use crate::engine::vaults::Vaults;
use crate::hsm::Hsm;
use crate::http;
use crate::kms::KmsSettings;
use crate::store::Store;
use std::sync::Arc;
use std::time::Duration;

/// Decides what happens to secrets; the one place that uses both the store and the device.
pub struct Engine {
    store: Arc<dyn Store>,
    hsm: Arc<dyn Hsm>,
    clock: Arc<dyn Clock>,
    collections: Collections,
    locks: Locks,
    /// Whose collection is being changed. Taken after a secret's lock, never before.
    collection_turns: Locks,
    /// For which secret an issuer is being asked. Taken before the secret's lock, never after.
    lease_turns: Locks,
    sweeper: Sweeper,
    catalogue: Catalogue,
    vaults: Vaults,
    configurations: Configurations,
    orders: Driving,
    /// Held shared while a managed secret is made, exclusively while a collection is destroyed for being empty.
    making: tokio::sync::RwLock<()>,
    turns: Turns,
    /// Names of distributions.
    seconds: Seconds,
    keys_making: Making,
    kms_settings: KmsSettings,
    /// How long public authorities and name servers have for one answer.
    patience: Duration,
}

impl Engine {
    /// The engine over what the store holds already. The device is not asked yet: see [`Engine::resume`].
    ///
    /// # Errors
    /// [`EngineError::Store`] and [`EngineError::Damaged`] when the collections cannot be read.
    pub fn open(
        store: Arc<dyn Store>,
        hsm: Arc<dyn Hsm>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        let collections = Collections::load(&*store)?;
        let catalogue = Catalogue::load(&*store)?;
        Ok(Self {
            store,
            hsm,
            clock,
            collections,
            locks: Locks::new(),
            collection_turns: Locks::new(),
            lease_turns: Locks::new(),
            sweeper: Sweeper::default(),
            catalogue,
            vaults: Vaults::new(),
            configurations: Configurations::default(),
            orders: Driving::default(),
            making: tokio::sync::RwLock::default(),
            turns: Turns::default(),
            seconds: Seconds::default(),
            keys_making: Making::default(),
            kms_settings: KmsSettings::default(),
            patience: http::PATIENCE,
        })
    }

    /// How long public authorities and name servers have for one answer.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The engine's present.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// The backend that keeps the keys.
    pub fn hsm(&self) -> &Arc<dyn Hsm> {
        &self.hsm
    }
}
