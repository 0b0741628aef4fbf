use super::fixture::Fixture;
use serde_json::json;

fn object_of(len: usize) -> String {
    format!(r#"{{"k":"{}"}}"#, "v".repeat(len - 8))
}

#[tokio::test]
async fn a_version_has_at_most_64_kib() {
    let f = Fixture::new().await;
    let body = |len| format!(r#"{{"data":{}}}"#, object_of(len));
    f.check("POST", "data/a", &body(65_536), 200, json!({})).await;
    let answer = f.ask("GET", "data/a", "").await;
    assert_eq!(answer.body["data"]["data"]["k"].as_str().unwrap().len(), 65_528);
    f.check("POST", "data/a", &body(65_537), 413, json!({"data": null}))
        .await;
    f.check(
        "PATCH",
        "data/a",
        r#"{"data":{"l":""}}"#,
        413,
        json!({"data": null}),
    )
    .await;
    f.check(
        "GET",
        "metadata/a",
        "",
        200,
        json!({"data": {"current_version": 1}}),
    )
    .await;
}

#[tokio::test]
async fn paths_have_255_documented_characters_and_no_empty_segment() {
    let f = Fixture::new().await;
    let body = r#"{"data":{}}"#;
    let long = "p".repeat(255);
    for path in [&long, "foo%2Fbar%20baz@x", "A-Z_0.9:=@%25", ".."] {
        f.check("POST", &format!("data/{path}"), body, 200, json!({}))
            .await;
        f.check("GET", &format!("metadata/{path}"), "", 200, json!({}))
            .await;
    }
    f.check("GET", "data/foo/bar%20baz%40x", "", 200, json!({})).await;
    for path in [
        &format!("{long}p"),
        "a/",
        "/a",
        "a//b",
        "a%2F",
        "%2Fa",
        "a%00",
        "a*",
        "%C3%A4",
        "a?b=c/%0a",
    ] {
        let status = if path.contains('?') { 200 } else { 400 };
        f.check("POST", &format!("data/{path}"), body, status, json!({}))
            .await;
    }
    for bad in ["%", "%2", "%zz", "%ff"] {
        f.check(
            "POST",
            &format!("data/a{bad}"),
            body,
            400,
            json!({"error_id": ""}),
        )
        .await;
    }
    for empty in ["data", "data/", "delete/", "subkeys"] {
        f.check(
            "POST",
            empty,
            body,
            if empty == "subkeys" { 405 } else { 404 },
            json!({}),
        )
        .await;
    }
}

#[tokio::test]
async fn settings_have_limits() {
    let f = Fixture::new().await;
    for endpoint in ["metadata/a", "config"] {
        f.check("POST", endpoint, r#"{"max_versions":24000}"#, 204, json!(null))
            .await;
        for bad in ["24001", "-1", "1.5", "\"x\"", "true", "[]"] {
            f.check(
                "POST",
                endpoint,
                &format!(r#"{{"max_versions":{bad}}}"#),
                400,
                json!({}),
            )
            .await;
        }
        for bad in ["\"yes\"", "1", "{}"] {
            f.check(
                "POST",
                endpoint,
                &format!(r#"{{"cas_required":{bad}}}"#),
                400,
                json!({}),
            )
            .await;
        }
    }
}

#[tokio::test]
async fn custom_metadata_has_rules() {
    let f = Fixture::new().await;
    let entries = |count: usize| {
        let entries: Vec<_> = (0..count).map(|n| format!(r#""{n}":"v""#)).collect();
        format!(r#"{{"custom_metadata":{{{}}}}}"#, entries.join(","))
    };
    let pair = |key: &str, value: &str| format!(r#"{{"custom_metadata":{{"{key}":"{value}"}}}}"#);
    f.check("POST", "metadata/a", &entries(64), 204, json!(null))
        .await;
    f.check(
        "POST",
        "metadata/a",
        &pair(&"k".repeat(128), &"v".repeat(512)),
        204,
        json!(null),
    )
    .await;
    for bad in [
        entries(65),
        pair("", "v"),
        pair("k", ""),
        pair(&"k".repeat(129), "v"),
        pair("k", &"v".repeat(513)),
        pair("k\\u0001", "v"),
        pair("k", "\\n"),
        r#"{"custom_metadata":{"k":{}}}"#.into(),
        r#"{"custom_metadata":[]}"#.into(),
        r#"{"custom_metadata":"k"}"#.into(),
    ] {
        for method in ["POST", "PATCH"] {
            let answer = f.ask(method, "metadata/a", &bad).await;
            assert_eq!(answer.status, 400, "{bad}");
            let text = answer.body["errors"][0].as_str().unwrap();
            assert!(text.starts_with("custom_metadata validation failed: "), "{text}");
        }
    }
    let many = entries(60).replace("\"0\"", "\"x0\"").replace("\"1\"", "\"x1\"");
    f.check("PATCH", "metadata/a", &entries(64), 400, json!({})).await;
    f.check("PATCH", "metadata/a", &many, 204, json!(null)).await;
}
