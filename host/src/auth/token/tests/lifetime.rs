use std::sync::Arc;

use tokio::task::JoinSet;

use crate::auth::testing::{Bench, name, wanted};
use crate::auth::{AuthError, NewToken};
use crate::engine::span::Span;

fn seconds(seconds: i64) -> Option<Span> {
    Some(Span::from_secs(seconds))
}

#[tokio::test]
async fn an_expired_token_is_refused_at_once_and_swept_later() {
    let bench = Bench::new().await;
    let created = bench.child(&bench.root, wanted("a")).await;
    let (token, hash) = (
        created.token.reveal(),
        bench.caller(created.token.reveal()).await.hash(),
    );
    bench.clock.advance(59);
    assert!(bench.valid(token).await);
    assert_eq!(bench.auth.sweep().await.unwrap(), 0);
    bench.clock.advance(1);
    assert!(!bench.valid(token).await);
    assert!(bench.auth.lookup(&hash).is_none());
    assert!(bench.auth.by_accessor(&created.record.accessor).is_none());
    assert!(matches!(
        bench.auth.renew(hash, None).await,
        Err(AuthError::Denied)
    ));
    assert_eq!(bench.auth.sweep().await.unwrap(), 1);
    assert_eq!(bench.auth.sweep().await.unwrap(), 0);
    assert_eq!(
        bench.store.scan(b"auth/token/", None, 9).unwrap().len(),
        1,
        "the root token alone"
    );
    assert!(bench.reopened().authenticate(token).await.is_err());
}

#[tokio::test]
async fn children_end_with_their_parent() {
    let bench = Bench::new().await;
    let parent = bench.child(&bench.root, wanted("default")).await;
    let long = NewToken {
        ttl: seconds(600),
        ..NewToken::default()
    };
    let child = bench.child(parent.token.reveal(), long).await;
    bench.clock.advance(60);
    assert!(!bench.valid(child.token.reveal()).await);
    assert_eq!(bench.auth.sweep().await.unwrap(), 2);
}

#[tokio::test]
async fn renewing_extends_up_to_the_limits() {
    let bench = Bench::new().await;
    let base = || NewToken {
        policies: Some(vec![name("a")]),
        ttl: seconds(60),
        ..NewToken::default()
    };
    // (what is wanted, increment, seconds left after renewing at 30 s, whether there is a warning)
    let cases = [
        (base(), None, 60, false),
        (base(), seconds(0), 60, false),
        (base(), seconds(10), 10, false),
        (base(), seconds(100), 100, false),
        (base(), seconds(768 * 3600), 768 * 3600 - 30, true),
        (
            NewToken {
                explicit_max_ttl: seconds(80),
                ..base()
            },
            None,
            50,
            false,
        ),
        (
            NewToken {
                explicit_max_ttl: seconds(80),
                ..base()
            },
            seconds(60),
            50,
            true,
        ),
        (
            NewToken {
                period: seconds(90),
                ..base()
            },
            seconds(10),
            90,
            false,
        ),
        (
            NewToken {
                period: seconds(90),
                explicit_max_ttl: seconds(100),
                ..base()
            },
            None,
            70,
            false,
        ),
    ];
    for (wanted, increment, left, warned) in cases {
        let created = bench.child(&bench.root, wanted.clone()).await;
        let hash = bench.caller(created.token.reveal()).await.hash();
        bench.clock.advance(30);
        let renewed = bench.auth.renew(hash, increment).await.unwrap();
        let now = crate::engine::clock::Clock::now(&*bench.clock);
        assert_eq!(renewed.record.seconds_left(now), left, "{wanted:?} {increment:?}");
        assert_eq!(!renewed.warnings.is_empty(), warned, "{wanted:?} {increment:?}");
        bench.clock.advance(left - 1);
        assert!(bench.valid(created.token.reveal()).await);
        assert!(
            bench
                .reopened()
                .authenticate(created.token.reveal())
                .await
                .is_ok()
        );
        bench.clock.advance(1);
        assert!(!bench.valid(created.token.reveal()).await);
    }
}

#[tokio::test]
async fn some_tokens_are_not_renewable() {
    let bench = Bench::new().await;
    let fixed = bench
        .child(
            &bench.root,
            NewToken {
                renewable: Some(false),
                ..wanted("a")
            },
        )
        .await;
    for token in [fixed.token.reveal(), &bench.root] {
        let hash = bench.caller(token).await.hash();
        let why = bench.auth.renew(hash, None).await.unwrap_err().to_string();
        assert_eq!(why, "lease is not renewable");
    }
    let other = bench.child(&bench.root, wanted("a")).await;
    let hash = bench.caller(other.token.reveal()).await.hash();
    assert!(matches!(
        bench.auth.renew(hash, seconds(-1)).await,
        Err(AuthError::Invalid(_))
    ));
}

#[tokio::test]
async fn uses_are_counted_over_restarts() {
    let bench = Bench::new().await;
    let created = bench
        .child(
            &bench.root,
            NewToken {
                num_uses: 3,
                ..wanted("default")
            },
        )
        .await;
    let token = created.token.reveal();
    let first = bench.caller(token).await;
    assert_eq!(first.record().uses_left, Some(2));
    let child = bench
        .auth
        .create(&first, "auth/token/create", false, NewToken::default())
        .await;
    assert!(child.unwrap_err().to_string().contains("restricted use token"));
    assert!(bench.reopened().authenticate(token).await.is_ok());
    let last = bench.reopened();
    assert!(last.authenticate(token).await.is_ok());
    assert!(last.authenticate(token).await.is_err());
    assert_eq!(last.sweep().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn uses_are_not_spent_twice_under_load() {
    let bench = Arc::new(Bench::new().await);
    let created = bench
        .child(
            &bench.root,
            NewToken {
                num_uses: 20,
                ..wanted("a")
            },
        )
        .await;
    let mut requests = JoinSet::new();
    for _ in 0..60 {
        let (bench, token) = (bench.clone(), created.token.reveal().to_owned());
        requests.spawn(async move { bench.valid(&token).await });
    }
    let valid = requests
        .join_all()
        .await
        .into_iter()
        .filter(|valid| *valid)
        .count();
    assert_eq!(valid, 20);
}
