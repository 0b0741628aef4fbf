//! Tidying up: destructions that did not finish, and version rows that no metadata refers to. Nothing a client sees
//! depends on it.

use super::secret::{SecretRow, key};
use super::{Engine, EngineError};
use crate::store::{Batch, StoreError};
use std::sync::{Mutex, PoisonError};
use tracing::{error, warn};

/// Rows looked at together; bounds memory.
const PAGE: usize = 64;
/// Pages of one round; bounds the time that it takes.
const PAGES: usize = 64;

/// Where the next round goes on.
#[derive(Default)]
pub(super) struct Sweeper {
    after: Mutex<Option<Vec<u8>>>,
}

impl Engine {
    /// Looks at some thousands of rows, going on where the last round ended, and removes what belongs to no secret.
    /// Answers how many rows it removed.
    ///
    /// # Errors
    /// Those of the store and, where a collection is still to be destroyed, of the device.
    pub async fn sweep(&self) -> Result<usize, EngineError> {
        self.finish_destructions().await?;
        self.forget_ended().await?;
        let mut after = self.sweeper.take();
        let mut removed = 0;
        for _ in 0..PAGES {
            let page = self.store.scan(key::PREFIX, after.as_deref(), PAGE)?;
            let Some((last, _)) = page.last() else {
                after = None;
                break;
            };
            after = Some(last.clone());
            for (row, value) in &page {
                removed += usize::from(self.remove_orphan(row, value).await?);
            }
        }
        self.sweeper.put(after);
        Ok(removed)
    }

    /// Removes a version row if no metadata refers to it.
    async fn remove_orphan(&self, row: &[u8], value: &[u8]) -> Result<bool, EngineError> {
        let Some((metadata_key, version)) = key::owner(row) else {
            return Ok(false);
        };
        let _turn = self.locks.lock(metadata_key).await;
        let metadata = self.store.get(metadata_key)?;
        match refers(metadata.as_deref(), version) {
            Ok(false) => {}
            Ok(true) => return Ok(false),
            // One damaged secret must not keep the others from being tidied; whoever reads it is told too.
            Err(error) => {
                error!(%error, "leaving a version alone");
                return Ok(false);
            }
        }
        // Whoever deleted the secret since the page was read has removed its versions too.
        let batch = Batch::new()
            .expect(metadata_key, metadata.as_deref())
            .expect(row, Some(value))
            .delete(row);
        match self.store.commit(batch).await {
            Ok(()) => {
                warn!(version, "removed a stored version that belonged to no secret");
                Ok(true)
            }
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether a secret's metadata knows this version and its value.
fn refers(metadata: Option<&[u8]>, version: u32) -> Result<bool, EngineError> {
    let Some(metadata) = metadata else {
        return Ok(false);
    };
    let secret = SecretRow::decode(metadata, "a secret's row")?;
    Ok(version != 0 && secret.version(version).is_some_and(|version| !version.destroyed))
}

impl Sweeper {
    fn take(&self) -> Option<Vec<u8>> {
        self.after.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, after: Option<Vec<u8>>) {
        *self.after.lock().unwrap_or_else(PoisonError::into_inner) = after;
    }
}
