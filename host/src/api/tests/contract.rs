//! Every row of the contract: calls in order, with status and body.

use super::fixture::Fixture;
use crate::engine::secret::Patching;
use serde_json::{Value, json};

const T0: &str = "2026-11-21T00:00:00Z";

fn nothing() -> Value {
    Value::Null
}

/// Where nothing is, or nothing with this number.
fn not_found(code: i32) -> Value {
    json!({"errors": [], "error_code": code, "error_id": "", "data": null, "lease_id": ""})
}

const SECRET: i32 = 17_125_377;
const VERSION: i32 = 17_125_378;

fn version(number: u32) -> Value {
    json!({"created_time": T0, "custom_metadata": null, "deletion_time": "", "destroyed": false, "version": number})
}

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
async fn deactivate_and_reactivate() {
    let f = Fixture::new().await;
    for _ in 0..3 {
        f.check("POST", "data/a", r#"{"data":{"k":1}}"#, 200, json!({}))
            .await;
    }
    let deleted = json!({"created_time": T0, "custom_metadata": null, "deletion_time": T0, "destroyed": false, "version": 3});
    let gone = json!({"errors": [], "error_code": VERSION, "data": {"data": null, "metadata": deleted}, "lease_id": ""});
    f.check("DELETE", "data/a", "", 204, nothing()).await;
    f.check("GET", "data/a", "", 404, gone.clone()).await;
    f.check("GET", "data/a?version=3", "", 404, gone).await;
    let gone = json!({"errors": [], "data": {"subkeys": null, "metadata": deleted}});
    f.check("GET", "subkeys/a", "", 404, gone).await;
    f.check(
        "PATCH",
        "data/a",
        r#"{"data":{}}"#,
        404,
        json!({"error_code": VERSION, "data": deleted}),
    )
    .await;
    f.check("POST", "undelete/a", r#"{"versions":[3]}"#, 204, nothing())
        .await;
    f.check(
        "GET",
        "data/a",
        "",
        200,
        json!({"data": {"metadata": version(3)}}),
    )
    .await;
    f.check("POST", "delete/a", r#"{"versions":["1",2,99]}"#, 204, nothing())
        .await;
    f.check("GET", "data/a?version=1", "", 404, json!({})).await;
    f.check("GET", "data/a?version=2", "", 404, json!({})).await;
    f.check("PUT", "undelete/a", r#"{"versions":"1,2"}"#, 204, nothing())
        .await;
    f.check("GET", "data/a?version=1", "", 200, json!({})).await;
    for endpoint in ["delete", "undelete"] {
        for body in ["{}", "", r#"{"versions":[]}"#, r#"{"versions":null}"#] {
            let error = json!({"errors": ["No version number provided"]});
            f.check("POST", &format!("{endpoint}/a"), body, 400, error).await;
        }
        f.check(
            "POST",
            &format!("{endpoint}/a"),
            r#"{"versions":[-1]}"#,
            400,
            json!({}),
        )
        .await;
        f.check(
            "POST",
            &format!("{endpoint}/a"),
            r#"{"versions":{}}"#,
            400,
            json!({}),
        )
        .await;
        f.check(
            "POST",
            &format!("{endpoint}/none"),
            r#"{"versions":[1]}"#,
            204,
            nothing(),
        )
        .await;
    }
    f.check("DELETE", "data/none", "", 204, nothing()).await;
}

#[tokio::test]
async fn destroy() {
    let f = Fixture::new().await;
    for _ in 0..2 {
        f.check("POST", "data/a", r#"{"data":{"k":1}}"#, 200, json!({}))
            .await;
    }
    f.check("PUT", "destroy/a", r#"{"versions":[2]}"#, 204, nothing())
        .await;
    let destroyed = json!({"deletion_time": "", "destroyed": true, "version": 2});
    let gone = json!({"error_code": VERSION, "data": {"data": null, "metadata": destroyed}});
    f.check("GET", "data/a", "", 404, gone.clone()).await;
    f.check("POST", "undelete/a", r#"{"versions":[2]}"#, 204, nothing())
        .await;
    f.check("GET", "data/a", "", 404, gone).await;
    let metadata = json!({"data": {"versions": {"2": {"destroyed": true, "deletion_time": ""}, "1": {"destroyed": false}}}});
    f.check("GET", "metadata/a", "", 200, metadata).await;
    f.check("POST", "destroy/a", r#"{"versions":[1]}"#, 204, nothing())
        .await;
    f.check("GET", "data/a?version=1", "", 404, json!({})).await;
    f.check("POST", "destroy/none", r#"{"versions":[1]}"#, 204, nothing())
        .await;
    f.check(
        "POST",
        "destroy/a",
        "{}",
        400,
        json!({"errors": ["no version number provided"]}),
    )
    .await;
}

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

#[tokio::test]
async fn list() {
    let f = Fixture::new().await;
    f.check("LIST", "metadata", "", 404, not_found(SECRET)).await;
    for at in ["foo", "foo/bar", "foo/baz/x", "top"] {
        f.check("POST", &format!("data/{at}"), r#"{"data":{}}"#, 200, json!({}))
            .await;
    }
    let root = json!({"data": {"keys": ["foo", "foo/", "top"]}});
    for (method, rest) in [
        ("LIST", "metadata"),
        ("LIST", "metadata/"),
        ("GET", "metadata"),
        ("GET", "metadata?list=true"),
        ("GET", "metadata/?list=true"),
        ("GET", "metadata/?list=1"),
        ("GET", "metadata/?list=T"),
    ] {
        f.check(method, rest, "", 200, root.clone()).await;
    }
    let folder = json!({"data": {"keys": ["bar", "baz/"]}});
    for (method, rest) in [
        ("LIST", "metadata/foo"),
        ("LIST", "metadata/foo/"),
        ("GET", "metadata/foo?list=true"),
    ] {
        f.check(method, rest, "", 200, folder.clone()).await;
    }
    f.check(
        "LIST",
        "metadata/foo%2Fbaz",
        "",
        200,
        json!({"data": {"keys": ["x"]}}),
    )
    .await;
    f.check("LIST", "metadata/top", "", 404, not_found(SECRET)).await;
    f.check(
        "GET",
        "metadata/foo?list=false",
        "",
        200,
        json!({"data": {"current_version": 1}}),
    )
    .await;
    f.check("GET", "metadata/foo?list=maybe", "", 400, json!({}))
        .await;
    f.check("LIST", "data/foo", "", 405, json!({})).await;
}

#[tokio::test]
async fn list_in_pages() {
    let f = Fixture::new().await;
    for n in 0..25 {
        f.check("POST", &format!("data/s{n:02}"), r#"{"data":{}}"#, 200, json!({}))
            .await;
    }
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let headers = [
            ("x-vault-token", f.token.as_str()),
            ("x-pagination-size", "10"),
            ("x-pagination-cursor", &cursor),
        ];
        let answer = f.ask_with("LIST", "metadata", "", &headers).await;
        assert_eq!(answer.status, 200);
        names.push(answer.body["data"]["keys"].as_array().unwrap().clone());
        match answer.headers.get("x-pagination-cursor-next") {
            Some(next) => cursor = next.to_str().unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(names.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
    let expected: Vec<_> = (0..25).map(|n| json!(format!("s{n:02}"))).collect();
    assert_eq!(names.concat(), expected);
    for (name, value) in [
        ("x-pagination-size", "0"),
        ("x-pagination-size", "x"),
        ("x-pagination-cursor", "!!"),
    ] {
        let answer = f
            .ask_with(
                "LIST",
                "metadata",
                "",
                &[("x-vault-token", &f.token), (name, value)],
            )
            .await;
        assert_eq!(answer.status, 400, "{name}: {value}");
    }
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

#[tokio::test]
async fn time_passes() {
    let f = Fixture::new().await;
    f.check(
        "POST",
        "metadata/a",
        r#"{"delete_version_after":"10s"}"#,
        204,
        nothing(),
    )
    .await;
    let later = "2026-11-21T00:00:10Z";
    f.check(
        "POST",
        "data/a",
        r#"{"data":{"k":1}}"#,
        200,
        json!({"data": {"deletion_time": later}}),
    )
    .await;
    let metadata = json!({"data": {"versions": {"1": {"deletion_time": later}}}});
    f.check("GET", "metadata/a", "", 200, metadata.clone()).await;
    f.bench.clock.advance_secs(9);
    f.check(
        "GET",
        "data/a",
        "",
        200,
        json!({"data": {"metadata": {"deletion_time": later}}}),
    )
    .await;
    f.bench.clock.advance_secs(1);
    let gone = json!({"data": {"data": null, "metadata": {"deletion_time": later, "destroyed": false}}});
    f.check("GET", "data/a", "", 404, gone).await;
    f.check("GET", "metadata/a", "", 200, metadata).await;
    f.check("POST", "undelete/a", r#"{"versions":[1]}"#, 204, nothing())
        .await;
    let read = json!({"data": {"data": {"k": 1}, "metadata": {"deletion_time": "2026-11-21T00:00:20Z"}}});
    f.check("GET", "data/a", "", 200, read).await;
}
