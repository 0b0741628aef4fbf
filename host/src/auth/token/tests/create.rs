use crate::auth::testing::{Bench, name, wanted};
use crate::auth::{AuthError, NewToken};
use crate::engine::span::Span;

const HOUR: Span = Span::from_secs(3600);

async fn refused(bench: &Bench, of: &str, wanted: NewToken) -> String {
    let caller = bench.caller(of).await;
    let outcome = bench
        .auth
        .create(&caller, "auth/token/create", false, wanted)
        .await;
    match outcome.unwrap_err() {
        AuthError::Invalid(why) => why,
        other => panic!("{other}"),
    }
}

/// A token that may make others, but not with sudo.
async fn maker(bench: &Bench) -> String {
    let policy = r#"path "auth/token/create" { capabilities = ["update"] }"#;
    bench.auth.put_policy(name("maker"), policy.into()).await.unwrap();
    bench
        .child(&bench.root, wanted("maker"))
        .await
        .token
        .reveal()
        .to_owned()
}

#[tokio::test]
async fn policies_are_sorted_and_joined_by_default() {
    let bench = Bench::new().await;
    let policies = |wanted: NewToken| async {
        let created = bench.child(&bench.root, wanted).await;
        created
            .record
            .policies
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let many = |names: &[&str]| NewToken {
        policies: Some(names.iter().map(|text| name(text)).collect()),
        ..NewToken::default()
    };
    assert_eq!(policies(many(&["b", "A", "b"])).await, "a b default");
    assert_eq!(policies(many(&["b", "root"])).await, "root");
    assert_eq!(policies(many(&[])).await, "root");
    let without = NewToken {
        no_default_policy: true,
        ..many(&["b", "default"])
    };
    assert_eq!(policies(without).await, "b");
}

#[tokio::test]
async fn a_policy_that_does_not_exist_is_a_warning() {
    let bench = Bench::new().await;
    let created = bench.child(&bench.root, wanted("ghost")).await;
    assert_eq!(created.warnings, ["policy \"ghost\" does not exist"]);
}

#[tokio::test]
async fn children_get_no_more_than_their_maker_has() {
    let bench = Bench::new().await;
    let maker = maker(&bench).await;
    let cases = [
        (
            wanted("root"),
            "root tokens may not be created without parent token being root",
        ),
        (wanted("other"), "child policies must be subset of parent"),
        (
            NewToken {
                no_parent: true,
                ..wanted("maker")
            },
            "orphan token",
        ),
        (
            NewToken {
                period: Some(HOUR),
                ..wanted("maker")
            },
            "periodic token",
        ),
    ];
    for (wanted, why) in cases {
        assert!(refused(&bench, &maker, wanted).await.contains(why));
    }
    let own = bench.child(&maker, NewToken::default()).await;
    assert_eq!(own.record.policies, [name("default"), name("maker")]);
    assert_eq!(own.record.parent, Some(bench.caller(&maker).await.hash()));
    bench.child(&maker, wanted("default")).await;

    let sudo = r#"path "auth/token/create" { capabilities = ["update", "sudo"] }"#;
    bench.auth.put_policy(name("maker"), sudo.into()).await.unwrap();
    bench.child(&maker, wanted("other")).await;
    let orphan = NewToken {
        no_parent: true,
        period: Some(HOUR),
        ..wanted("maker")
    };
    assert!(bench.child(&maker, orphan).await.record.is_orphan());
    assert!(
        refused(&bench, &maker, wanted("root"))
            .await
            .contains("being root")
    );
}

#[tokio::test]
async fn what_is_out_of_bounds_is_refused() {
    let bench = Bench::new().await;
    let meta = |entries: usize, key: usize, value: usize| NewToken {
        meta: (0..entries)
            .map(|n| (format!("{n:0key$}"), "x".repeat(value)))
            .collect(),
        ..NewToken::default()
    };
    let cases = [
        (meta(65, 8, 1), "meta"),
        (meta(1, 129, 1), "meta"),
        (meta(1, 8, 513), "meta"),
        (
            NewToken {
                display_name: "x".repeat(513),
                ..NewToken::default()
            },
            "display_name",
        ),
        (
            NewToken {
                policies: Some(vec![name("a"); 257]),
                ..NewToken::default()
            },
            "policies",
        ),
        (
            NewToken {
                ttl: Some(Span::from_secs(-1)),
                ..NewToken::default()
            },
            "ttl must not be negative",
        ),
        (
            NewToken {
                period: Some(Span::from_secs(-1)),
                ..NewToken::default()
            },
            "period must not be negative",
        ),
        (
            NewToken {
                explicit_max_ttl: Some(Span::from_secs(-1)),
                ..NewToken::default()
            },
            "explicit_max_ttl must",
        ),
    ];
    for (wanted, why) in cases {
        assert!(refused(&bench, &bench.root, wanted).await.contains(why), "{why}");
    }
    bench.child(&bench.root, meta(64, 128, 512)).await;
}

#[tokio::test]
async fn lives_are_capped() {
    let bench = Bench::new().await;
    let hours = |hours: i64| Some(Span::from_secs(3600 * hours));
    let base = || NewToken {
        policies: Some(vec![name("default")]),
        ..NewToken::default()
    };
    // (what is wanted, seconds it lives, whether there is a warning)
    let cases = [
        (base(), 768 * 3600, false),
        (
            NewToken {
                ttl: hours(0),
                ..base()
            },
            768 * 3600,
            false,
        ),
        (
            NewToken {
                ttl: hours(1),
                ..base()
            },
            3600,
            false,
        ),
        (
            NewToken {
                ttl: hours(1000),
                ..base()
            },
            768 * 3600,
            true,
        ),
        (
            NewToken {
                ttl: hours(2),
                explicit_max_ttl: hours(1),
                ..base()
            },
            3600,
            true,
        ),
        (
            NewToken {
                explicit_max_ttl: hours(1),
                ..base()
            },
            3600,
            false,
        ),
        (
            NewToken {
                explicit_max_ttl: hours(1000),
                ..base()
            },
            768 * 3600,
            false,
        ),
        (
            NewToken {
                period: hours(1000),
                ..base()
            },
            1000 * 3600,
            false,
        ),
        (
            NewToken {
                period: hours(2),
                explicit_max_ttl: hours(1),
                ..base()
            },
            3600,
            true,
        ),
        (
            NewToken {
                ttl: hours(1000),
                policies: None,
                ..base()
            },
            1000 * 3600,
            false,
        ),
        (
            NewToken {
                policies: None,
                ..base()
            },
            0,
            false,
        ),
    ];
    for (wanted, seconds, warned) in cases {
        let created = bench.child(&bench.root, wanted.clone()).await;
        assert_eq!(
            created.record.creation_ttl,
            Span::from_secs(seconds),
            "{wanted:?}"
        );
        assert_eq!(created.record.expires.is_some(), seconds > 0);
        assert_eq!(
            !created.warnings.is_empty(),
            warned,
            "{wanted:?}: {:?}",
            created.warnings
        );
    }
}

#[tokio::test]
async fn names_are_shown_as_vault_shows_them() {
    let bench = Bench::new().await;
    for (given, shown) in [
        ("", "token"),
        ("a b", "token-a-b"),
        ("//", "token"),
        ("\u{e4}x.", "token--x"),
    ] {
        let named = NewToken {
            display_name: given.into(),
            ..wanted("a")
        };
        assert_eq!(bench.child(&bench.root, named).await.record.display_name, shown);
    }
}

#[tokio::test]
async fn chains_of_tokens_are_bounded() {
    let bench = Bench::new().await;
    let mut last = bench.root.clone();
    for _ in 0..64 {
        last = bench
            .child(&last, NewToken::default())
            .await
            .token
            .reveal()
            .to_owned();
    }
    assert!(
        refused(&bench, &last, NewToken::default())
            .await
            .contains("orphan")
    );
    bench
        .child(
            &last,
            NewToken {
                no_parent: true,
                ..NewToken::default()
            },
        )
        .await;
}
