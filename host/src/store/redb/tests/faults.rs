use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::disk::Disk;
use crate::store::{Batch, Store, StoreError};

const LARGE: usize = 256 << 10;

/// Writes large values until one fails; answers how many went through.
async fn fill(store: &impl Store) -> usize {
    for number in 0..1000 {
        let batch = Batch::new()
            .put(format!("large/{number:04}"), vec![7; LARGE])
            .put(format!("small/{number:04}"), "x");
        match store.commit(batch).await {
            Ok(()) => {}
            Err(StoreError::Failed(_)) => return number,
            Err(other) => panic!("{other}"),
        }
    }
    panic!("the disk never got full");
}

#[tokio::test]
async fn a_full_disk_fails_writes_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Arc::new(Disk::default());
    let store = disk.store(directory.path().join("store")).unwrap();
    store.commit(Batch::new().put("before", "1")).await.unwrap();
    disk.full.store(true, Ordering::SeqCst);
    let written = fill(&store).await;

    assert_eq!(store.get(b"before").unwrap(), Some(b"1".to_vec()));
    assert_eq!(store.scan(b"large/", None, 1000).unwrap().len(), written);
    assert_eq!(store.scan(b"small/", None, 1000).unwrap().len(), written);
    assert_eq!(store.get(format!("large/{written:04}").as_bytes()).unwrap(), None);

    disk.full.store(false, Ordering::SeqCst);
    store
        .commit(Batch::new().put("after", vec![1; LARGE]))
        .await
        .unwrap();
    assert_eq!(store.get(b"after").unwrap(), Some(vec![1; LARGE]));
}

#[tokio::test]
async fn a_disk_that_comes_back_is_used_again_and_holds_what_was_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Arc::new(Disk::default());
    let path = directory.path().join("store");
    let store = disk.store(path.clone()).unwrap();
    store.commit(Batch::new().put("kept", "1")).await.unwrap();

    disk.broken.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        let outcome = store.commit(Batch::new().put("lost", "1")).await;
        assert!(matches!(outcome, Err(StoreError::Failed(_))), "{outcome:?}");
    }
    disk.broken.store(false, Ordering::SeqCst);
    store.commit(Batch::new().put("new", "1")).await.unwrap();
    let keys = || store.scan(b"", None, 9).unwrap().into_iter().map(|(key, _)| key);
    assert_eq!(keys().collect::<Vec<_>>(), [b"kept".to_vec(), b"new".to_vec()]);
}
