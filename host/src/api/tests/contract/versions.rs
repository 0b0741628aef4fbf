use super::{T0, VERSION, nothing, version};
use crate::api::tests::fixture::Fixture;
use serde_json::json;

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
