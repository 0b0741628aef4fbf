mod disk;
mod faults;
mod grouping;
mod model;

use super::RedbStore;
use crate::store::{Batch, Store, StoreError};

fn temporary() -> (tempfile::TempDir, RedbStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = RedbStore::open(&directory.path().join("store.redb")).unwrap();
    (directory, store)
}

#[tokio::test]
async fn a_batch_is_there_after_reopening() {
    let (directory, store) = temporary();
    store
        .commit(Batch::new().put("a", "1").put("b", "2").delete("c"))
        .await
        .unwrap();
    drop(store);
    let store = RedbStore::open(&directory.path().join("store.redb")).unwrap();
    assert_eq!(
        store.get_many(&[b"a", b"b", b"c"]).unwrap(),
        [Some(b"1".to_vec()), Some(b"2".to_vec()), None]
    );
}

#[tokio::test]
async fn a_broken_precondition_changes_nothing() {
    let (_directory, store) = temporary();
    store.commit(Batch::new().put("a", "1")).await.unwrap();
    for wrong in [
        Batch::new().expect("a", Some(b"2")),
        Batch::new().expect("a", None),
        Batch::new().expect("a", Some(b"1")).expect("b", Some(b"")),
    ] {
        let outcome = store.commit(wrong.put("a", "3").put("b", "4").delete("a")).await;
        assert_eq!(outcome, Err(StoreError::Conflict));
    }
    assert_eq!(
        store.scan(b"", None, 10).unwrap(),
        [(b"a".to_vec(), b"1".to_vec())]
    );
}

#[tokio::test]
async fn preconditions_that_hold_let_a_batch_through() {
    let (_directory, store) = temporary();
    let create = Batch::new().expect("a", None).put("a", "1");
    store.commit(create.clone()).await.unwrap();
    assert_eq!(store.commit(create).await, Err(StoreError::Conflict));
    store
        .commit(Batch::new().expect("a", Some(b"1")).delete("a"))
        .await
        .unwrap();
    assert_eq!(store.get(b"a").unwrap(), None);
}

#[tokio::test]
async fn scans_page_through_a_prefix() {
    let (_directory, store) = temporary();
    let keys = ["a", "b/", "b/1", "b/2", "b/3", "b0", "c", "\u{ff}"];
    let batch = keys.iter().fold(Batch::new(), |batch, key| batch.put(*key, *key));
    store.commit(batch).await.unwrap();
    let page = |prefix: &str, after: Option<&str>, limit| {
        let pairs = store
            .scan(prefix.as_bytes(), after.map(str::as_bytes), limit)
            .unwrap();
        let keys = pairs.into_iter().map(|(key, _)| String::from_utf8(key).unwrap());
        keys.collect::<Vec<_>>()
    };
    assert_eq!(page("b/", None, 2), ["b/", "b/1"]);
    assert_eq!(page("b/", Some("b/1"), 2), ["b/2", "b/3"]);
    assert_eq!(page("b/", Some("b/3"), 2), [""; 0]);
    assert_eq!(page("b/", Some("b/"), 1), ["b/1"]);
    assert_eq!(page("b/", Some("a"), 9), ["b/", "b/1", "b/2", "b/3"]);
    assert_eq!(page("b/", Some("c"), 9), [""; 0]);
    assert_eq!(page("", None, 9), keys);
    assert_eq!(page("", None, 0), [""; 0]);
    assert_eq!(page("zzz", None, 9), [""; 0]);
}

#[tokio::test]
async fn a_second_daemon_is_refused_until_the_first_has_stopped() {
    let (directory, store) = temporary();
    let path = directory.path().join("store.redb");
    let refused = RedbStore::open(&path).unwrap_err();
    assert_eq!(
        refused,
        StoreError::InUse {
            path: path.display().to_string()
        }
    );
    assert!(refused.to_string().contains("in use by another casemate daemon"));
    drop(store);
    RedbStore::open(&path).unwrap();
}

#[test]
fn a_file_that_is_no_store_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.redb");
    std::fs::write(&path, [0x5a; 8192]).unwrap();
    assert!(matches!(RedbStore::open(&path), Err(StoreError::Failed(_))));
    assert!(matches!(
        RedbStore::open(directory.path()),
        Err(StoreError::Failed(_))
    ));
}

#[test]
fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, _store) = temporary();
    let metadata = std::fs::metadata(directory.path().join("store.redb")).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
}
