use super::{SECRET, VERSION, not_found, nothing, version};
use crate::api::tests::fixture::Fixture;
use crate::engine::secret::Patching;
use serde_json::json;

#[tokio::test]
async fn write_and_read() {
    let f = Fixture::new().await;
    f.check("GET", "data/a", "", 404, not_found(SECRET)).await;
    let envelope = json!({
        "lease_id": "", "renewable": false, "lease_duration": 0, "wrap_info": null, "warnings": null, "auth": null,
        "data": version(1),
    });
    f.check(
        "POST",
        "data/a",
        r#"{"data":{"k":"v","n":{"m":[1]}},"options":{}}"#,
        200,
        envelope,
    )
    .await;
    let read = json!({"data": {"data": {"k": "v", "n": {"m": [1]}}, "metadata": version(1)}, "lease_id": ""});
    for query in ["", "?version=1", "?version=0", "?version=", "?list=false", "?"] {
        f.check("GET", &format!("data/a{query}"), "", 200, read.clone())
            .await;
    }
    f.check(
        "PUT",
        "data/a",
        r#"{"data":{}}"#,
        200,
        json!({"data": version(2)}),
    )
    .await;
    f.check(
        "GET",
        "data/a",
        "",
        200,
        json!({"data": {"data": {}, "metadata": {"version": 2}}}),
    )
    .await;
    f.check("GET", "data/a?version=1", "", 200, read).await;
    f.check("GET", "data/a?version=3", "", 404, not_found(VERSION))
        .await;
    f.check("GET", "data/a?version=-1", "", 400, json!({})).await;
    f.check("GET", "data/a?version=x", "", 400, json!({})).await;
    let answer = f.ask("GET", "data/a", "").await;
    assert!(
        answer.body["request_id"]
            .as_str()
            .is_some_and(|id| id.len() == 36)
    );
}

