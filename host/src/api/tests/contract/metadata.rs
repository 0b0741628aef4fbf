use super::{SECRET, T0, VERSION, not_found, nothing};
use crate::api::tests::fixture::Fixture;
use serde_json::json;

#[tokio::test]
async fn metadata() {
    let f = Fixture::new().await;
    f.check("GET", "metadata/a", "", 404, not_found(SECRET)).await;
    f.check(
        "PATCH",
        "metadata/a",
        r#"{"max_versions":2}"#,
        404,
        not_found(SECRET),
    )
    .await;
    f.check("POST", "metadata/a", "", 204, nothing()).await;
    f.check("GET", "metadata/a", "", 404, not_found(SECRET)).await;
    let body = r#"{"max_versions":5,"cas_required":true,"deactivate_version_after":"3h25m19s","custom_metadata":{"a":"1","b":"2","n":3}}"#;
    f.check("POST", "metadata/a", body, 204, nothing()).await;
    let urn = format!("urn:v1:eu:resource:okms:{}/secret/a", f.bench.collection.id());
    let metadata = json!({"data": {
        "cas_required": true, "created_time": T0, "current_version": 0, "custom_metadata": {"a": "1", "b": "2", "n": "3"},
        "delete_version_after": "3h25m19s", "deactivate_version_after": "3h25m19s", "max_versions": 5,
        "oldest_version": 0, "updated_time": T0, "versions": {}, "urn": urn,
    }});
    f.check("GET", "metadata/a", "", 200, metadata).await;
    f.check("GET", "data/a", "", 404, json!({"errors": []})).await;
    f.check(
        "PUT",
        "metadata/a",
        r#"{"custom_metadata":{"c":"4"}}"#,
        204,
        nothing(),
    )
    .await;
    assert_eq!(
        f.ask("GET", "metadata/a", "").await.body["data"]["custom_metadata"],
        json!({"c": "4"})
    );
    f.check(
        "PATCH",
        "metadata/a",
        r#"{"custom_metadata":{"c":null,"d":"5"},"max_versions":null}"#,
        204,
        nothing(),
    )
    .await;
    let answer = f.ask("GET", "metadata/a", "").await.body;
    assert_eq!(answer["data"]["custom_metadata"], json!({"d": "5"}));
    assert_eq!(
        (&answer["data"]["max_versions"], &answer["data"]["cas_required"]),
        (&json!(0), &json!(true))
    );
    f.check(
        "POST",
        "data/a",
        r#"{"data":{},"options":{"cas":0}}"#,
        200,
        json!({"data": {"custom_metadata": {"d": "5"}}}),
    )
    .await;
    f.check("DELETE", "metadata/a", "", 204, nothing()).await;
    f.check("DELETE", "metadata/a", "", 204, nothing()).await;
    f.check("GET", "data/a", "", 404, not_found(SECRET)).await;
}

#[tokio::test]
async fn config() {
    let f = Fixture::new().await;
    let defaults = json!({"data": {
        "max_versions": 0, "cas_required": false, "delete_version_after": "0s", "deactivate_version_after": "0s",
    }});
    f.check("GET", "config", "", 200, defaults).await;
    f.check(
        "POST",
        "config",
        r#"{"max_versions":3,"cas_required":true,"delete_version_after":30}"#,
        204,
        nothing(),
    )
    .await;
    let config =
        json!({"data": {"max_versions": 3, "cas_required": true, "deactivate_version_after": "30s"}});
    f.check("GET", "config", "", 200, config).await;
    let warning =
        r#""cas_required" set to false, but is mandated by backend config. This value will be ignored."#;
    let warned = json!({"warnings": [warning], "data": null});
    f.check(
        "POST",
        "metadata/a",
        r#"{"cas_required":false}"#,
        200,
        warned.clone(),
    )
    .await;
    f.check("PATCH", "metadata/a", r#"{"cas_required":false}"#, 200, warned)
        .await;
    f.check(
        "PUT",
        "config",
        r#"{"cas_required":false,"delete_version_after":-5}"#,
        204,
        nothing(),
    )
    .await;
    f.check(
        "GET",
        "config",
        "",
        200,
        json!({"data": {"max_versions": 3, "delete_version_after": "-1s"}}),
    )
    .await;
    for n in 1..=4 {
        f.check(
            "POST",
            "data/a",
            r#"{"data":{}}"#,
            200,
            json!({"data": {"version": n, "deletion_time": ""}}),
        )
        .await;
    }
    f.check("GET", "data/a?version=1", "", 404, not_found(VERSION))
        .await;
    f.check(
        "GET",
        "metadata/a",
        "",
        200,
        json!({"data": {"oldest_version": 2, "current_version": 4}}),
    )
    .await;
}

#[tokio::test]
async fn durations() {
    let f = Fixture::new().await;
    for (sent, shown) in [
        ("30", "30s"),
        ("\"30\"", "30s"),
        ("\"30s\"", "30s"),
        ("\"30m\"", "30m0s"),
        ("\"3h25m19s\"", "3h25m19s"),
        ("\"1d\"", "24h0m0s"),
        ("0", "0s"),
        ("\"0s\"", "0s"),
    ] {
        for name in ["delete_version_after", "deactivate_version_after"] {
            let body = format!(r#"{{"{name}":{sent}}}"#);
            f.check("POST", "metadata/a", &body, 204, nothing()).await;
            let both = json!({"data": {"delete_version_after": shown, "deactivate_version_after": shown}});
            f.check("GET", "metadata/a", "", 200, both).await;
        }
    }
    for bad in ["\"x\"", "1.5", "true", "-1", "\"-1s\"", "\"\"", "[]"] {
        let body = format!(r#"{{"delete_version_after":{bad}}}"#);
        f.check("POST", "metadata/a", &body, 400, json!({})).await;
    }
    let alike = r#"{"delete_version_after":"1m","deactivate_version_after":60}"#;
    f.check("POST", "metadata/a", alike, 204, nothing()).await;
    let unlike = r#"{"delete_version_after":"1m","deactivate_version_after":61}"#;
    f.check("POST", "metadata/a", unlike, 400, json!({})).await;
}
