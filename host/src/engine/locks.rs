use std::hash::{BuildHasher, RandomState};
use tokio::sync::{Mutex, MutexGuard};

/// Enough that two of some dozens of concurrent writers seldom share one.
const STRIPES: usize = 4096;

/// One lock for each key, or almost: keys are spread over a fixed number of locks, so that nothing grows and nothing
/// needs tidying. Preconditions keep the data right; the locks only make conflicts within one process rare.
pub(super) struct Locks {
    stripes: Box<[Mutex<()>]>,
    hasher: RandomState,
}

impl Locks {
    pub(super) fn new() -> Self {
        Self {
            stripes: std::iter::repeat_with(Mutex::default).take(STRIPES).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Waits until no other holds the lock of this key.
    pub(super) async fn lock(&self, key: &[u8]) -> MutexGuard<'_, ()> {
        let stripe = self.hasher.hash_one(key) % STRIPES as u64;
        self.stripes[stripe as usize].lock().await
    }
}
