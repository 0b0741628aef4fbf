//! Rows put where they do not belong by whoever can write to the database: refused at read, with a line in the log and
//! nothing else broken.

use casemate::store::{Batch, RedbStore, Store};
use casemate_tests::daemon::Daemon;
use casemate_tests::kv::{self, Kv};
use serde_json::json;
use std::path::Path;

const PATHS: [&str; 6] = ["a", "b", "versions", "patched", "meta-a", "meta-b"];

fn refused(kv: &mut Kv, path: &str, version: u64) {
    let reply = kv.read(path, version).unwrap();
    assert_eq!(reply.status, 500, "{path} version {version}");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let json = reply.json();
    assert!(json["data"].is_null(), "{path}: {json}");
    assert!(json["errors"][0].is_string(), "{path}: {json}");
    assert!(json["error_code"].is_i64(), "{path}: {json}");
    assert!(json["request_id"].is_string(), "{path}: {json}");
}

fn reads(kv: &mut Kv, path: &str, version: u64, text: &str) {
    let reply = kv.read(path, version).unwrap();
    assert_eq!(
        (reply.status, kv::text(&reply).as_deref()),
        (200, Some(text)),
        "{path}"
    );
}

/// The keys of a secret's rows: metadata, then versions from the newest on.
fn rows(store: &RedbStore, path: &str) -> Vec<Vec<u8>> {
    let end = [path.as_bytes(), &[0]].concat();
    let pairs = store.scan(b"secret/", None, 1000).unwrap();
    // After the prefix, 16 bytes name the domain.
    let of_path = pairs
        .into_iter()
        .filter(|(key, _)| key[b"secret/".len() + 16..].starts_with(&end));
    of_path.map(|(key, _)| key).collect()
}

async fn swap(store: &RedbStore, one: &[u8], other: &[u8]) {
    let first = store.get(one).unwrap().unwrap();
    let second = store.get(other).unwrap().unwrap();
    store
        .commit(Batch::new().put(one, second).put(other, first))
        .await
        .unwrap();
}

fn prepare(data: &Path) -> Vec<u8> {
    let daemon = Daemon::start(data, "sim:").unwrap();
    let mut kv = Kv::connect(&daemon).unwrap();
    for path in PATHS.iter().chain(&["untouched"]) {
        assert_eq!(kv.write(path, path).unwrap().status, 200);
    }
    assert_eq!(kv.write("versions", "newer").unwrap().status, 200);
    daemon.stop().unwrap();
    let store = RedbStore::open(&data.join("casemate.redb")).unwrap();
    let old = store.get(&rows(&store, "patched")[1]).unwrap().unwrap();
    drop(store);
    let daemon = Daemon::start(data, "sim:").unwrap();
    let patch = json!({ "data": { "text": "patched again" } });
    let reply = Kv::connect(&daemon)
        .unwrap()
        .send("PATCH", "secret/data/patched", &patch)
        .unwrap();
    assert_eq!((reply.status, kv::version(&reply)), (200, Some(1)));
    daemon.stop().unwrap();
    old
}

async fn tamper(data: &Path, old: Vec<u8>) {
    let store = RedbStore::open(&data.join("casemate.redb")).unwrap();
    let [a, b, versions, patched, meta_a, meta_b] = PATHS.map(|path| rows(&store, path));
    swap(&store, &a[1], &b[1]).await;
    swap(&store, &versions[1], &versions[2]).await;
    swap(&store, &meta_a[0], &meta_b[0]).await;
    store
        .commit(Batch::new().put(patched[1].as_slice(), old))
        .await
        .unwrap();
}

#[tokio::test]
async fn rows_in_a_wrong_place_are_refused_and_nothing_else_breaks() {
    let directory = tempfile::tempdir().unwrap();
    let old = prepare(directory.path());
    tamper(directory.path(), old).await;
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    let mut kv = Kv::connect(&daemon).unwrap();
    for path in PATHS {
        refused(&mut kv, path, 1);
        assert!(log_names(&daemon.log(), path), "{path}:\n{}", daemon.log());
    }
    refused(&mut kv, "versions", 2);
    reads(&mut kv, "untouched", 0, "untouched");
    for path in ["a", "patched", "versions"] {
        assert_eq!(kv.write(path, "mended").unwrap().status, 200);
        reads(&mut kv, path, 0, "mended");
    }
    refused(&mut kv, "a", 1);
    daemon.stop().unwrap();
}

/// Whether a line of the log says that what is stored at this path does not belong there.
fn log_names(log: &str, path: &str) -> bool {
    let mut errors = log.lines().filter(|line| line.contains("ERROR"));
    errors.any(|line| line.contains(&format!("path={path} ")) && line.contains("refuses the stored record"))
}
