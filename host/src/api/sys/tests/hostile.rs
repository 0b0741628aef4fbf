use super::{Daemon, error};

#[tokio::test]
async fn without_a_token_nothing_is_told() {
    let daemon = Daemon::new().await;
    for token in ["", "hvs.", "x"] {
        for (method, route) in [
            ("GET", "auth/token/lookup-self"),
            ("POST", "auth/token/create"),
            ("LIST", "sys/policies/acl"),
            ("GET", "sys/nothing"),
            ("DELETE", "auth/token/create"),
            ("BREW", "sys/policy"),
            ("GET", ""),
        ] {
            let (status, body) = daemon.ask(token, method, route, "{").await;
            assert_eq!(
                (status, error(&body)),
                (403, "permission denied"),
                "{method} {route}"
            );
        }
    }
}

#[tokio::test]
async fn unknown_routes_and_methods_are_named_as_such() {
    let daemon = Daemon::new().await;
    for route in [
        "",
        "auth",
        "auth/token",
        "auth/token/",
        "auth/token/nothing",
        "auth/token/create/x",
        "sys",
        "sys/",
        "sys/x",
        "sys/policies",
        "sys/policiesacl",
        "sys/healthy",
        "secret/data/a",
        "auth/token/lookup-self/",
    ] {
        let (status, body) = daemon.as_root("GET", route, "").await;
        assert_eq!(
            (status, body),
            (404, serde_json::json!({"errors": []})),
            "{route}"
        );
    }
    for (method, route) in [
        ("DELETE", "auth/token/create"),
        ("GET", "auth/token/create"),
        ("GET", "auth/token/renew-self"),
        ("GET", "auth/token/lookup-accessor"),
        ("LIST", "auth/token/lookup"),
        ("PATCH", "sys/policies/acl/a"),
        ("GET", "sys/policies/acl"),
        ("DELETE", "sys/policies/acl"),
        ("POST", "sys/policies/acl/"),
        ("LIST", "sys/policies/acl/a"),
        ("GET", "sys/capabilities-self"),
        ("BREW", "auth/token/lookup-self"),
    ] {
        let (status, body) = daemon.as_root(method, route, "").await;
        assert_eq!(
            (status, error(&body)),
            (405, "unsupported operation"),
            "{method} {route}"
        );
    }
}

#[tokio::test]
async fn bodies_that_are_no_objects_are_refused() {
    let daemon = Daemon::new().await;
    let deep = "[".repeat(200_000);
    for body in [
        "{",
        "[]",
        "null",
        "1",
        "\"x\"",
        "{}{}",
        "token=x",
        &deep,
        &format!("{{\"meta\":{deep}"),
    ] {
        for route in [
            "auth/token/create",
            "auth/token/renew-self",
            "auth/token/revoke",
            "sys/policies/acl/a",
        ] {
            let (status, answer) = daemon.as_root("POST", route, body).await;
            assert_eq!(status, 400, "{route} {body:.20}");
            assert!(!error(&answer).is_empty());
        }
    }
    assert!(daemon.bench.valid(&daemon.bench.root).await);
}

#[tokio::test]
async fn bad_encoding_is_refused() {
    let daemon = Daemon::new().await;
    assert_eq!(daemon.as_root("GET", "sys/policy/%ff", "").await.0, 400);
    assert_eq!(daemon.as_root("GET", "sys/policy/%zz", "").await.0, 404);
    assert_eq!(daemon.as_root("GET", "sys/policy/a%00b", "").await.0, 404);
    assert_eq!(
        daemon.as_root("GET", "sys/policies/acl?list=perhaps", "").await.0,
        400
    );
    assert_eq!(
        daemon.as_root("GET", "auth%2Ftoken%2Flookup-self", "").await.0,
        200
    );
}

#[tokio::test]
async fn a_policy_is_not_evaded_by_encoding() {
    let daemon = Daemon::new().await;
    let rules = r#"path "sys/policies/acl/*" { capabilities = ["read"] }
        path "sys/policies/acl/root" { capabilities = ["deny"] }"#;
    let token = daemon.token(rules).await;
    for route in [
        "sys/policies/acl/root",
        "sys/policies/acl/%72oot",
        "sys%2fpolicies/acl/root",
    ] {
        assert_eq!(daemon.ask(&token, "GET", route, "").await.0, 403, "{route}");
    }
    assert_eq!(
        daemon.ask(&token, "GET", "sys/policies/acl/default", "").await.0,
        200
    );
    // Names are not distinguished by case, so the deny above must not be either.
    assert_eq!(
        daemon.ask(&token, "GET", "sys/policies/acl/ROOT", "").await.0,
        403
    );
}
