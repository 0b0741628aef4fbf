//! Key vaults: collections that are deployed onto a device, which may be away, and the secrets in them.
//!
//! What is wanted is written down first, in the state of a vault or secret; then the device is asked; then what came of
//! it is committed in one batch with the new state. So no state says more than is true, and after a crash the state
//! tells what is left to do: for vaults [`Engine::drive_vaults`] does it. A secret's value is never kept back for a
//! device that is away: only the request that brings a value can store it, and what it left unfinished is a failure.

mod create;
mod drive;
mod end;
mod error;
mod id;
mod import;
mod keys;
mod row;
mod secrets;
mod settle;
mod version;

pub use create::NewVault;
pub use error::VaultError;
pub use id::{ObjectId, SecretId, VaultId, VersionId};
pub use row::{SecretState, Stall, Vault, VaultSecret, VaultState};
pub use secrets::NewVaultSecret;
pub use version::{VaultVersion, VersionContent};

use super::Engine;
use super::locks::Locks;
use super::span::Span;
use std::time::Duration;
use tokio::sync::{Mutex, Notify};

/// How long a vault waits for its device before it counts as stalled, unless the settings say otherwise.
pub const DEFAULT_PATIENCE: Span = Span::from_secs(60);

/// What the work on vaults shares within one process.
pub(super) struct Vaults {
    /// One change at a time for each secret, then for each vault, then the engine's locks: they are taken in this order,
    /// never the other way round.
    secret_locks: Locks,
    vault_locks: Locks,
    /// Held while a keyring is claimed, so that no two vaults get the same one.
    claiming: Mutex<()>,
    wanted: Notify,
}

impl Vaults {
    pub(super) fn new() -> Self {
        Self {
            secret_locks: Locks::new(),
            vault_locks: Locks::new(),
            claiming: Mutex::default(),
            wanted: Notify::new(),
        }
    }
}

impl Engine {
    /// Waits until a vault wants something of the device, or the time is up.
    pub async fn vault_wanted(&self, patience: Duration) {
        // Either is a reason to look.
        let _ = tokio::time::timeout(patience, self.vaults.wanted.notified()).await;
    }
}
