//! Bad input: the dialect's status and body each time.

use super::fixture::Fixture;
use serde_json::json;

#[tokio::test]
async fn bodies_that_are_no_json_object() {
    let f = Fixture::new().await;
    for body in [
        "x",
        "{",
        "[]",
        r#"[{"a":1}]"#,
        "null",
        "1",
        "{}x",
        r#"{"data":{}"#,
        "{\"data\":{\"a\":\"\u{1}\"}}",
    ] {
        for (method, rest) in [
            ("POST", "data/a"),
            ("PATCH", "data/a"),
            ("POST", "config"),
            ("PUT", "destroy/a"),
        ] {
            f.check(method, rest, body, 400, json!({"error_id": "", "data": null}))
                .await;
        }
    }
    for body in ["", "{}", r#"{"data":null}"#, r#"{"options":{}}"#] {
        f.check(
            "POST",
            "data/a",
            body,
            400,
            json!({"errors": ["no data provided"]}),
        )
        .await;
    }
    for data in ["[]", "1", "\"x\"", "true"] {
        f.check("POST", "data/a", &format!(r#"{{"data":{data}}}"#), 400, json!({}))
            .await;
    }
    for body in [r#"{"data":{},"options":[]}"#, r#"{"data":{},"data":{}}"#] {
        f.check("POST", "data/a", body, 400, json!({})).await;
    }
}

#[tokio::test]
async fn deep_nesting_does_not_overflow_the_stack() {
    let f = Fixture::new().await;
    let (open, close) = ("[".repeat(10_000), "]".repeat(10_000));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    for body in [
        format!(r#"{{"data":{{"a":{open}{close}}}}}"#),
        format!(r#"{{"data":{objects}}}"#),
        format!(r#"{{"data":{{}},"options":{open}{close}}}"#),
        format!(r#"{{"data":{{}},"options":{objects}}}"#),
        format!(r#"{{"versions":{open}{close}}}"#),
        format!(r#"{{"custom_metadata":{objects}}}"#),
        open.clone(),
        objects.clone(),
    ] {
        for rest in ["data/a", "metadata/a", "destroy/a", "config"] {
            let status = f.ask("POST", rest, &body).await.status;
            assert_eq!(status, 400, "{rest} {body:.40}");
        }
    }
    // Fields that nobody reads may be as deep as they like.
    let ignored = format!(r#"{{"data":{{}},"x":{open}{close}}}"#);
    f.check("POST", "data/a", &ignored, 200, json!({})).await;
}

#[tokio::test]
async fn unknown_methods_and_routes() {
    let f = Fixture::new().await;
    for (method, rest) in [
        ("BREW", "data/a"),
        ("OPTIONS", "data/a"),
        ("PATCH", "config"),
        ("DELETE", "config"),
        ("GET", "delete/a"),
        ("GET", "undelete/a"),
        ("DELETE", "destroy/a"),
        ("POST", "subkeys/a"),
        ("PATCH", "/v1/sys/okms/domains"),
    ] {
        f.check(
            method,
            rest,
            "",
            405,
            json!({"errors": ["unsupported operation"], "error_id": ""}),
        )
        .await;
    }
    let id = f.bench.collection.id();
    for path in [
        "/".into(),
        "/v1".into(),
        "/v2/secret/data/a".into(),
        "/api".into(),
        format!("/api/{id}"),
        format!("/api/{id}/v1"),
        format!("/api/{id}/v1/secret"),
        format!("/api/{id}/v1/secret/"),
        format!("/api/{id}/v1/secret/dota/a"),
        format!("/api/{id}/v1/secret/config/a"),
    ] {
        f.check("GET", &path, "", 404, json!({"error_id": ""})).await;
    }
}

#[tokio::test]
async fn credentials_are_refused_in_the_way_of_who_asks() {
    let f = Fixture::new().await;
    f.check("POST", "data/a", r#"{"data":{}}"#, 200, json!({})).await;
    let bearer = format!("Bearer {}", f.token);
    let cases: [(&[(&str, &str)], u16); 8] = [
        (&[], 401),
        (&[("authorization", "Bearer x")], 401),
        (&[("authorization", "Basic eDp4")], 401),
        (&[("x-vault-token", "x")], 403),
        (&[("x-vault-token", "hvs.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")], 403),
        (&[("x-vault-token", ""), ("authorization", &bearer)], 200),
        (&[("authorization", &bearer)], 200),
        (&[("x-vault-token", &f.token)], 200),
    ];
    for (headers, status) in cases {
        for rest in ["data/a", "/v1/secret/data/a", "/v1/sys/internal/ui/mounts/secret"] {
            let answer = f.ask_with("GET", rest, "", headers).await;
            assert_eq!(answer.status, status, "{rest} {headers:?}");
            if status == 403 {
                assert_eq!(answer.body["errors"], json!(["permission denied"]));
            }
            if status >= 400 {
                assert!(answer.body["error_code"].is_i64() && answer.body["request_id"].is_string());
            }
        }
        // Who is not known does not learn which domains there are.
        let unknown = "/api/00000000-0000-0000-0000-000000000000/v1/secret/data/a";
        let answer = f.ask_with("GET", unknown, "", headers).await;
        assert_eq!(answer.status, if status == 200 { 404 } else { status });
    }
}

#[tokio::test]
async fn an_absent_device_is_503() {
    let f = Fixture::new().await;
    f.check("POST", "data/a", r#"{"data":{}}"#, 200, json!({})).await;
    f.bench.hsm.set_away(true);
    f.check("GET", "data/a", "", 503, json!({"error_id": "", "data": null}))
        .await;
    f.check("POST", "data/a", r#"{"data":{}}"#, 503, json!({"error_id": ""}))
        .await;
    f.check(
        "GET",
        "metadata/a",
        "",
        200,
        json!({"data": {"current_version": 1}}),
    )
    .await;
    f.bench.hsm.set_away(false);
    f.check("GET", "data/a", "", 200, json!({})).await;
}

#[tokio::test]
async fn every_path_that_has_other_methods_names_them() {
    let f = Fixture::new().await;
    for (method, path, methods) in [
        ("PATCH", "/v1/sys/health", "GET, HEAD"),
        ("GET", "/v1/sys/seal", "POST, PUT"),
        ("DELETE", "/v1/sys/capabilities-self", "POST, PUT"),
        (
            "PATCH",
            "/v1/sys/policies/acl/app",
            "GET, HEAD, POST, PUT, DELETE",
        ),
        ("POST", "/v1/sys/policies/acl", "GET"),
        ("DELETE", "/v1/auth/token/create", "POST, PUT"),
        ("DELETE", "/v1/auth/token/lookup-self", "GET, HEAD, POST, PUT"),
        ("DELETE", "/v1/sys/okms/domains", "GET, HEAD, POST, PUT, LIST"),
        ("POST", "/v1/sys/okms/domains/a", "GET, HEAD, DELETE"),
        ("POST", "/v1/sys/internal/ui/mounts", "GET"),
        ("GET", "/v1/sys/wrapping/wrap", "POST, PUT"),
        ("DELETE", "/v1/sys/ca", "GET, HEAD"),
        ("GET", "/v1/sys/ca/issue", "POST, PUT"),
        ("POST", "/v1/sys/ca/certificates", "GET, HEAD, LIST"),
        ("GET", "/v1/sys/imco/import", "POST, PUT"),
        ("POST", "/v1/sys/imco/keyrings", "GET, HEAD, LIST"),
        ("GET", "/v1/sys/iam/rotate-keys", "POST"),
        ("DELETE", "/v1/serviceids", "GET, HEAD, POST"),
        ("POST", "/v1/apikeys/a", "GET, HEAD, DELETE"),
        ("GET", "/identity/token", "POST"),
        ("POST", "/identity/keys", "GET, HEAD"),
        ("POST", "/docs", "GET, HEAD"),
    ] {
        let answer = f.ask(method, path, "").await;
        assert_eq!(answer.status, 405, "{method} {path}: {answer:?}");
        assert_eq!(answer.headers["allow"], methods, "{method} {path}");
    }
}
