use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::secret::SecretPath;
use crate::hsm::Progress;
use casemate_common::blob::KeyType;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The keys that the device is making at this moment. Nothing depends on it: it is there to be looked at.
#[derive(Default)]
pub(in crate::engine) struct Making {
    keys: Mutex<Keys>,
}

#[derive(Default)]
struct Keys {
    known: BTreeMap<u64, KeyInTheMaking>,
    next: u64,
}

/// A key that the device is making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInTheMaking {
    /// Whose it will be.
    pub collection: CollectionId,
    /// Where it will stand there.
    pub path: SecretPath,
    /// Its type.
    pub key_type: KeyType,
    /// Since when.
    pub since: Time,
    /// How far it is.
    pub progress: Progress,
}

/// One of them, until it is dropped.
pub(super) struct Made<'m> {
    making: &'m Making,
    number: u64,
}

impl Making {
    /// From now on, until what is answered is dropped.
    pub(super) fn begin(&self, key: KeyInTheMaking) -> Made<'_> {
        let mut keys = self.keys();
        let number = keys.next;
        keys.next = number.wrapping_add(1);
        keys.known.insert(number, key);
        Made { making: self, number }
    }

    /// The one that was begun first comes first.
    pub(super) fn all(&self) -> Vec<KeyInTheMaking> {
        self.keys().known.values().cloned().collect()
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Made<'_> {
    pub(super) fn tell(&self, progress: Progress) {
        if let Some(key) = self.making.keys().known.get_mut(&self.number) {
            key.progress = progress;
        }
    }
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        self.making.keys().known.remove(&self.number);
    }
}
