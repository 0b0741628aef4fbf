use crate::engine::collection::{Dialect, row_key};
use crate::engine::secret::key;
use crate::engine::testing::{Bench, path};
use crate::engine::{Engine, EngineError};
use crate::hsm::Hsm;
use crate::store::Batch;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_creation_cut_short_by_the_device_is_finished_at_the_next_start() {
    let mut bench = Bench::new().await;
    // The device names the keyring, then goes away.
    bench.hsm.fail_after(1);
    assert!(matches!(
        bench.engine.create_collection(Dialect::Okms).await,
        Err(EngineError::Hsm(_))
    ));
    bench.restart();
    assert_eq!(bench.engine.collections(Dialect::Okms).len(), 1);
    assert!(bench.engine.resume().await.is_err());
    bench.hsm.fail_after(i64::MAX);
    bench.engine.resume().await.unwrap();
    let collections = bench.engine.collections(Dialect::Okms);
    let keyrings: BTreeSet<_> = collections
        .iter()
        .map(|collection| collection.keyring())
        .collect();
    assert_eq!(keyrings.len(), 2);
    assert!(keyrings.into_iter().eq(bench.hsm.list_keyrings().await.unwrap()));
    bench.restart();
    assert_eq!(bench.engine.collections(Dialect::Okms), collections);
}

#[tokio::test]
async fn a_creation_that_the_device_has_no_room_for_is_undone() {
    let mut bench = Bench::new().await;
    bench.hsm.fail_after(1);
    assert!(bench.engine.create_collection(Dialect::Okms).await.is_err());
    bench.hsm.fail_after(i64::MAX);
    bench.hsm.fill_up();
    assert!(matches!(
        bench.engine.create_collection(Dialect::Okms).await,
        Err(EngineError::Hsm(_))
    ));
    bench.restart();
    bench.engine.resume().await.unwrap();
    let rows = bench.store.scan(b"collection/", None, usize::MAX).unwrap();
    assert_eq!(rows.len(), 1, "the bench's own");
    assert_eq!(
        bench.engine.collections(Dialect::Okms),
        [bench.collection.clone()]
    );
}

#[tokio::test]
async fn a_destroyed_collection_leaves_nothing() {
    let bench = Bench::new().await;
    let other = bench.engine.create_collection(Dialect::Okms).await.unwrap();
    for n in 0..600 {
        bench.write(&format!("s{n}"), "value").await;
    }
    let id = bench.collection.id();
    bench.engine.destroy_collection(id).await.unwrap();
    assert!(matches!(
        bench.engine.collection(id),
        Err(EngineError::CollectionNotFound)
    ));
    assert!(matches!(
        bench.engine.destroy_collection(id).await,
        Err(EngineError::CollectionNotFound)
    ));
    assert_eq!(
        bench.store.scan(&key::collection_prefix(id), None, 1).unwrap(),
        vec![]
    );
    assert_eq!(bench.store.get(&row_key(id)).unwrap(), None);
    assert_eq!(bench.hsm.list_keyrings().await.unwrap(), [other.keyring()]);
}

#[tokio::test]
async fn a_destruction_cut_short_serves_nothing_and_is_finished_later() {
    let mut bench = Bench::new().await;
    bench.write("a", "value").await;
    let id = bench.collection.id();
    bench.hsm.set_away(true);
    assert!(matches!(
        bench.engine.destroy_collection(id).await,
        Err(EngineError::Hsm(_))
    ));
    assert!(matches!(
        bench.engine.collection(id),
        Err(EngineError::CollectionNotFound)
    ));
    bench.hsm.set_away(false);
    bench.engine = Engine::open(bench.store.clone(), bench.hsm.clone(), bench.clock.clone())
        .unwrap()
        .into();
    assert!(matches!(
        bench.engine.collection(id),
        Err(EngineError::CollectionNotFound)
    ));
    bench.engine.resume().await.unwrap();
    assert_eq!(bench.store.scan(b"", None, 1).unwrap(), vec![]);
    assert_eq!(bench.hsm.list_keyrings().await.unwrap(), []);
}

#[tokio::test]
async fn a_database_from_before_the_destruction_does_not_open() {
    let mut bench = Bench::new().await;
    bench.write("a", "value").await;
    let backup = bench.store.scan(b"", None, usize::MAX).unwrap();
    bench
        .engine
        .destroy_collection(bench.collection.id())
        .await
        .unwrap();
    let restored = backup
        .into_iter()
        .fold(Batch::new(), |batch, (key, value)| batch.put(key, value));
    bench.store.commit(restored).await.unwrap();
    bench.restart();
    assert!(bench.read("a", 0).await.is_err());
}

#[tokio::test]
async fn the_sweeper_removes_rows_of_no_secret_and_no_others() {
    let bench = Bench::new().await;
    for n in 0..200 {
        bench.write(&format!("s{}", n % 50), "value").await;
    }
    let stray = |at: &str, version| {
        let metadata = key::metadata(bench.collection.id(), &path(at));
        key::version(&metadata, version)
    };
    let batch = Batch::new()
        .put(stray("gone", 1), "record")
        .put(stray("s1", 77), "record");
    bench.store.commit(batch).await.unwrap();
    let before = bench.store.scan(b"", None, usize::MAX).unwrap().len();
    let mut removed = 0;
    for _ in 0..3 {
        removed += bench.engine.sweep().await.unwrap();
    }
    assert_eq!(removed, 2);
    assert_eq!(bench.store.scan(b"", None, usize::MAX).unwrap().len(), before - 2);
    assert_eq!(bench.read("s1", 4).await, Ok("value".into()));
}

#[tokio::test]
async fn the_sweeper_passes_over_damaged_rows() {
    let bench = Bench::new().await;
    bench.write("a", "value").await;
    let metadata = |at: &str| key::metadata(bench.collection.id(), &path(at));
    let batch = Batch::new()
        .put(metadata("a"), "damaged")
        .put(key::version(&metadata("b"), 1), "record");
    bench.store.commit(batch).await.unwrap();
    assert_eq!(bench.engine.sweep().await.unwrap(), 1);
    assert!(
        bench
            .store
            .get(&key::version(&metadata("a"), 1))
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_collection_without_its_keyring_is_told() {
    let bench = Bench::new().await;
    let kept = bench.engine.create_collection(Dialect::Okms).await.unwrap();
    assert!(bench.engine.orphaned_collections().await.unwrap().is_empty());
    bench
        .hsm
        .destroy_keyring(bench.collection.keyring())
        .await
        .unwrap();
    let orphaned = bench.engine.orphaned_collections().await.unwrap();
    let identifiers: Vec<_> = orphaned.iter().map(|collection| collection.id()).collect();
    assert_eq!(identifiers, [bench.collection.id()], "not {}", kept.id());
}
