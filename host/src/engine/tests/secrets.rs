use crate::engine::secret::{Cas, MetadataChange, SecretRow};
use crate::engine::span::Span;
use crate::engine::testing::{Bench, path};
use crate::engine::{Engine, EngineError};
use std::sync::Arc;
use zeroize::Zeroizing;

fn metadata(bench: &Bench, at: &str) -> SecretRow {
    bench.engine.metadata(&bench.collection, &path(at)).unwrap()
}

fn value(text: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.as_bytes().to_vec())
}

#[tokio::test]
async fn concurrent_writers_with_cas_win_one_at_a_time() {
    let bench = Bench::new().await;
    let writers = (0..16).map(|n| {
        let (engine, id) = (bench.engine.clone(), bench.collection.id());
        tokio::spawn(async move { increment_until_won(&engine, id, n).await })
    });
    let mut lost = 0;
    for writer in writers.collect::<Vec<_>>() {
        lost += writer.await.unwrap();
    }
    assert_eq!(metadata(&bench, "counter").current, 16, "{lost} tries lost");
}

async fn increment_until_won(
    engine: &Arc<Engine>,
    id: crate::engine::collection::CollectionId,
    n: u32,
) -> u32 {
    for lost in 0.. {
        let collection = engine.collection(id).unwrap();
        let current = match engine.metadata(&collection, &path("counter")) {
            Ok(row) => row.current,
            Err(EngineError::SecretNotFound) => 0,
            Err(error) => panic!("{error}"),
        };
        let cas = Some(Cas(i64::from(current)));
        match engine
            .write(id, &path("counter"), value(&n.to_string()), cas)
            .await
        {
            Ok(_) => return lost,
            Err(EngineError::CasMismatch) => {}
            Err(error) => panic!("{error}"),
        }
    }
    unreachable!("the loop has no end")
}

#[tokio::test]
async fn concurrent_writers_without_cas_all_get_a_version() {
    let bench = Bench::new().await;
    let writers = (0..32).map(|n| {
        let (engine, id) = (bench.engine.clone(), bench.collection.id());
        tokio::spawn(async move { engine.write(id, &path("a"), value(&n.to_string()), None).await })
    });
    let mut numbers = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        numbers.push(writer.await.unwrap().unwrap().version.number);
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=32).collect::<Vec<_>>());
    assert_eq!(
        (metadata(&bench, "a").oldest, metadata(&bench, "a").versions.len()),
        (23, 10)
    );
}

#[tokio::test]
async fn a_change_of_the_collection_does_not_stop_writers() {
    let bench = Bench::new().await;
    let id = bench.collection.id();
    let engine = bench.engine.clone();
    let configuring = tokio::spawn(async move {
        for max_versions in 1..50 {
            let configured = engine
                .configure(id, |defaults| defaults.max_versions = max_versions)
                .await;
            assert_eq!(configured.unwrap().max_versions, max_versions);
        }
    });
    for n in 1..50 {
        assert_eq!(bench.write("a", "value").await, n);
    }
    configuring.await.unwrap();
}

#[tokio::test]
async fn versions_deactivate_when_their_time_comes() {
    let bench = Bench::new().await;
    let change = MetadataChange {
        delete_version_after: Some(Span::from_secs(60)),
        ..MetadataChange::default()
    };
    bench.write("a", "1").await;
    bench
        .engine
        .write_metadata(bench.collection.id(), &path("a"), &change)
        .await
        .unwrap();
    bench.write("a", "2").await;
    bench.clock.advance_secs(59);
    assert_eq!(bench.read("a", 0).await, Ok("2".into()));
    bench.clock.advance_secs(1);
    assert_eq!(
        bench.read("a", 0).await,
        Err("the version is deactivated or destroyed".into())
    );
    assert_eq!(bench.read("a", 1).await, Ok("1".into()));
    bench.engine.sweep().await.unwrap();
    bench
        .engine
        .reactivate(bench.collection.id(), &path("a"), &[2])
        .await
        .unwrap();
    assert_eq!(bench.read("a", 0).await, Ok("2".into()));
    bench.clock.advance_secs(60);
    assert!(bench.read("a", 0).await.is_err());
}

#[tokio::test]
async fn lists_show_names_and_folders_page_by_page() {
    let bench = Bench::new().await;
    for at in ["foo", "foo-bar", "foo/a", "foo/b/c", "foo.x", "z", "%", "zz/y"] {
        bench.write(at, "value").await;
    }
    let list = |folder: &str, after: Option<&str>, limit| {
        let listing = bench
            .engine
            .list(&bench.collection, folder, after, limit)
            .unwrap();
        (listing.names.join(" "), listing.more)
    };
    assert_eq!(
        list("", None, 100),
        ("% foo foo-bar foo.x foo/ z zz/".into(), false)
    );
    assert_eq!(list("", None, 3), ("% foo foo-bar".into(), true));
    assert_eq!(list("", Some("foo-bar"), 2), ("foo.x foo/".into(), true));
    assert_eq!(list("", Some("foo/"), 2), ("z zz/".into(), false));
    assert_eq!(list("foo/", None, 9), ("a b/".into(), false));
    assert_eq!(list("foo/a/", None, 9), (String::new(), false));
    assert_eq!(list("fo/", None, 9), (String::new(), false));
}

#[tokio::test]
async fn an_absent_device_fails_requests_and_nothing_else() {
    let bench = Bench::new().await;
    bench.write("a", "1").await;
    bench.hsm.set_away(true);
    assert_eq!(bench.read("a", 0).await, Err("unplugged".into()));
    let failed = bench
        .engine
        .write(bench.collection.id(), &path("a"), value("2"), None)
        .await;
    assert!(matches!(failed, Err(EngineError::Hsm(_))));
    assert_eq!(metadata(&bench, "a").current, 1);
    bench.hsm.set_away(false);
    assert_eq!(bench.read("a", 0).await, Ok("1".into()));
    assert_eq!(bench.write("a", "2").await, 2);
}
