use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use redb::{Database, ReadOnlyTable, ReadableDatabase};

use super::{TABLE, failed};
use crate::store::{Pair, StoreError};

/// The state of one commit, with its table open: opening it for every read would cost as much as the read.
pub(super) struct View(ReadOnlyTable<&'static [u8], &'static [u8]>);

impl View {
    /// The state of the last commit.
    pub(super) fn of(database: &Database) -> Result<Self, StoreError> {
        let table = database
            .begin_read()
            .map_err(failed)?
            .open_table(TABLE)
            .map_err(failed)?;
        Ok(Self(table))
    }

    pub(super) fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.0.get(key).map_err(failed)?;
        Ok(value.map(|value| value.value().to_vec()))
    }

    pub(super) fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let mut pairs = Vec::new();
        for pair in self.0.range::<&[u8]>((start, Bound::Unbounded)).map_err(failed)? {
            let (key, value) = pair.map_err(failed)?;
            if pairs.len() == limit || !key.value().starts_with(prefix) {
                break;
            }
            pairs.push((key.value().to_vec(), value.value().to_vec()));
        }
        Ok(pairs)
    }
}

/// The view that readers take; replaced by the writer after every commit.
#[derive(Default)]
pub(super) struct SharedView(RwLock<Option<Arc<View>>>);

impl SharedView {
    /// The last commit's state.
    ///
    /// # Errors
    /// When the database is closed because of a disk error and could not be opened again yet.
    pub(super) fn latest(&self) -> Result<Arc<View>, StoreError> {
        let view = self.0.read().unwrap_or_else(PoisonError::into_inner);
        view.clone().ok_or_else(closed)
    }

    pub(super) fn publish(&self, view: View) {
        *self.lock() = Some(Arc::new(view));
    }

    /// Keeps readers waiting while the database is opened anew.
    pub(super) fn lock(&self) -> RwLockWriteGuard<'_, Option<Arc<View>>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for SharedView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedView")
    }
}

pub(super) fn closed() -> StoreError {
    StoreError::Failed("closed after a disk error; see the log, and make room on the disk".into())
}
