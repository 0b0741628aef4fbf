use std::io;

use crate::auth::policy::Capability;
use crate::auth::testing::{Bench, RandomOnly, wanted};
use crate::auth::{Auth, AuthError, TokenHash};
use crate::store::{RedbStore, Store};

#[tokio::test]
async fn the_root_token_is_made_once() {
    let bench = Bench::new().await;
    let again = |_: &crate::auth::Token| panic!("made again");
    assert!(!bench.auth.ensure_root(again).await.unwrap());
    assert!(!bench.reopened().ensure_root(again).await.unwrap());
    let root = bench.caller(&bench.root).await;
    assert!(root.allows("sys/anything", Capability::Sudo));
    assert_eq!(root.record().expires, None);

    bench.auth.revoke(root.hash()).await.unwrap();
    assert!(!bench.valid(&bench.root).await);
    assert!(
        !bench.auth.ensure_root(again).await.unwrap(),
        "a revoked root token stays revoked"
    );
}

#[tokio::test]
async fn a_root_token_that_could_not_be_kept_is_made_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = std::sync::Arc::new(RedbStore::open(&directory.path().join("store")).unwrap());
    let clock = std::sync::Arc::new(crate::engine::clock::SystemClock);
    let auth = Auth::open(store.clone(), std::sync::Arc::new(RandomOnly), clock).unwrap();
    let failing = auth.ensure_root(|_| Err(io::ErrorKind::StorageFull.into())).await;
    assert!(matches!(failing, Err(AuthError::Keep(_))));
    assert_eq!(store.scan(b"auth/", None, 9).unwrap(), []);
    assert!(auth.ensure_root(|_| Ok(())).await.unwrap());
}

#[tokio::test]
async fn tokens_are_random_and_stored_as_hashes_only() {
    let bench = Bench::new().await;
    let created = bench.child(&bench.root, wanted("a")).await;
    for token in [created.token.reveal(), &bench.root] {
        let random = token.strip_prefix("hvs.").unwrap();
        assert_eq!(random.len(), 32);
        assert!(
            random
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        for (key, value) in bench.store.scan(b"", None, 1000).unwrap() {
            let row = [key, value].concat();
            assert!(
                !row.windows(8)
                    .any(|part| token.as_bytes()[4..].windows(8).any(|piece| piece == part))
            );
        }
    }
    assert_eq!(format!("{:?}", created.token), "Token(…)");
    assert!(!format!("{:?}", bench.caller(&bench.root).await).contains(&bench.root));
}

#[tokio::test]
async fn what_is_no_token_is_denied() {
    let bench = Bench::new().await;
    let cut = &bench.root[..bench.root.len() - 1];
    let longer = format!("{} ", bench.root);
    for text in [
        "",
        "hvs.",
        "x",
        cut,
        &longer,
        &"a".repeat(1 << 20),
        &bench.root.to_uppercase(),
    ] {
        assert!(matches!(
            bench.auth.authenticate(text).await,
            Err(AuthError::Denied)
        ));
    }
    assert!(bench.auth.lookup(&TokenHash::of("x")).is_none());
}

#[tokio::test]
async fn damaged_rows_stop_the_start() {
    use crate::store::Batch;
    let bench = Bench::new().await;
    for key in [
        b"auth/token/short".to_vec(),
        [&b"auth/token/"[..], &[7; 32]].concat(),
    ] {
        bench
            .store
            .commit(Batch::new().put(key.clone(), "{}"))
            .await
            .unwrap();
        let clock = std::sync::Arc::new(crate::engine::clock::SystemClock);
        let opened = Auth::open(bench.store.clone(), std::sync::Arc::new(RandomOnly), clock);
        assert!(matches!(opened, Err(AuthError::Damaged(_))));
        bench.store.commit(Batch::new().delete(key)).await.unwrap();
    }
}
