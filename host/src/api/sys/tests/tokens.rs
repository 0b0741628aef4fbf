use serde_json::{Value, json};

use super::{Daemon, error};

#[tokio::test]
async fn a_created_token_is_shown_whole() {
    let daemon = Daemon::new().await;
    let body = r#"{"policies": ["b", "a"], "ttl": "1h", "meta": {"k": 1}, "display_name": "x y", "num_uses": "5",
        "explicit_max_ttl": 7200, "renewable": "false"}"#;
    let (status, answer) = daemon.as_root("POST", "auth/token/create", body).await;
    assert_eq!(status, 200);
    assert_eq!(answer["data"], Value::Null);
    assert_eq!(
        answer["warnings"].as_array().unwrap().len(),
        2,
        "two policies do not exist"
    );
    let mut auth = answer["auth"].clone();
    let token = auth["client_token"].take();
    let accessor = auth["accessor"].take();
    assert!(token.as_str().unwrap().starts_with("hvs."));
    let expected = json!({
        "client_token": null, "accessor": null, "policies": ["a", "b", "default"],
        "token_policies": ["a", "b", "default"], "metadata": {"k": "1"}, "lease_duration": 3600, "renewable": false,
        "entity_id": "", "token_type": "service", "orphan": false, "mfa_requirement": null, "num_uses": 5,
    });
    assert_eq!(auth, expected);

    daemon.bench.clock.advance(10);
    let (_, answer) = daemon
        .ask(token.as_str().unwrap(), "GET", "auth/token/lookup-self", "")
        .await;
    let expected = json!({
        "accessor": accessor, "creation_time": 1_800_000_000, "creation_ttl": 3600, "display_name": "token-x-y",
        "entity_id": "", "expire_time": "2027-01-15T09:00:00Z", "explicit_max_ttl": 7200, "id": token,
        "issue_time": "2027-01-15T08:00:00Z", "meta": {"k": "1"}, "num_uses": 4, "orphan": false,
        "path": "auth/token/create", "policies": ["a", "b", "default"], "renewable": false, "ttl": 3590,
        "type": "service",
    });
    assert_eq!(answer["data"], expected);
}

#[tokio::test]
async fn the_root_token_is_shown_without_an_end() {
    let daemon = Daemon::new().await;
    for (method, route) in [("GET", "auth/token/lookup-self"), ("GET", "auth/token/lookup")] {
        let (status, answer) = daemon.as_root(method, route, "").await;
        assert_eq!((status, &answer["data"]["id"]), (200, &json!(daemon.bench.root)));
        let data = &answer["data"];
        assert_eq!(
            (&data["ttl"], &data["expire_time"], &data["type"]),
            (&json!(0), &Value::Null, &json!("service"))
        );
        assert_eq!(
            (&data["policies"], &data["meta"]),
            (&json!(["root"]), &Value::Null)
        );
        assert_eq!(answer["lease_id"], "");
    }
}

