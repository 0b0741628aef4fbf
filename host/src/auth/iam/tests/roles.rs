use super::super::testing::{SERVICE, TestIssuer};
use super::{NOW, grant, iam};
use crate::auth::iam::{Grant, GrantTo, Role, Scope};
use crate::auth::testing::Bench;
use crate::engine::collection::CollectionId;
use crate::engine::span::Span;

fn group() -> CollectionId {
    "2bcaa289-5d38-aa57-910d-970e418ab1b3".parse().unwrap()
}

async fn policies(grants: Vec<Grant>) -> Vec<String> {
    let (bench, issuer) = (Bench::new().await, TestIssuer::new());
    let iam = iam(&bench, issuer.settings(), grants).await;
    let principal = iam.verify(&issuer.token(SERVICE, NOW)).await;
    let policies = principal.map(|principal| principal.policies).unwrap_or_default();
    policies.iter().map(|name| name.as_str().to_owned()).collect()
}

#[tokio::test]
async fn a_groups_role_counts_where_it_is_more() {
    let (all, one) = (Scope::Instance, Scope::Group(group()));
    let reader = |scope| grant(SERVICE, Role::Reader, scope);
    let manager = |scope| grant(SERVICE, Role::Manager, scope);
    let of_group = format!("group-{}-manager", group());
    assert_eq!(
        policies(vec![reader(all), manager(one)]).await,
        ["default", &of_group, "instance-reader"]
    );
    assert_eq!(
        policies(vec![manager(all), reader(one)]).await,
        ["default", "instance-manager"]
    );
    assert_eq!(
        policies(vec![reader(one), manager(one)]).await,
        ["default", &of_group]
    );
    assert_eq!(policies(vec![grant("other", Role::Manager, all)]).await, [""; 0]);
}

#[tokio::test]
async fn a_claim_can_give_a_role() {
    let to = |name: &str, value: &str| Grant {
        to: GrantTo::Claim {
            name: name.into(),
            value: value.into(),
        },
        role: Role::Writer,
        scope: Scope::Instance,
    };
    assert_eq!(
        policies(vec![to("sub_type", "ServiceId")]).await,
        ["default", "instance-writer"]
    );
    assert!(policies(vec![to("sub_type", "Other")]).await.is_empty());
    assert!(policies(vec![to("account", "x")]).await.is_empty());
}

#[test]
fn grants_are_read_from_the_configuration() {
    let read = |text: &str| toml::from_str::<Grant>(text).map_err(|error| error.to_string());
    let grant = read("iam-id = 'a'\nrole = 'SecretsReader'").unwrap();
    assert_eq!((grant.role, grant.scope), (Role::SecretsReader, Scope::Instance));
    let grant = read(&format!(
        "claim = 'a'\nvalue = 'b'\nrole = 'manager'\ngroup = '{}'",
        group()
    ))
    .unwrap();
    assert_eq!(grant.scope, Scope::Group(group()));
    for (text, why) in [
        ("role = 'Reader'", "iam-id"),
        ("claim = 'a'\nrole = 'Reader'", "iam-id"),
        ("iam-id = 'a'\nrole = 'King'", "King"),
        ("iam-id = 'a'\nrole = 'Reader'\ngroup = 'x'", "group"),
        ("iam-id = 'a'\nrole = 'Reader'\nfoo = 1", "foo"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}

#[tokio::test]
async fn role_policies_are_there_and_fixed() {
    let bench = Bench::new().await;
    for role in Role::ALL {
        for scope in [Scope::Instance, Scope::Group(group())] {
            let name = scope.policy(role).unwrap();
            assert!(
                bench.auth.policy(&name).is_some_and(|text| text.contains("path")),
                "{name}"
            );
            let refused = bench.auth.put_policy(name, String::new()).await;
            assert!(refused.is_err());
        }
    }
    for name in [
        "instance-king",
        "group-x-reader",
        "group-2bcaa2895d38aa57910d970e418ab1b3-reader",
    ] {
        assert_eq!(bench.auth.policy(&name.parse().unwrap()), None, "{name}");
    }
}

#[tokio::test]
async fn login_tokens_live_as_configured() {
    let (bench, issuer) = (Bench::new().await, TestIssuer::new());
    let reader = || vec![grant(SERVICE, Role::Reader, Scope::Instance)];
    let iam = iam(&bench, issuer.settings(), reader()).await;
    let seconds = Span::from_secs;
    iam.set_ttl(Some(seconds(1800)), Some(seconds(7200)))
        .await
        .unwrap();
    let created = iam
        .login(&issuer.token(SERVICE, NOW), "crn".into())
        .await
        .unwrap();
    assert_eq!(created.record.seconds_left(bench.auth.now()), 1800);
    assert_eq!(created.record.meta["user"], SERVICE);
    assert_eq!(created.record.meta["resource"], "crn");
    for _ in 0..4 {
        bench.clock.advance(1700);
        let hash = crate::auth::TokenHash::of(created.token.reveal());
        let renewed = bench.auth.renew(hash, None).await.unwrap();
        assert!(renewed.record.expires.unwrap() <= created.record.created.after(seconds(7200)));
    }
    bench.clock.advance(500);
    assert!(!bench.valid(created.token.reveal()).await);
    for (ttl, max_ttl) in [
        (Some(0), None),
        (Some(7201), None),
        (None, Some(769 * 3600)),
        (None, Some(1799)),
        (Some(-1), None),
    ] {
        assert!(iam.set_ttl(ttl.map(seconds), max_ttl.map(seconds)).await.is_err());
    }
    let again = super::iam(&bench, issuer.settings(), reader()).await;
    assert_eq!(again.ttl(), iam.ttl());
}
