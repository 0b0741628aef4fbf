//! Rows put where they do not belong, by whoever can write to the database.

use crate::engine::secret::{Patching, SecretPath, key};
use crate::engine::testing::{Bench, path};
use crate::store::Batch;
use zeroize::Zeroizing;

const REFUSED: &str = "the stored record does not open in its place: the database was altered or damaged";

fn version_key(bench: &Bench, at: &SecretPath, version: u32) -> Vec<u8> {
    key::version(&key::metadata(bench.collection.id(), at), version)
}

async fn swap(bench: &Bench, one: &[u8], other: &[u8]) {
    let values = bench.store.get_many(&[one, other]).unwrap();
    let [first, second] = values.try_into().unwrap();
    let batch = Batch::new().put(one, second.unwrap()).put(other, first.unwrap());
    bench.store.commit(batch).await.unwrap();
}

#[tokio::test]
async fn versions_swapped_between_secrets_are_refused_and_others_serve() {
    let bench = Bench::new().await;
    for at in ["a", "b", "c"] {
        bench.write(at, at).await;
    }
    swap(
        &bench,
        &version_key(&bench, &path("a"), 1),
        &version_key(&bench, &path("b"), 1),
    )
    .await;
    assert_eq!(bench.read("a", 0).await, Err(REFUSED.into()));
    assert_eq!(bench.read("b", 1).await, Err(REFUSED.into()));
    assert_eq!(bench.read("c", 0).await, Ok("c".into()));
    bench.write("a", "new").await;
    assert_eq!(bench.read("a", 0).await, Ok("new".into()));
}

#[tokio::test]
async fn versions_swapped_within_a_secret_are_refused() {
    let bench = Bench::new().await;
    for value in ["1", "2"] {
        bench.write("a", value).await;
    }
    swap(
        &bench,
        &version_key(&bench, &path("a"), 1),
        &version_key(&bench, &path("a"), 2),
    )
    .await;
    for version in 0..=2 {
        assert_eq!(bench.read("a", version).await, Err(REFUSED.into()));
    }
}

#[tokio::test]
async fn metadata_swapped_between_secrets_is_refused() {
    let bench = Bench::new().await;
    for at in ["a", "b"] {
        bench.write(at, at).await;
    }
    let metadata = |at: &str| key::metadata(bench.collection.id(), &path(at));
    swap(&bench, &metadata("a"), &metadata("b")).await;
    assert_eq!(bench.read("a", 0).await, Err(REFUSED.into()));
}

#[tokio::test]
async fn every_altered_byte_is_refused() {
    let bench = Bench::new().await;
    bench.write("a", "value").await;
    let key = version_key(&bench, &path("a"), 1);
    let record = bench.store.get(&key).unwrap().unwrap();
    for index in 0..record.len() {
        let mut altered = record.clone();
        altered[index] ^= 1;
        bench
            .store
            .commit(Batch::new().put(key.clone(), altered))
            .await
            .unwrap();
        assert_eq!(bench.read("a", 0).await, Err(REFUSED.into()), "byte {index}");
    }
    bench.store.commit(Batch::new().delete(key)).await.unwrap();
    assert_eq!(bench.read("a", 0).await, Err(REFUSED.into()));
}

#[tokio::test]
async fn a_value_replaced_by_a_patch_does_not_come_back() {
    let bench = Bench::new().await;
    bench.write("a", "old").await;
    let key = version_key(&bench, &path("a"), 1);
    let old = bench.store.get(&key).unwrap().unwrap();
    let merge = |_: &[u8]| Ok(Zeroizing::new(b"new".to_vec()));
    let patched = bench
        .engine
        .patch(
            bench.collection.id(),
            &path("a"),
            None,
            Patching::KeepsVersion,
            merge,
        )
        .await
        .unwrap();
    assert_eq!(patched.version.number, 1);
    assert_eq!(bench.read("a", 0).await, Ok("new".into()));
    bench.store.commit(Batch::new().put(key, old)).await.unwrap();
    assert_eq!(bench.read("a", 0).await, Err(REFUSED.into()));
}

#[tokio::test]
async fn a_value_from_a_deleted_secret_does_not_come_back() {
    let bench = Bench::new().await;
    bench.write("a", "old").await;
    let key = version_key(&bench, &path("a"), 1);
    let old = bench.store.get(&key).unwrap().unwrap();
    bench
        .engine
        .remove(bench.collection.id(), &path("a"))
        .await
        .unwrap();
    assert_eq!(bench.store.get(&key).unwrap(), None);
    bench.write("a", "new").await;
    bench.store.commit(Batch::new().put(key, old)).await.unwrap();
    assert_eq!(bench.read("a", 0).await, Err(REFUSED.into()));
}

#[tokio::test]
async fn damaged_metadata_is_an_error_and_others_serve() {
    let bench = Bench::new().await;
    bench.write("a", "a").await;
    bench.write("b", "b").await;
    let key = key::metadata(bench.collection.id(), &path("a"));
    for row in [
        &b""[..],
        b"\x01",
        b"\x02whatever",
        b"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        bench
            .store
            .commit(Batch::new().put(key.clone(), row))
            .await
            .unwrap();
        assert!(
            bench
                .read("a", 0)
                .await
                .is_err_and(|error| error.starts_with("damaged row: a"))
        );
        assert_eq!(bench.read("b", 0).await, Ok("b".into()));
    }
}
