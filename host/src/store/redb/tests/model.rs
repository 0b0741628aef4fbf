//! The store against a map in memory.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::store::redb::RedbStore;
use crate::store::{Batch, Pair, Store, StoreError};

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

#[derive(Debug, Clone)]
enum Step {
    Commit(Batch),
    Get(Vec<u8>),
    Scan(Vec<u8>, Option<Vec<u8>>, usize),
    Reopen,
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![Just(0u8), Just(b'a'), Just(0xff)], 0..4)
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![8 => vec(0u8..2, 0..2), 1 => vec(any::<u8>(), 5000)]
}

fn pairs(length: usize) -> impl Strategy<Value = Vec<(Vec<u8>, Option<Vec<u8>>)>> {
    vec((key(), proptest::option::of(value())), 0..length)
}

fn step() -> impl Strategy<Value = Step> {
    let batch = (pairs(2), pairs(5)).prop_map(|(expected, changes)| Batch { expected, changes });
    prop_oneof![
        6 => batch.prop_map(Step::Commit),
        2 => key().prop_map(Step::Get),
        2 => (key(), proptest::option::of(key()), 0usize..5).prop_map(|(p, a, l)| Step::Scan(p, a, l)),
        1 => Just(Step::Reopen),
    ]
}

fn commit(model: &mut Model, batch: &Batch) -> Result<(), StoreError> {
    if batch
        .expected
        .iter()
        .any(|(key, value)| model.get(key) != value.as_ref())
    {
        return Err(StoreError::Conflict);
    }
    for (key, value) in &batch.changes {
        match value {
            Some(value) => drop(model.insert(key.clone(), value.clone())),
            None => drop(model.remove(key)),
        }
    }
    Ok(())
}

fn scan(model: &Model, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Vec<Pair> {
    let pairs = model
        .iter()
        .filter(|(key, _)| key.starts_with(prefix) && after.is_none_or(|after| key.as_slice() > after));
    pairs
        .take(limit)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn behaves_like_a_map(steps in vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        let mut store = RedbStore::open(&path).unwrap();
        let mut model = Model::new();
        for step in steps {
            match step {
                Step::Commit(batch) => {
                    let expected = commit(&mut model, &batch);
                    prop_assert_eq!(runtime.block_on(store.commit(batch)), expected);
                }
                Step::Get(key) => prop_assert_eq!(store.get(&key).unwrap(), model.get(&key).cloned()),
                Step::Scan(prefix, after, limit) => prop_assert_eq!(
                    store.scan(&prefix, after.as_deref(), limit).unwrap(),
                    scan(&model, &prefix, after.as_deref(), limit)
                ),
                Step::Reopen => {
                    drop(store);
                    store = RedbStore::open(&path).unwrap();
                }
            }
        }
        prop_assert_eq!(store.scan(b"", None, usize::MAX).unwrap(), scan(&model, b"", None, usize::MAX));
    }
}
