use serde_json::{Value, json};

use super::{Daemon, error};

const READ: &str = r#"path "a" { capabilities = ["read"] }"#;

#[tokio::test]
async fn both_routes_show_the_same_policies() {
    let daemon = Daemon::new().await;
    let body = json!({"policy": READ}).to_string();
    assert_eq!(
        daemon.as_root("PUT", "sys/policies/acl/Team/one", &body).await,
        (204, Value::Null)
    );
    let old = json!({"rules": READ}).to_string();
    assert_eq!(daemon.as_root("POST", "sys/policy/two", &old).await.0, 204);

    let names = json!(["default", "root", "team/one", "two"]);
    for (method, route) in [
        ("LIST", "sys/policies/acl"),
        ("GET", "sys/policies/acl/?list=true"),
    ] {
        let (status, answer) = daemon.as_root(method, route, "").await;
        assert_eq!((status, &answer["data"]), (200, &json!({"keys": names})));
        assert!(answer.get("keys").is_none());
    }
    for method in ["GET", "LIST"] {
        let (status, answer) = daemon.as_root(method, "sys/policy", "").await;
        assert_eq!(
            (status, &answer["data"]),
            (200, &json!({"keys": names, "policies": names}))
        );
        assert_eq!((&answer["policies"], &answer["keys"]), (&names, &names));
        assert_eq!(answer["lease_duration"], 0);
    }
    let (_, answer) = daemon.as_root("GET", "sys/policies/acl/two", "").await;
    assert_eq!(answer["data"], json!({"name": "two", "policy": READ}));
    let (_, answer) = daemon.as_root("GET", "sys/policy/team%2Fone", "").await;
    assert_eq!(answer["data"], json!({"name": "team/one", "rules": READ}));
    assert_eq!(answer["rules"], READ);

    assert_eq!(daemon.as_root("DELETE", "sys/policies/acl/two", "").await.0, 204);
    assert_eq!(daemon.as_root("DELETE", "sys/policies/acl/two", "").await.0, 204);
    assert_eq!(
        daemon.as_root("GET", "sys/policies/acl/two", "").await,
        (404, json!({"errors": []}))
    );
}

#[tokio::test]
async fn bad_policies_are_refused() {
    let daemon = Daemon::new().await;
    let deep = json!({"policy": "{".repeat(10_000)}).to_string();
    for (route, body, why) in [
        (
            "sys/policies/acl/a",
            "{}",
            "'policy' parameter not supplied or empty",
        ),
        (
            "sys/policies/acl/a",
            r#"{"policy": ""}"#,
            "'policy' parameter not supplied or empty",
        ),
        (
            "sys/policies/acl/a",
            r#"{"policy": {"path": {}}}"#,
            "policy must be a string",
        ),
        (
            "sys/policies/acl/a",
            r#"{"policy": "path \"a\" { allowed_parameters = {} }"}"#,
            "allowed_parameters",
        ),
        ("sys/policies/acl/a", &deep, "failed to parse policy"),
        (
            "sys/policies/acl/root",
            r#"{"policy": "{}"}"#,
            "root can't be changed",
        ),
        ("sys/policies/acl/a%20b", r#"{"policy": "{}"}"#, "a policy's name"),
    ] {
        let (status, answer) = daemon.as_root("PUT", route, body).await;
        assert_eq!(status, 400, "{route} {body:.60}");
        assert!(error(&answer).contains(why), "{answer}");
    }
    for name in ["root", "default"] {
        assert_eq!(
            daemon
                .as_root("DELETE", &format!("sys/policy/{name}"), "")
                .await
                .0,
            400
        );
    }
    assert_eq!(daemon.as_root("GET", "sys/policies/acl/a%20b", "").await.0, 404);
}

#[tokio::test]
async fn a_change_counts_for_tokens_that_exist() {
    let daemon = Daemon::new().await;
    let token = daemon
        .token(r#"path "sys/policies/acl/*" { capabilities = ["read", "list"] }"#)
        .await;
    assert_eq!(daemon.ask(&token, "LIST", "sys/policies/acl", "").await.0, 200);
    assert_eq!(
        daemon.ask(&token, "GET", "sys/policies/acl/default", "").await.0,
        200
    );
    assert_eq!(daemon.ask(&token, "PUT", "sys/policies/acl/x", "{}").await.0, 403);
    daemon
        .as_root("PUT", "sys/policies/acl/p2", &json!({"policy": READ}).to_string())
        .await;
    assert_eq!(daemon.ask(&token, "LIST", "sys/policies/acl", "").await.0, 403);
}

#[tokio::test]
async fn capabilities_are_told() {
    let daemon = Daemon::new().await;
    let token = daemon.token(READ).await;
    let ask = async |token: &str, route: &str, body: Value| {
        daemon.ask(token, "POST", route, &body.to_string()).await
    };
    let (status, answer) = ask(&token, "sys/capabilities-self", json!({"paths": ["a", "b"]})).await;
    assert_eq!(
        (status, &answer["data"]),
        (200, &json!({"a": ["read"], "b": ["deny"]}))
    );
    assert_eq!(answer["a"], json!(["read"]));
    let of_other = json!({"token": token, "path": "a"});
    let (_, answer) = ask(&daemon.bench.root, "sys/capabilities", of_other).await;
    assert_eq!(answer["capabilities"], json!(["read"]));
    let (_, answer) = ask(&daemon.bench.root, "sys/capabilities-self", json!({"path": "x"})).await;
    assert_eq!(answer["capabilities"], json!(["root"]));
    for body in [json!({}), json!({"paths": []}), json!({"paths": vec!["a"; 1025]})] {
        assert_eq!(ask(&token, "sys/capabilities-self", body).await.0, 400);
    }
    let unknown = json!({"token": "x", "path": "a"});
    assert_eq!(ask(&daemon.bench.root, "sys/capabilities", unknown).await.0, 403);
}
