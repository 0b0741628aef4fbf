//! Sealing: an operator stops the daemon from serving, and whoever knows the officer PIN lets it serve again.

use super::EngineError;
use crate::hsm::Hsm;
use crate::store::{Batch, Store};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::warn;

/// There while sealed, so that a restart does not unseal.
const ROW: &[u8] = b"sealed";

/// Whether the daemon is sealed, and what changes that.
pub struct Sealing {
    store: Arc<dyn Store>,
    hsm: Arc<dyn Hsm>,
    sealed: AtomicBool,
}

impl Sealing {
    /// As the store says.
    ///
    /// # Errors
    /// Those of the store.
    pub fn open(store: Arc<dyn Store>, hsm: Arc<dyn Hsm>) -> Result<Self, EngineError> {
        let sealed = store.get(ROW)?.is_some();
        Ok(Self {
            store,
            hsm,
            sealed: AtomicBool::new(sealed),
        })
    }

    /// Whether nothing is to be served.
    pub fn is_sealed(&self) -> bool {
        self.sealed.load(Ordering::Acquire)
    }

    /// Seals, durably.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn seal(&self) -> Result<(), EngineError> {
        self.store.commit(Batch::new().put(ROW, [1])).await?;
        self.sealed.store(true, Ordering::Release);
        warn!("sealed: nothing is served until somebody unseals with the officer PIN");
        Ok(())
    }

    /// Unseals, if the device says that this is the officer PIN.
    ///
    /// # Errors
    /// The device's: the PIN is wrong, too few tries are left to try one from afar, or it has no PIN to ask for.
    pub async fn unseal(&self, pin: &str) -> Result<(), EngineError> {
        self.hsm.check_officer_pin(pin).await?;
        self.store.commit(Batch::new().delete(ROW)).await?;
        self.sealed.store(false, Ordering::Release);
        warn!("unsealed");
        Ok(())
    }
}
