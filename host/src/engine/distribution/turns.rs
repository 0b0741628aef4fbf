use crate::engine::collection::CollectionId;
use crate::engine::keys::KeyName;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Which keys somebody is changing at this moment. What is done at a provider takes its time, so others are turned away
/// rather than kept waiting.
#[derive(Default)]
pub(in crate::engine) struct Turns {
    taken: Mutex<HashSet<(CollectionId, String)>>,
}

/// The right to change a key and what there is of it at its provider; given up on drop.
pub(in crate::engine) struct Turn<'t> {
    turns: &'t Turns,
    key: (CollectionId, String),
}

impl Turns {
    /// The right to change this key; `None` while another has it.
    pub(in crate::engine) fn take(&self, collection: CollectionId, name: &KeyName) -> Option<Turn<'_>> {
        let key = (collection, name.to_string());
        let new = self.taken().insert(key.clone());
        new.then_some(Turn { turns: self, key })
    }

    fn taken(&self) -> MutexGuard<'_, HashSet<(CollectionId, String)>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.taken().remove(&self.key);
    }
}