#[tokio::test]
async fn what_is_not_supported_is_refused_by_name() {
    let daemon = Daemon::new().await;
    for (body, why) in [
        (r#"{"type": "batch"}"#, "batch tokens are not supported"),
        (r#"{"type": "other"}"#, "invalid 'type'"),
        (r#"{"id": "mine"}"#, "id is not supported"),
        (r#"{"entity_alias": "x"}"#, "entity_alias is not supported"),
        (r#"{"policies": ["a b"]}"#, "policy's name"),
        (r#"{"policies": {"a": 1}}"#, "policies must be a list"),
        (r#"{"policies": [["a"]]}"#, "policies must be a list"),
        (r#"{"ttl": "soon"}"#, "ttl must be seconds"),
        (r#"{"ttl": -1}"#, "ttl must not be negative"),
        (r#"{"ttl": 1.5}"#, "ttl must be seconds"),
        (r#"{"num_uses": -1}"#, "num_uses must be a number"),
        (r#"{"renewable": "maybe"}"#, "renewable must be true or false"),
        (r#"{"meta": []}"#, "meta must be an object"),
        (r#"{"meta": {"a": {}}}"#, "meta must be an object"),
        (r#"{"display_name": ["x"]}"#, "display_name must be a string"),
    ] {
        let (status, answer) = daemon.as_root("POST", "auth/token/create", body).await;
        assert_eq!(status, 400, "{body}");
        assert!(error(&answer).contains(why), "{body}: {answer}");
    }
    for body in [
        "",
        "{}",
        r#"{"type": "service", "id": "", "policies": "a, b,", "unknown": 1, "ttl": ""}"#,
    ] {
        assert_eq!(
            daemon.as_root("PUT", "auth/token/create", body).await.0,
            200,
            "{body}"
        );
    }
}

#[tokio::test]
async fn orphans_are_made_where_the_route_is_allowed() {
    let daemon = Daemon::new().await;
    let maker = daemon
        .token(r#"path "auth/token/create-orphan" { capabilities = ["update"] }"#)
        .await;
    let (status, answer) = daemon.ask(&maker, "POST", "auth/token/create-orphan", "{}").await;
    assert_eq!((status, &answer["auth"]["orphan"]), (200, &json!(true)));
    assert_eq!(daemon.ask(&maker, "POST", "auth/token/create", "{}").await.0, 403);
}

#[tokio::test]
async fn tokens_look_after_themselves_by_default() {
    let daemon = Daemon::new().await;
    let token = daemon.token("").await;
    assert_eq!(
        daemon.ask(&token, "GET", "auth/token/lookup-self", "").await.0,
        200
    );
    let (status, answer) = daemon
        .ask(&token, "POST", "auth/token/renew-self", r#"{"increment": "2m"}"#)
        .await;
    assert_eq!((status, &answer["auth"]["lease_duration"]), (200, &json!(120)));
    assert_eq!(answer["auth"]["client_token"], token);
    for (method, route) in [
        ("POST", "auth/token/create"),
        ("POST", "auth/token/lookup"),
        ("POST", "auth/token/renew"),
        ("POST", "auth/token/revoke"),
        ("POST", "auth/token/revoke-orphan"),
        ("POST", "auth/token/lookup-accessor"),
        ("LIST", "sys/policies/acl"),
        ("GET", "sys/policies/acl/default"),
        ("PUT", "sys/policies/acl/x"),
        ("DELETE", "sys/policy/x"),
        ("POST", "sys/capabilities"),
    ] {
        let (status, answer) = daemon.ask(&token, method, route, "{}").await;
        assert_eq!(
            (status, error(&answer)),
            (403, "permission denied"),
            "{method} {route}"
        );
    }
    assert_eq!(
        daemon.ask(&token, "PUT", "auth/token/revoke-self", "").await,
        (204, Value::Null)
    );
    let (status, answer) = daemon.ask(&token, "GET", "auth/token/lookup-self", "").await;
    assert_eq!((status, error(&answer)), (403, "permission denied"));
}

#[tokio::test]
async fn others_are_found_by_token_and_by_accessor() {
    let daemon = Daemon::new().await;
    let (token, ask) = (daemon.token("").await, async |route: &str, body: Value| {
        daemon.as_root("POST", route, &body.to_string()).await
    });
    let given = json!({"token": token});
    let (status, answer) = ask("auth/token/lookup", given.clone()).await;
    assert_eq!((status, &answer["data"]["id"]), (200, &json!(token)));
    let accessor = json!({"accessor": answer["data"]["accessor"]});
    let (status, answer) = ask("auth/token/lookup-accessor", accessor.clone()).await;
    assert_eq!((status, &answer["data"]["id"]), (200, &json!("")));
    assert_eq!(answer["data"]["accessor"], accessor["accessor"]);
    let (status, answer) = ask("auth/token/renew", given.clone()).await;
    assert_eq!((status, &answer["auth"]["client_token"]), (200, &json!(token)));
    assert_eq!(ask("auth/token/renew-accessor", accessor.clone()).await.0, 200);
    assert_eq!(ask("auth/token/revoke-accessor", accessor.clone()).await.0, 204);

    assert_eq!(ask("auth/token/lookup", given.clone()).await.0, 403);
    assert_eq!(ask("auth/token/renew", given.clone()).await.0, 403);
    assert_eq!(ask("auth/token/revoke", given.clone()).await.0, 204);
    assert_eq!(ask("auth/token/lookup-accessor", accessor.clone()).await.0, 404);
    assert_eq!(ask("auth/token/revoke-accessor", accessor).await.0, 404);
    for route in [
        "lookup",
        "renew",
        "revoke",
        "revoke-orphan",
        "lookup-accessor",
        "revoke-accessor",
    ] {
        for body in [
            json!({}),
            json!({"token": "", "accessor": ""}),
            json!({"token": {}, "accessor": {}}),
        ] {
            assert_eq!(ask(&format!("auth/token/{route}"), body).await.0, 400, "{route}");
        }
    }
}

#[tokio::test]
async fn revoking_without_the_children_needs_sudo() {
    let daemon = Daemon::new().await;
    let rule = |names: &str| format!(r#"path "auth/token/revoke-orphan" {{ capabilities = [{names}] }}"#);
    let without = daemon.token(&rule(r#""update""#)).await;
    let with = daemon.token(&rule(r#""update", "sudo""#)).await;
    let body = json!({"token": without}).to_string();
    assert_eq!(
        daemon
            .ask(&without, "POST", "auth/token/revoke-orphan", &body)
            .await
            .0,
        403
    );
    assert_eq!(
        daemon
            .ask(&with, "POST", "auth/token/revoke-orphan", &body)
            .await
            .0,
        204
    );
    assert!(!daemon.bench.valid(&without).await);
}

#[tokio::test]
async fn an_expired_token_is_denied() {
    let daemon = Daemon::new().await;
    let token = daemon.token("").await;
    daemon.bench.clock.advance(60);
    assert_eq!(
        daemon.ask(&token, "GET", "auth/token/lookup-self", "").await.0,
        403
    );
}