#[tokio::test]
async fn check_and_set() {
    let f = Fixture::new().await;
    let mismatch = json!({"errors": ["check-and-set parameter did not match the current version"]});
    let required = json!({"errors": ["check-and-set parameter required for this call"]});
    let unparsable = json!({"errors": ["error parsing check-and-set parameter"]});
    f.check(
        "POST",
        "data/a",
        r#"{"data":{},"options":{"cas":1}}"#,
        400,
        mismatch.clone(),
    )
    .await;
    f.check(
        "POST",
        "data/a",
        r#"{"data":{},"options":{"cas":0}}"#,
        200,
        json!({"data": {"version": 1}}),
    )
    .await;
    f.check(
        "POST",
        "data/a",
        r#"{"data":{},"options":{"cas":0}}"#,
        400,
        mismatch.clone(),
    )
    .await;
    f.check(
        "POST",
        "data/a",
        r#"{"data":{},"options":{"cas":"1"}}"#,
        200,
        json!({"data": {"version": 2}}),
    )
    .await;
    // As OVHcloud's guide lists it.
    f.check("POST", "data/a", r#"{"data":{},"cas":1}"#, 400, mismatch.clone())
        .await;
    f.check(
        "POST",
        "data/a",
        r#"{"data":{},"cas":2}"#,
        200,
        json!({"data": {"version": 3}}),
    )
    .await;
    for cas in ["-1", "\"-1\""] {
        let body = format!(r#"{{"data":{{}},"options":{{"cas":{cas}}}}}"#);
        f.check("POST", "data/a", &body, 400, mismatch.clone()).await;
    }
    for cas in ["1.5", "-1.5", "true", "\"x\"", "[]"] {
        let body = format!(r#"{{"data":{{}},"options":{{"cas":{cas}}}}}"#);
        f.check("POST", "data/a", &body, 400, unparsable.clone()).await;
    }
    f.check("POST", "metadata/a", r#"{"cas_required":true}"#, 204, nothing())
        .await;
    f.check("POST", "data/a", r#"{"data":{}}"#, 400, required.clone())
        .await;
    f.check("PATCH", "data/a", r#"{"data":{}}"#, 400, required.clone())
        .await;
    f.check(
        "PATCH",
        "data/a",
        r#"{"data":{},"options":{"cas":2}}"#,
        400,
        mismatch,
    )
    .await;
    f.check(
        "PATCH",
        "data/a",
        r#"{"data":{},"options":{"cas":3}}"#,
        200,
        json!({"data": {"version": 3}}),
    )
    .await;
    f.check(
        "PATCH",
        "data/b",
        r#"{"data":{},"options":{"cas":7}}"#,
        404,
        not_found(SECRET),
    )
    .await;
    f.check("POST", "config", r#"{"cas_required":true}"#, 204, nothing())
        .await;
    f.check("POST", "data/b", r#"{"data":{}}"#, 400, required).await;
}

#[tokio::test]
async fn patch_keeps_the_version() {
    let f = Fixture::new().await;
    patch_merges(&f).await;
    f.check(
        "GET",
        "data/a",
        "",
        200,
        json!({"data": {"metadata": {"version": 1}}}),
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
async fn patch_makes_a_version_if_told_so() {
    let f = Fixture::patching(Patching::MakesVersion).await;
    patch_merges(&f).await;
    f.check(
        "GET",
        "data/a",
        "",
        200,
        json!({"data": {"metadata": {"version": 3}}}),
    )
    .await;
    f.check(
        "GET",
        "data/a?version=1",
        "",
        200,
        json!({"data": {"data": {"x": 1, "y": {"z": 2}}}}),
    )
    .await;
}

async fn patch_merges(f: &Fixture) {
    let body = r#"{"data":{"x":1,"y":{"z":2}}}"#;
    f.check("PATCH", "data/a", body, 404, not_found(SECRET)).await;
    f.check("POST", "data/a", body, 200, json!({})).await;
    f.check(
        "PATCH",
        "data/a",
        r#"{"data":{"y":{"w":3},"n":null}}"#,
        200,
        json!({"data": {"destroyed": false}}),
    )
    .await;
    let merged = json!({"x": 1, "y": {"z": 2, "w": 3}});
    assert_eq!(f.ask("GET", "data/a", "").await.body["data"]["data"], merged);
    f.check(
        "PATCH",
        "data/a",
        r#"{"data":{"x":null},"options":{}}"#,
        200,
        json!({}),
    )
    .await;
    assert_eq!(
        f.ask("GET", "data/a", "").await.body["data"]["data"],
        json!({"y": {"z": 2, "w": 3}})
    );
}

#[tokio::test]
async fn subkeys() {
    let f = Fixture::new().await;
    f.check("GET", "subkeys/a", "", 404, not_found(SECRET)).await;
    f.check(
        "POST",
        "data/a",
        r#"{"data":{"x":{"y":{"z":1}},"w":[{"v":1}],"e":{}}}"#,
        200,
        json!({}),
    )
    .await;
    f.check("POST", "data/a", r#"{"data":{"only":"this"}}"#, 200, json!({}))
        .await;
    for (query, keys) in [
        ("", json!({"only": null})),
        (
            "?version=1",
            json!({"x": {"y": {"z": null}}, "w": null, "e": null}),
        ),
        (
            "?version=1&depth=0",
            json!({"x": {"y": {"z": null}}, "w": null, "e": null}),
        ),
        ("?version=1&depth=1", json!({"x": null, "w": null, "e": null})),
        (
            "?depth=2&version=1",
            json!({"x": {"y": null}, "w": null, "e": null}),
        ),
    ] {
        let answer = f.ask("GET", &format!("subkeys/a{query}"), "").await;
        assert_eq!(
            (answer.status, &answer.body["data"]["subkeys"]),
            (200, &keys),
            "{query}"
        );
    }
    f.check(
        "GET",
        "subkeys/a",
        "",
        200,
        json!({"data": {"metadata": version(2)}}),
    )
    .await;
    f.check("GET", "subkeys/a?version=3", "", 404, not_found(VERSION))
        .await;
    f.check("GET", "subkeys/a?depth=-1", "", 400, json!({})).await;
}
