use std::sync::Arc;

use tokio::task::JoinSet;

use crate::auth::testing::{Bench, wanted};
use crate::auth::{NewToken, TokenHash};

async fn child(bench: &Bench, of: &str) -> String {
    bench
        .child(of, NewToken::default())
        .await
        .token
        .reveal()
        .to_owned()
}

#[tokio::test]
async fn revoking_ends_all_that_descend() {
    let bench = Bench::new().await;
    let parent = bench
        .child(&bench.root, wanted("default"))
        .await
        .token
        .reveal()
        .to_owned();
    let (one, other) = (child(&bench, &parent).await, child(&bench, &parent).await);
    let grandchild = child(&bench, &one).await;
    let orphan = NewToken {
        no_parent: true,
        ..NewToken::default()
    };
    let orphan = bench.child(&bench.root, orphan).await.token.reveal().to_owned();

    bench.auth.revoke(TokenHash::of(&one)).await.unwrap();
    for (token, valid) in [
        (&one, false),
        (&grandchild, false),
        (&other, true),
        (&parent, true),
        (&orphan, true),
    ] {
        assert_eq!(bench.valid(token).await, valid);
        assert_eq!(bench.reopened().authenticate(token).await.is_ok(), valid);
    }
    bench.auth.revoke(TokenHash::of(&one)).await.unwrap();
    bench.auth.revoke(TokenHash::of(&bench.root)).await.unwrap();
    for (token, valid) in [
        (&other, false),
        (&parent, false),
        (&bench.root, false),
        (&orphan, true),
    ] {
        assert_eq!(bench.valid(token).await, valid);
    }
    assert_eq!(bench.store.scan(b"auth/token/", None, 9).unwrap().len(), 1);
}

#[tokio::test]
async fn revoking_an_orphan_spares_the_children() {
    let bench = Bench::new().await;
    let parent = child(&bench, &bench.root).await;
    let kid = child(&bench, &parent).await;
    let grandchild = child(&bench, &kid).await;
    bench.auth.revoke_orphan(TokenHash::of(&parent)).await.unwrap();
    for (token, valid) in [(&parent, false), (&kid, true), (&grandchild, true)] {
        assert_eq!(bench.valid(token).await, valid);
        assert_eq!(bench.reopened().authenticate(token).await.is_ok(), valid);
    }
    assert!(bench.caller(&kid).await.record().is_orphan());
    bench.auth.revoke(TokenHash::of(&bench.root)).await.unwrap();
    assert!(bench.valid(&grandchild).await);
    bench.auth.revoke(TokenHash::of(&kid)).await.unwrap();
    assert!(!bench.valid(&grandchild).await);
}

#[tokio::test]
async fn accessors_find_their_tokens() {
    let bench = Bench::new().await;
    let created = bench.child(&bench.root, wanted("a")).await;
    let hash = TokenHash::of(created.token.reveal());
    assert_eq!(bench.auth.by_accessor(&created.record.accessor), Some(hash));
    assert_eq!(bench.auth.by_accessor(&"x".to_owned().into()), None);
    bench.auth.revoke(hash).await.unwrap();
    assert_eq!(bench.auth.by_accessor(&created.record.accessor), None);
}

#[tokio::test]
async fn a_revoked_caller_makes_no_more_tokens() {
    let bench = Bench::new().await;
    let caller = bench.caller(&child(&bench, &bench.root).await).await;
    bench.auth.revoke(caller.hash()).await.unwrap();
    for orphan in [false, true] {
        let outcome = bench
            .auth
            .create(&caller, "auth/token/create", orphan, NewToken::default())
            .await;
        assert!(outcome.is_err());
    }
    assert_eq!(bench.store.scan(b"auth/token/", None, 9).unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_child_survives_a_race_with_its_parents_revocation() {
    let bench = Arc::new(Bench::new().await);
    for _ in 0..20 {
        let parent = child(&bench, &bench.root).await;
        let caller = bench.caller(&parent).await;
        let mut makers = JoinSet::new();
        for _ in 0..8 {
            let (bench, caller) = (bench.clone(), caller.clone());
            makers.spawn(async move {
                let made = bench
                    .auth
                    .create(&caller, "auth/token/create", false, NewToken::default())
                    .await;
                made.ok().map(|made| made.token.reveal().to_owned())
            });
        }
        bench.auth.revoke(caller.hash()).await.unwrap();
        for token in makers.join_all().await.into_iter().flatten() {
            assert!(!bench.valid(&token).await);
        }
        assert_eq!(bench.store.scan(b"auth/token/", None, 99).unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_change_goes_through_although_its_caller_went_away() {
    let bench = Bench::new().await;
    let token = child(&bench, &bench.root).await;
    {
        let mut revoking = std::pin::pin!(bench.auth.revoke(TokenHash::of(&token)));
        let waker = std::task::Waker::noop();
        let first = revoking.as_mut().poll(&mut std::task::Context::from_waker(waker));
        assert!(first.is_pending());
    }
    // Waits for the lock that the revocation holds until memory has followed the store.
    bench.auth.sweep().await.unwrap();
    assert!(!bench.valid(&token).await);
}
