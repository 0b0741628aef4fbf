use std::sync::Arc;

use crate::auth::AuthError;
use crate::auth::policy::{Capability, PolicyName, Registry};
use crate::store::{Batch, RedbStore, Store};

fn store() -> (tempfile::TempDir, Arc<dyn Store>) {
    let directory = tempfile::tempdir().unwrap();
    let store = RedbStore::open(&directory.path().join("store")).unwrap();
    (directory, Arc::new(store))
}

fn name(text: &str) -> PolicyName {
    text.parse().unwrap()
}

const READ: &str = r#"path "a" { capabilities = ["read"] }"#;

#[tokio::test]
async fn a_change_counts_at_once_and_after_a_restart() {
    let (_directory, store) = store();
    let registry = Registry::open(store.clone()).unwrap();
    let names = [name("one"), name("two")];
    let may_read = |registry: &Registry| registry.acl(&names).allows("a", Capability::Read);
    assert!(!may_read(&registry));
    registry.put(name("One"), READ).await.unwrap();
    assert!(may_read(&registry));
    assert!(may_read(&Registry::open(store.clone()).unwrap()));
    registry
        .put(name("two"), r#"path "a" { policy = "deny" }"#)
        .await
        .unwrap();
    assert!(!may_read(&registry));
    registry.remove(&name("two")).await.unwrap();
    registry.remove(&name("two")).await.unwrap();
    assert!(may_read(&registry));
    assert!(may_read(&Registry::open(store.clone()).unwrap()));
    assert_eq!(registry.text(&name("one")).as_deref(), Some(READ));
    assert_eq!(registry.text(&name("two")), None);
    let listed: Vec<String> = registry.names().into_iter().map(Into::into).collect();
    assert_eq!(listed, ["default", "one", "root"]);
}

#[tokio::test]
async fn a_bad_policy_leaves_the_old_one() {
    let (_directory, store) = store();
    let registry = Registry::open(store).unwrap();
    registry.put(name("one"), READ).await.unwrap();
    assert!(matches!(
        registry.put(name("one"), "path").await,
        Err(AuthError::Invalid(_))
    ));
    assert_eq!(registry.text(&name("one")).as_deref(), Some(READ));
}

#[tokio::test]
async fn root_and_default_are_always_there() {
    let (_directory, store) = store();
    let registry = Registry::open(store).unwrap();
    for (outcome, what) in [
        (registry.put(name("root"), READ).await, "root can't be changed"),
        (registry.remove(&name("ROOT")).await, "root can't be deleted"),
        (
            registry.remove(&name("default")).await,
            "default can't be deleted",
        ),
    ] {
        assert!(outcome.unwrap_err().to_string().contains(what));
    }
    assert!(
        registry
            .acl(&[name("x"), name("root")])
            .allows("any/thing", Capability::Sudo)
    );
    let own = registry.acl(&[name("default")]);
    assert!(own.allows("auth/token/lookup-self", Capability::Read));
    assert!(own.allows("auth/token/renew-self", Capability::Update));
    assert!(own.allows("auth/token/revoke-self", Capability::Update));
    assert!(!own.allows("auth/token/create", Capability::Update));
    registry.put(name("default"), READ).await.unwrap();
    assert!(
        !registry
            .acl(&[name("default")])
            .allows("auth/token/lookup-self", Capability::Read)
    );
}

#[tokio::test]
async fn damaged_rows_stop_the_start() {
    let (_directory, store) = store();
    for (key, value) in [
        ("auth/policy/a", &b"path"[..]),
        ("auth/policy/a", b"\xff"),
        ("auth/policy/ ", b""),
    ] {
        store.commit(Batch::new().put(key, value)).await.unwrap();
        assert!(matches!(
            Registry::open(store.clone()),
            Err(AuthError::Damaged(_))
        ));
        store.commit(Batch::new().delete(key)).await.unwrap();
    }
}

#[test]
fn names_are_bounded() {
    assert_eq!(name("Team/App-1.x@y_Z").as_str(), "team/app-1.x@y_z");
    for bad in [
        "",
        " ",
        "a b",
        "a\u{e4}",
        "/a",
        "a/",
        "a\n",
        "a,b",
        "%41",
        &"a".repeat(129),
    ] {
        assert!(bad.parse::<PolicyName>().is_err(), "{bad:?}");
    }
}
