use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::task::JoinSet;

use super::disk::Disk;
use super::temporary;
use crate::store::redb::RedbStore;
use crate::store::redb::writer::{GROUP_BATCHES, GROUP_BYTES};
use crate::store::{Batch, Store, StoreError};

fn disk() -> (tempfile::TempDir, Arc<Disk>, Arc<RedbStore>) {
    let directory = tempfile::tempdir().unwrap();
    let disk = Arc::new(Disk::default());
    let store = disk.store(directory.path().join("store")).unwrap();
    (directory, disk, Arc::new(store))
}

/// Hands all batches over while the first commit's sync is held up; answers how many syncs they needed and how each
/// batch went.
async fn behind_one_another(
    disk: &Disk,
    store: &Arc<RedbStore>,
    batches: Vec<Batch>,
) -> (u64, Vec<Result<(), StoreError>>) {
    let before = disk.syncs.load(Ordering::SeqCst);
    disk.hold();
    let mut tasks = JoinSet::new();
    for (number, batch) in batches.into_iter().enumerate() {
        let store = store.clone();
        tasks.spawn(async move { (number, store.commit(batch).await) });
        // The runtime has one thread: the task now runs until it waits for its answer.
        tokio::task::yield_now().await;
    }
    disk.release();
    let mut outcomes = tasks.join_all().await;
    outcomes.sort_by_key(|(number, _)| *number);
    let syncs = disk.syncs.load(Ordering::SeqCst) - before;
    (syncs, outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

#[tokio::test]
async fn batches_that_wait_share_a_sync() {
    let (_directory, disk, store) = disk();
    let batches = (0..500).map(|n| Batch::new().put(format!("{n}"), "x")).collect();
    let (syncs, outcomes) = behind_one_another(&disk, &store, batches).await;
    assert!(outcomes.iter().all(Result::is_ok));
    // What the first commit found waiting, and all the rest.
    assert!(syncs <= 2, "{syncs} syncs for 500 batches");
    assert_eq!(store.scan(b"", None, 1000).unwrap().len(), 500);
}

#[tokio::test]
async fn a_group_is_bounded_in_batches_and_bytes() {
    let (_directory, disk, store) = disk();
    let many = GROUP_BATCHES * 2;
    let batches = (0..many).map(|n| Batch::new().put(format!("{n}"), "x")).collect();
    let (syncs, _) = behind_one_another(&disk, &store, batches).await;
    assert!(syncs >= 2, "{syncs} syncs for {many} batches");
    assert_eq!(store.scan(b"", None, many + 1).unwrap().len(), many);

    let large = (0..8).map(|n| Batch::new().put(format!("{n}"), vec![0; GROUP_BYTES / 2]));
    let (syncs, outcomes) = behind_one_another(&disk, &store, large.collect()).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert!(syncs >= 4, "{syncs} syncs for four times the bytes of a group");
}

#[tokio::test]
async fn batches_of_one_group_are_decided_in_their_order() {
    let (_directory, disk, store) = disk();
    let batches = vec![
        Batch::new().put("unrelated", "x"),
        Batch::new().expect("a", None).put("a", "1"),
        Batch::new().expect("a", None).put("a", "lost").put("b", "lost"),
        Batch::new().expect("a", Some(b"1")).put("a", "2"),
        Batch::new().expect("a", Some(b"1")).delete("a"),
    ];
    let (_, outcomes) = behind_one_another(&disk, &store, batches).await;
    let conflict = || Err(StoreError::Conflict);
    assert_eq!(outcomes, [Ok(()), Ok(()), conflict(), Ok(()), conflict()]);
    assert_eq!(
        store.get_many(&[b"a", b"b"]).unwrap(),
        [Some(b"2".to_vec()), None]
    );
}

#[tokio::test]
async fn a_group_of_conflicts_alone_costs_no_sync() {
    let (_directory, disk, store) = disk();
    let before = disk.syncs.load(Ordering::SeqCst);
    let outcome = store.commit(Batch::new().expect("a", Some(b"1"))).await;
    assert_eq!(outcome, Err(StoreError::Conflict));
    assert_eq!(disk.syncs.load(Ordering::SeqCst), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_counter_under_many_writers_loses_no_increment() {
    let (_directory, store) = temporary();
    let store = Arc::new(store);
    let mut writers = JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        writers.spawn(async move {
            let mut done = 0;
            while done < 20 {
                let found = store.get(b"n").unwrap();
                let n = found
                    .as_ref()
                    .map_or(0, |n| u64::from_be_bytes(n[..].try_into().unwrap()));
                let batch = Batch::new()
                    .expect("n", found.as_deref())
                    .put("n", (n + 1).to_be_bytes());
                done += u32::from(store.commit(batch).await.is_ok());
            }
        });
    }
    writers.join_all().await;
    assert_eq!(store.get(b"n").unwrap(), Some(320u64.to_be_bytes().to_vec()));
}
