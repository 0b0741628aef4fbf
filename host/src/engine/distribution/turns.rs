use crate::engine::collection::CollectionId;
use crate::engine::keys::KeyName;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Which keys somebody is changing at this moment, and which collections somebody is destroying. What is done at a
/// provider takes its time, so others are turned away rather than kept waiting.
#[derive(Default)]
pub(in crate::engine) struct Turns {
    taken: Mutex<HashSet<Taken>>,
}

/// What somebody has the right to change.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Taken {
    Collection(CollectionId),
    Key(CollectionId, String),
}

/// Why there is no right to change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine) enum Busy {
    /// Its whole collection is being destroyed.
    Collection,
    /// Somebody changes this key.
    Key(String),
}

/// The right to change a key and what there is of it at its provider, or to destroy a collection; given up on drop.
pub(in crate::engine) struct Turn<'t> {
    turns: &'t Turns,
    what: Taken,
}

impl Turns {
    /// The right to change this key, while nobody else has it or one to its collection.
    pub(in crate::engine) fn take(&self, collection: CollectionId, name: &KeyName) -> Result<Turn<'_>, Busy> {
        let mut taken = self.taken();
        if taken.contains(&Taken::Collection(collection)) {
            return Err(Busy::Collection);
        }
        let what = Taken::Key(collection, name.to_string());
        match taken.insert(what.clone()) {
            true => Ok(Turn { turns: self, what }),
            false => Err(Busy::Key(name.to_string())),
        }
    }

    /// The right to destroy this collection, while nobody has one to it or to a key of it.
    pub(in crate::engine) fn take_all(&self, collection: CollectionId) -> Result<Turn<'_>, Busy> {
        let mut taken = self.taken();
        let key = taken.iter().find_map(|taken| match taken {
            Taken::Key(of, name) if *of == collection => Some(name.clone()),
            _ => None,
        });
        if let Some(name) = key {
            return Err(Busy::Key(name));
        }
        let what = Taken::Collection(collection);
        match taken.insert(what.clone()) {
            true => Ok(Turn { turns: self, what }),
            false => Err(Busy::Collection),
        }
    }

    fn taken(&self) -> MutexGuard<'_, HashSet<Taken>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.taken().remove(&self.what);
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
        assert!(turn.is_ok());
        for _ in 0..2 {
            assert_eq!(turns.take(collection, &one).err(), Some(Busy::Key("one".into())));
        }
        assert!(turns.take(collection, &other).is_ok());
        drop(turn);
        assert!(turns.take(collection, &one).is_ok());
    }

    #[test]
    fn a_collection_goes_alone() {
        let turns = Turns::default();
        let [here, there] = [
            "00112233-4455-6677-8899-aabbccddeeff",
            "ffeeddcc-4455-6677-8899-aabbccddeeff",
        ];
        let [here, there]: [CollectionId; 2] = [here, there].map(|id| id.parse().unwrap());
        let name = KeyName::parse("one").unwrap();
        let turn = turns.take(here, &name);
        assert_eq!(turns.take_all(here).err(), Some(Busy::Key("one".into())));
        drop(turn);
        let all = turns.take_all(here);
        assert!(all.is_ok());
        assert_eq!(turns.take(here, &name).err(), Some(Busy::Collection));
        assert_eq!(turns.take_all(here).err(), Some(Busy::Collection));
        assert!(turns.take(there, &name).is_ok());
        drop(all);
        assert!(turns.take(here, &name).is_ok());
    }
}
