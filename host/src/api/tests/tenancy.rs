//! Domains, the aliases of their URLs, and what policies see.

use super::fixture::Fixture;
use crate::auth::NewToken;
use serde_json::json;

#[tokio::test]
async fn aliases_reach_the_same_domain() {
    let f = Fixture::new().await;
    f.check("POST", "data/a", r#"{"data":{"k":1}}"#, 200, json!({}))
        .await;
    let id = f.bench.collection.id();
    for path in [
        "/v1/secret/data/a".into(),
        format!("/v1/api/{id}/secret/data/a"),
        format!("/api/{id}/v1/secret/data/a?"),
    ] {
        f.check("GET", &path, "", 200, json!({"data": {"data": {"k": 1}}}))
            .await;
    }
}

#[tokio::test]
async fn domains_are_made_listed_and_destroyed() {
    let f = Fixture::new().await;
    let first = f.bench.collection.id().to_string();
    let made = f.ask("POST", "/v1/sys/okms/domains", "").await;
    assert_eq!(made.status, 200);
    let second = made.body["data"]["id"].as_str().unwrap().to_owned();
    let listed = f.ask("LIST", "/v1/sys/okms/domains", "").await.body;
    let mut expected = [first.clone(), second.clone()];
    expected.sort();
    assert_eq!(listed["data"]["keys"], json!(expected));
    let (own, other) = (f.url("data/a"), format!("/api/{second}/v1/secret/data/a"));
    f.check("POST", &own, r#"{"data":{"k":1}}"#, 200, json!({})).await;
    f.check("GET", &other, "", 404, json!({"error_code": 17_125_377}))
        .await;
    f.check("POST", &other, r#"{"data":{"k":2}}"#, 200, json!({}))
        .await;
    f.check("GET", &own, "", 200, json!({"data": {"data": {"k": 1}}}))
        .await;
    let path = format!("/v1/sys/okms/domains/{second}");
    f.check("GET", &path, "", 200, json!({"data": {"id": second}}))
        .await;
    f.check("DELETE", &path, "", 204, json!(null)).await;
    f.check(
        "GET",
        &path,
        "",
        404,
        json!({"errors": ["OKMS domain not found"]}),
    )
    .await;
    f.check(
        "GET",
        &other,
        "",
        404,
        json!({"errors": ["OKMS domain not found"]}),
    )
    .await;
    f.check("DELETE", "/v1/sys/okms/domains/x", "", 404, json!({}))
        .await;
    f.check("DELETE", "/v1/sys/okms/domains", "", 405, json!({}))
        .await;
    f.check("GET", &own, "", 200, json!({})).await;
}

#[tokio::test]
async fn a_full_device_is_told() {
    let f = Fixture::new().await;
    f.bench.hsm.fill_up();
    let error = json!({"errors": ["the store is full"]});
    f.check("POST", "/v1/sys/okms/domains", "", 507, error).await;
    let listed = f.ask("LIST", "/v1/sys/okms/domains", "").await.body;
    let kept = json!([f.bench.collection.id().to_string()]);
    assert_eq!(listed["data"]["keys"], kept);
}

#[tokio::test]
async fn mounts_tell_clients_that_this_is_version_2() {
    let f = Fixture::new().await;
    let mount = json!({"data": {"path": "secret/", "type": "kv", "options": {"version": "2"}}});
    for base in [
        format!("/api/{}/v1", f.bench.collection.id()),
        "/v1".into(),
        format!("/v1/api/{}", f.bench.collection.id()),
    ] {
        for rest in ["secret", "secret/", "secret/foo/bar"] {
            f.check(
                "GET",
                &format!("{base}/sys/internal/ui/mounts/{rest}"),
                "",
                200,
                mount.clone(),
            )
            .await;
        }
        let all = json!({"data": {"secret": {"secret/": {"type": "kv", "options": {"version": "2"}}}}});
        f.check("GET", &format!("{base}/sys/internal/ui/mounts"), "", 200, all)
            .await;
        f.check(
            "GET",
            &format!("{base}/sys/internal/ui/mounts/kv"),
            "",
            403,
            json!({}),
        )
        .await;
    }
}

#[tokio::test]
async fn tokens_and_health_are_reached_under_every_prefix() {
    let f = Fixture::new().await;
    let id = f.bench.collection.id();
    for base in [format!("/api/{id}/v1"), "/v1".into(), format!("/v1/api/{id}")] {
        let own = json!({"data": {"id": f.token, "policies": ["root"]}});
        f.check("GET", &format!("{base}/auth/token/lookup-self"), "", 200, own)
            .await;
        let answer = f.ask_with("GET", &format!("{base}/sys/health"), "", &[]).await;
        assert_eq!((answer.status, &answer.body["sealed"]), (200, &json!(false)));
        f.check(
            "GET",
            &format!("{base}/sys/seal-status"),
            "",
            200,
            json!({"sealed": false}),
        )
        .await;
        f.check("GET", &format!("{base}/sys/nothing"), "", 404, json!({}))
            .await;
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let f = Fixture::new().await;
    let token = token_with(
        &f,
        "path \"*\" { capabilities = [\"read\", \"update\", \"create\"] }",
    )
    .await;
    let headers = [("x-vault-token", token.as_str())];
    assert_eq!(
        f.ask_with("POST", "data/a", r#"{"data":{}}"#, &headers)
            .await
            .status,
        200
    );
    assert_eq!(
        f.ask_with("POST", "/v1/auth/token/revoke-self", "", &headers)
            .await
            .status,
        204
    );
    for method in ["GET", "POST", "PATCH", "DELETE", "LIST"] {
        assert_eq!(
            f.ask_with(method, "data/a", r#"{"data":{}}"#, &headers)
                .await
                .status,
            403,
            "{method}"
        );
    }
}

/// A token whose only policy has this text.
async fn token_with(f: &Fixture, policy: &str) -> String {
    let name = "test".parse::<crate::auth::policy::PolicyName>().unwrap();
    f.app
        .auth
        .put_policy(name.clone(), policy.to_owned())
        .await
        .unwrap();
    let root = f.app.auth.authenticate(&f.token).await.unwrap();
    let wanted = NewToken {
        policies: Some(vec![name]),
        ..NewToken::default()
    };
    let created = f
        .app
        .auth
        .create(&root, "auth/token/create", false, wanted)
        .await
        .unwrap();
    created.token.reveal().to_owned()
}

#[tokio::test]
async fn a_domain_is_denied_however_its_identifier_is_written() {
    let f = Fixture::new().await;
    let id = f.bench.collection.id().to_string();
    let policy = format!(
        r#"path "sys/okms/domains/*" {{ capabilities = ["read", "delete"] }}
           path "sys/okms/domains/{id}" {{ capabilities = ["deny"] }}"#
    );
    let token = token_with(&f, &policy).await;
    for written in [
        id.clone(),
        id.to_uppercase(),
        id.replace('-', ""),
        format!("urn:uuid:{id}"),
    ] {
        for method in ["GET", "DELETE"] {
            let path = format!("/v1/sys/okms/domains/{written}");
            let answer = f.ask_with(method, &path, "", &[("x-vault-token", &token)]).await;
            assert_eq!(answer.status, 403, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_call_needs_its_capability() {
    let f = Fixture::new().await;
    let id = f.bench.collection.id();
    for (capability, path, method, rest, body, status) in [
        ("create", "data/new", "POST", "data/new", r#"{"data":{}}"#, 200),
        ("update", "data/new", "POST", "data/new", r#"{"data":{}}"#, 200),
        ("read", "data/new", "GET", "data/new", "", 200),
        ("patch", "data/new", "PATCH", "data/new", r#"{"data":{}}"#, 200),
        ("read", "subkeys/new", "GET", "subkeys/new", "", 200),
        (
            "update",
            "delete/new",
            "POST",
            "delete/new",
            r#"{"versions":[1]}"#,
            204,
        ),
        (
            "update",
            "undelete/new",
            "PUT",
            "undelete/new",
            r#"{"versions":[1]}"#,
            204,
        ),
        (
            "update",
            "destroy/new",
            "PUT",
            "destroy/new",
            r#"{"versions":[1]}"#,
            204,
        ),
        (
            "create",
            "metadata/fresh",
            "POST",
            "metadata/fresh",
            r#"{"max_versions":1}"#,
            204,
        ),
        (
            "update",
            "metadata/new",
            "POST",
            "metadata/new",
            r#"{"max_versions":1}"#,
            204,
        ),
        (
            "patch",
            "metadata/new",
            "PATCH",
            "metadata/new",
            r#"{"max_versions":1}"#,
            204,
        ),
        ("read", "metadata/new", "GET", "metadata/new", "", 200),
        ("list", "metadata/", "LIST", "metadata", "", 200),
        ("read", "config", "GET", "config", "", 200),
        ("update", "config", "POST", "config", "{}", 204),
        ("delete", "data/new", "DELETE", "data/new", "", 204),
        ("delete", "metadata/new", "DELETE", "metadata/new", "", 204),
    ] {
        let all = r#"["create", "read", "update", "patch", "delete", "list"]"#;
        let others = all.replace(&format!("\"{capability}\""), "\"sudo\"");
        let rule = |list: &str| format!("path \"api/{id}/secret/{path}\" {{ capabilities = {list} }}");
        for (policy, expected) in [
            (rule(&others), 403),
            (rule(&format!("[\"{capability}\"]")), status),
        ] {
            let token = token_with(&f, &policy).await;
            for url in [
                f.url(rest),
                format!("/v1/secret/{rest}"),
                format!("/v1/api/{id}/secret/{rest}"),
            ] {
                let repeatable = method == "GET" || method == "LIST" || expected == 403;
                if url != f.url(rest) && !repeatable {
                    continue;
                }
                let answer = f.ask_with(method, &url, body, &[("x-vault-token", &token)]).await;
                assert_eq!(answer.status, expected, "{capability} {method} {url} {answer:?}");
            }
        }
    }
}
