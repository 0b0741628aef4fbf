use super::Ibm;
use serde_json::{Value, json};

#[tokio::test]
async fn versions_of_these_types_are_not_restored() {
    let ibm = Ibm::new().await;
    let secret = format!("ibmcloud/arbitrary/secrets/{}", ibm.arbitrary("it").await);
    let body = json!({"version_id": "previous"});
    ibm.check("POST", &format!("{secret}/restore"), &body, 400).await;
    ibm.check("GET", &format!("{secret}/restore"), &Value::Null, 405)
        .await;
    ibm.check("POST", "ibmcloud/arbitrary/secrets/nothing/restore", &body, 404)
        .await;
}

#[tokio::test]
async fn limits_hold_at_both_ends() {
    let ibm = Ibm::new().await;
    let base = json!({"name": "ok", "payload": "p"});
    let with = |field: &str, value: Value| {
        let mut body = base.clone();
        body[field] = value;
        body
    };
    let labels = |count: usize| {
        (0..count)
            .map(|index| format!("label{index}"))
            .collect::<Vec<_>>()
    };
    for (index, body) in [
        with("name", json!("ab")),
        with("name", json!("n".repeat(256))),
        with("name", json!("a.b-c.9")),
        with("description", json!("dd")),
        with("description", json!("d".repeat(1024))),
        with("labels", json!(labels(30))),
        with("labels", json!(["l".repeat(64)])),
        with("custom_metadata", json!({"a": {"b": 1}})),
        with("payload", json!("p".repeat(1024 * 1024))),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = body;
        if body["name"] == "ok" {
            body["name"] = json!(format!("ok{index}"));
        }
        ibm.create("arbitrary", body).await;
    }
    for body in [
        json!({}),
        json!({"payload": "p"}),
        json!({"name": "ok"}),
        with("name", json!("a")),
        with("name", json!("n".repeat(257))),
        with("name", json!("-a")),
        with("name", json!("a.")),
        with("name", json!("a/b")),
        with("name", json!("a b")),
        with("name", json!("groups")),
        with("name", json!(["ok"])),
        with("description", json!("d")),
        with("description", json!("d".repeat(1025))),
        with("labels", json!(labels(31))),
        with("labels", json!(["l"])),
        with("labels", json!(["a|b"])),
        with("labels", json!([1])),
        with("custom_metadata", json!("x")),
        with("custom_metadata", json!({"a": "x".repeat(10_240)})),
        with("expiration_date", json!("tomorrow")),
        with("payload", json!("p".repeat(1024 * 1024 + 1))),
        with("payload", json!({"a": 1})),
        with("payload", json!("")),
    ] {
        ibm.check("POST", "ibmcloud/arbitrary/secrets", &body, 400).await;
    }
    for (kind, body) in [
        ("kv", json!({"name": "ok", "payload": "text"})),
        (
            "kv",
            json!({"name": "ok", "payload": {"a": "x".repeat(512 * 1024)}}),
        ),
        ("username_password", json!({"name": "ok", "password": "123456"})),
        (
            "username_password",
            json!({"name": "ok", "username": "u", "password": "123456"}),
        ),
        (
            "username_password",
            json!({"name": "ok", "username": "user", "password": "12345"}),
        ),
        ("imported_cert", json!({"name": "ok", "certificate": "x"})),
    ] {
        ibm.check("POST", &format!("ibmcloud/{kind}/secrets"), &body, 400)
            .await;
    }
}

#[tokio::test]
async fn a_name_is_one_secrets_of_its_type() {
    let ibm = Ibm::new().await;
    let id = ibm.arbitrary("taken").await;
    let group = ibm.group().await;
    let body = json!({"name": "taken", "payload": "p"});
    for list in [
        "ibmcloud/arbitrary/secrets".to_owned(),
        format!("ibmcloud/arbitrary/secrets/groups/{group}"),
    ] {
        let answer = ibm.ask("POST", &list, &body).await;
        assert_eq!(answer.status, 409);
        assert_eq!(
            answer.body["errors"][0],
            "A secret with the same name already exists: taken"
        );
    }
    ibm.create("kv", json!({"name": "taken", "payload": {}})).await;
    ibm.arbitrary("free").await;
    ibm.check(
        "PUT",
        "ibmcloud/arbitrary/secrets/free/metadata",
        &json!({"name": "taken"}),
        409,
    )
    .await;
    ibm.check(
        "PUT",
        &format!("ibmcloud/arbitrary/secrets/{id}/metadata"),
        &json!({"name": "taken"}),
        200,
    )
    .await;
}

#[tokio::test]
async fn what_is_not_listed_is_forbidden() {
    let ibm = Ibm::new().await;
    for path in [
        "ibmcloud",
        "ibmcloud/arbitrary",
        "ibmcloud/nothing/secrets",
        "ibmcloud/public_cert/config/nothing",
        "ibmcloud/arbitrary/secrets/a/nothing",
        "ibmcloud/arbitrary/data/a",
        "auth/ibmcloud/manage/nothing",
    ] {
        for method in ["GET", "PUT", "DELETE"] {
            ibm.check(method, path, &Value::Null, 403).await;
        }
    }
    for (method, path) in [
        ("PATCH", "ibmcloud/arbitrary/secrets"),
        ("DELETE", "ibmcloud/arbitrary/secrets"),
        ("GET", "ibmcloud/arbitrary/secrets/a/rotate"),
        ("GET", "ibmcloud/arbitrary/locks/a/lock"),
        ("POST", "ibmcloud/arbitrary/locks/a"),
        ("GET", "ibmcloud/kv/destroy/a"),
    ] {
        ibm.check(method, path, &Value::Null, 405).await;
    }
    for token in ["", "hvs.nobody"] {
        let answer = ibm
            .ask_as(token, "GET", "ibmcloud/arbitrary/secrets", &Value::Null)
            .await;
        assert_eq!(
            (answer.status, &answer.body["errors"][0]),
            (403, &json!("permission denied"))
        );
    }
    ibm.check("GET", "ibmcloud/arbitrary/secrets/unknown", &Value::Null, 404)
        .await;
}
