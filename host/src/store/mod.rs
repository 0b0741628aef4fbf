//! Where the host keeps what the device has sealed: an ordered map from bytes to bytes, with atomic batches.

mod anew;
mod each;
mod error;
mod redb;

pub use anew::commit_anew;
pub use each::each;
pub use error::StoreError;
pub use redb::RedbStore;

use async_trait::async_trait;

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// An ordered key/value store. Keys are compared bytewise. A batch is answered only after it is durable.
#[async_trait]
pub trait Store: Send + Sync {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The values of several keys, read from one snapshot.
    fn get_many(&self, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// Up to `limit` pairs whose keys start with `prefix` and are greater than `after` (where given), in order, from
    /// one snapshot.
    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Pair>, StoreError>;

    /// Carries out a batch wholly or not at all, durably, if every precondition holds at that moment.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a precondition does not hold; nothing was changed.
    async fn commit(&self, batch: Batch) -> Result<(), StoreError>;
}

/// What to change at once, and what must still be true for it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Batch {
    pub(crate) expected: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    pub(crate) changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Demands that `key` still holds exactly `value` (`None`: that it does not exist).
    #[must_use]
    pub fn expect(mut self, key: impl Into<Vec<u8>>, value: Option<&[u8]>) -> Self {
        self.expected.push((key.into(), value.map(<[u8]>::to_vec)));
        self
    }

    /// Writes a pair.
    #[must_use]
    pub fn put(mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.changes.push((key.into(), Some(value.into())));
        self
    }

    /// With what another batch demands and changes.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.expected.extend(other.expected);
        self.changes.extend(other.changes);
        self
    }

    /// Removes a key; one that does not exist is no error.
    #[must_use]
    pub fn delete(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.changes.push((key.into(), None));
        self
    }
}
