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
        // Not `then_some`: a right that was made and not given would be given up on the spot, with the other's.
        new.then(|| Turn { turns: self, key })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let turns = Turns::default();
        let collection: CollectionId = "00112233-4455-6677-8899-aabbccddeeff".parse().unwrap();
        let [one, other] = ["one", "other"].map(|name| KeyName::parse(name).unwrap());
        let turn = turns.take(collection, &one);
        assert!(turn.is_some());
        for _ in 0..2 {
            assert!(turns.take(collection, &one).is_none());
        }
        assert!(turns.take(collection, &other).is_some());
        drop(turn);
        assert!(turns.take(collection, &one).is_some());
    }
}
