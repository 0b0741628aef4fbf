use super::{Ibm, assert_alike};
use serde_json::{Value, json};

#[tokio::test]
async fn both_faces_show_one_secret() {
    let ibm = Ibm::new().await;
    let group = ibm.group().await;
    for (place, secret) in [
        ("first".to_owned(), "ibmcloud/kv/secrets/first".to_owned()),
        (
            format!("{group}/second"),
            format!("ibmcloud/kv/secrets/groups/{group}/second"),
        ),
    ] {
        let data = format!("ibmcloud/kv/data/{place}");
        let written = ibm.check("POST", &data, &json!({"data": {"a": 1}}), 200).await;
        assert_alike(
            &written,
            &json!({"created_time": "*", "deletion_time": "", "destroyed": false, "version": 1}),
        );
        let metadata = format!("{secret}/metadata");
        let downloaded = async || ibm.check("GET", &metadata, &Value::Null, 200).await["downloaded"].clone();
        assert_eq!(downloaded().await, false);
        ibm.check("GET", &data, &Value::Null, 200).await;
        assert_eq!(downloaded().await, true);
        let read = ibm.check("GET", &secret, &Value::Null, 200).await;
        assert_eq!(read["secret_data"]["payload"], json!({"a": 1}));
        ibm.check(
            "POST",
            &data,
            &json!({"data": {"a": 2}, "options": {"cas": 0}}),
            400,
        )
        .await;
        ibm.check("PATCH", &data, &json!({"data": {"b": 3}}), 200).await;
        let read = ibm.check("GET", &data, &Value::Null, 200).await;
        assert_alike(
            &read,
            &json!({"data": {"a": 1, "b": 3}, "metadata": {"version": 2}}),
        );
        let old = ibm
            .check("GET", &format!("{data}?version=1"), &Value::Null, 200)
            .await;
        assert_eq!(old["data"], json!({"a": 1}));
        let read = ibm.check("GET", &secret, &Value::Null, 200).await;
        assert_alike(
            &read,
            &json!({"versions_total": 2, "versions": [{"id": "*"}, {"id": "*"}]}),
        );
    }
    let names = ibm
        .check("GET", "ibmcloud/kv/metadata?list=true", &Value::Null, 200)
        .await;
    let mut wanted = [format!("{group}/"), "first".to_owned()];
    wanted.sort();
    assert_eq!(names["keys"], json!(wanted));
    let names = ibm
        .check(
            "LIST",
            &format!("ibmcloud/kv/metadata/{group}"),
            &Value::Null,
            200,
        )
        .await;
    assert_eq!(names["keys"], json!(["second"]));
}

#[tokio::test]
async fn versions_go_and_come_back() {
    let ibm = Ibm::new().await;
    for value in 1..=3 {
        ibm.check("POST", "ibmcloud/kv/data/it", &json!({"data": {"v": value}}), 200)
            .await;
    }
    let data = |version: u32| format!("ibmcloud/kv/data/it?version={version}");
    let versions = json!({"versions": [1]});
    assert_eq!(
        ibm.ask("POST", "ibmcloud/kv/delete/it", &versions).await.body["data"],
        Value::Null
    );
    let gone = ibm.ask("GET", &data(1), &Value::Null).await;
    assert_eq!(
        (gone.status, &gone.body["data"]["metadata"]["version"]),
        (404, &json!(1))
    );
    ibm.check("POST", "ibmcloud/kv/undelete/it", &versions, 204).await;
    ibm.check("GET", &data(1), &Value::Null, 200).await;
    ibm.check("POST", "ibmcloud/kv/destroy/it", &versions, 204).await;
    ibm.check("GET", &data(1), &Value::Null, 404).await;
    ibm.check("DELETE", "ibmcloud/kv/data/it", &Value::Null, 204)
        .await;
    ibm.check("GET", &data(0), &Value::Null, 404).await;
    ibm.check(
        "POST",
        "ibmcloud/kv/metadata/it",
        &json!({"custom_metadata": {"a": "b"}}),
        204,
    )
    .await;
    let metadata = ibm
        .check("GET", "ibmcloud/kv/metadata/it", &Value::Null, 200)
        .await;
    assert_alike(
        &metadata,
        &json!({
            "cas_required": false, "created_time": "*", "current_version": 3, "custom_metadata": {"a": "b"},
            "delete_version_after": "0s", "max_versions": 50, "oldest_version": 0, "updated_time": "*",
            "versions": {"1": {"destroyed": true}, "2": {"destroyed": false}, "3": {"deletion_time": "*"}},
        }),
    );
    let deleted = ibm.ask("DELETE", "ibmcloud/kv/metadata/it", &Value::Null).await;
    assert_eq!((deleted.status, &deleted.body["data"]), (200, &Value::Null));
    ibm.check("GET", "ibmcloud/kv/metadata/it", &Value::Null, 404)
        .await;
    ibm.check("GET", "ibmcloud/kv/secrets/it", &Value::Null, 404)
        .await;
}

#[tokio::test]
async fn locks_hold_on_both_faces() {
    let ibm = Ibm::new().await;
    ibm.check("POST", "ibmcloud/kv/data/it", &json!({"data": {"v": 1}}), 200)
        .await;
    ibm.check(
        "POST",
        "ibmcloud/kv/locks/it/lock",
        &json!({"locks": [{"name": "app"}]}),
        200,
    )
    .await;
    for (method, path, body) in [
        ("DELETE", "data/it", Value::Null),
        ("POST", "delete/it", json!({"versions": [1]})),
        ("POST", "destroy/it", json!({"versions": [1]})),
        ("DELETE", "metadata/it", Value::Null),
    ] {
        ibm.check(method, &format!("ibmcloud/kv/{path}"), &body, 412)
            .await;
    }
    ibm.check("POST", "ibmcloud/kv/data/it", &json!({"data": {"v": 2}}), 200)
        .await;
    ibm.check("POST", "ibmcloud/kv/data/it", &json!({"data": {"v": 3}}), 412)
        .await;
    ibm.check("PATCH", "ibmcloud/kv/data/it", &json!({"data": {"v": 3}}), 412)
        .await;
    ibm.check(
        "POST",
        "ibmcloud/kv/secrets/it/rotate",
        &json!({"payload": {"v": 3}}),
        412,
    )
    .await;
    let first = ibm
        .check("GET", "ibmcloud/kv/data/it?version=1", &Value::Null, 200)
        .await;
    assert_eq!(first["data"], json!({"v": 1}));
}
