use super::{Ibm, assert_alike, iam_id};
use crate::auth::iam::Role;
use serde_json::{Value, json};

fn common(name: &str, kind: &str) -> Value {
    json!({
        "created_by": iam_id(Role::Manager), "creation_date": "2026-11-21T00:00:00Z", "crn": "*",
        "description": "Extended description for my secret.", "id": "*", "labels": ["dev", "us-south"],
        "last_update_date": "2026-11-21T00:00:00Z", "name": name, "secret_type": kind, "state": 1,
        "state_description": "Active", "versions_total": 1, "locks_total": 0, "downloaded": false,
    })
}

fn with(mut base: Value, more: Value) -> Value {
    base.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    base
}

#[tokio::test]
async fn arbitrary_secrets_answer_as_in_the_documentation() {
    let ibm = Ibm::new().await;
    let body = json!({
        "name": "test-arbitrary-secret", "description": "Extended description for my secret.", "payload": "secret-data",
        "labels": ["dev", "us-south"], "expiration_date": "2030-04-01T09:30:00Z",
    });
    let made = ibm.check("POST", "ibmcloud/arbitrary/secrets", &body, 200).await;
    let version =
        json!({"created_by": iam_id(Role::Manager), "creation_date": "2026-11-21T00:00:00Z", "id": "*"});
    let wanted = with(
        common("test-arbitrary-secret", "arbitrary"),
        json!({
            "expiration_date": "2030-04-01T09:30:00Z", "secret_data": {"payload": "secret-data"}, "versions": [version],
        }),
    );
    assert_alike(&made, &wanted);
    assert_eq!(made.get("secret_group_id"), None);
    let crn = made["crn"].as_str().unwrap();
    assert!(
        crn.ends_with(&format!(":secret:{}", made["id"].as_str().unwrap())),
        "{crn}"
    );
    let id = made["id"].as_str().unwrap();
    assert_ne!(made["versions"][0]["id"], id);
    for name in [id, "test-arbitrary-secret"] {
        let read = ibm
            .check(
                "GET",
                &format!("ibmcloud/arbitrary/secrets/{name}"),
                &Value::Null,
                200,
            )
            .await;
        assert_alike(&read, &with(wanted.clone(), json!({"downloaded": true})));
    }
    let metadata = format!("ibmcloud/arbitrary/secrets/{id}/metadata");
    let read = ibm.check("GET", &metadata, &Value::Null, 200).await;
    assert!(
        read.get("secret_data").is_none() && read.get("versions").is_none(),
        "{read}"
    );
    ibm.fixture.bench.clock.advance_secs(60);
    let change = json!({"name": "updated-arbitrary-secret-name", "expiration_date": "2030-05-01T09:30:00Z", "labels": "a1,b2"});
    let updated = ibm.check("PUT", &metadata, &change, 200).await;
    assert_alike(
        &updated,
        &json!({
            "name": "updated-arbitrary-secret-name", "expiration_date": "2030-05-01T09:30:00Z", "labels": ["a1", "b2"],
            "last_update_date": "2026-11-21T00:01:00Z", "creation_date": "2026-11-21T00:00:00Z",
        }),
    );
    ibm.check(
        "GET",
        "ibmcloud/arbitrary/secrets/test-arbitrary-secret",
        &Value::Null,
        404,
    )
    .await;
    let deleted = ibm
        .ask(
            "DELETE",
            &format!("ibmcloud/arbitrary/secrets/{id}"),
            &Value::Null,
        )
        .await;
    assert_eq!((deleted.status, &deleted.body["data"]), (200, &Value::Null));
    ibm.check("GET", &metadata, &Value::Null, 404).await;
    ibm.arbitrary("updated-arbitrary-secret-name").await;
}

#[tokio::test]
async fn credentials_answer_as_in_the_documentation() {
    let ibm = Ibm::new().await;
    let body = json!({
        "name": "test-username-password", "description": "Extended description for my secret.", "username": "user123",
        "password": "cloudy-rainy-coffee-book", "expiration_date": "2020-12-31T00:00:00Z",
        "labels": ["dev", "us-south"],
    });
    let made = ibm
        .check("POST", "ibmcloud/username_password/secrets", &body, 200)
        .await;
    let wanted = json!({
        "expiration_date": "2020-12-31T00:00:00Z",
        "secret_data": {"password": "cloudy-rainy-coffee-book", "username": "user123"},
        "versions": [{"auto_rotated": false, "created_by": "*", "creation_date": "*", "id": "*"}],
    });
    assert_alike(
        &made,
        &with(common("test-username-password", "username_password"), wanted),
    );
}

#[tokio::test]
async fn passwords_are_generated_where_none_is_given() {
    let ibm = Ibm::new().await;
    let made = json!({"name": "generated", "username": "user123"});
    let made = ibm
        .check("POST", "ibmcloud/user_credentials/secrets", &made, 200)
        .await;
    let secret = format!(
        "ibmcloud/username_password/secrets/{}",
        made["id"].as_str().unwrap()
    );
    let mut passwords = vec![made["secret_data"]["password"].clone()];
    for body in [json!({}), Value::Null, json!({"password": ""})] {
        let rotated = ibm.check("POST", &format!("{secret}/rotate"), &body, 200).await;
        assert_eq!(rotated["secret_data"]["username"], "user123");
        passwords.push(rotated["secret_data"]["password"].clone());
    }
    for password in &passwords {
        let password = password.as_str().unwrap();
        assert_eq!(password.len(), 32);
        assert!(
            password.bytes().any(|byte| byte.is_ascii_punctuation()),
            "{password}"
        );
    }
    passwords.sort_by_key(Value::to_string);
    passwords.dedup();
    assert_eq!(passwords.len(), 4);
    let chosen = ibm
        .check(
            "POST",
            &format!("{secret}/rotate"),
            &json!({"password": "new-password"}),
            200,
        )
        .await;
    assert_eq!(
        chosen["secret_data"],
        json!({"username": "user123", "password": "new-password"})
    );
}

#[tokio::test]
async fn key_values_answer_as_in_the_documentation() {
    let ibm = Ibm::new().await;
    let body = json!({
        "name": "test-kv-secret", "description": "Extended description for my secret.", "payload": {"key1": "value1"},
        "labels": ["dev", "us-south"],
    });
    let made = ibm.check("POST", "ibmcloud/kv/secrets", &body, 200).await;
    let version = json!({"created_by": "*", "creation_date": "*", "downloaded": false, "id": "*", "payload_available": true});
    let payload = json!({"secret_data": {"payload": {"key1": "value1"}}, "versions": [version]});
    assert_alike(&made, &with(common("test-kv-secret", "kv"), payload));
    let secret = format!("ibmcloud/kv/secrets/{}", made["id"].as_str().unwrap());
    let read = ibm.check("GET", &secret, &Value::Null, 200).await;
    assert_eq!(
        (&read["downloaded"], &read["versions"][0]["downloaded"]),
        (&json!(true), &json!(true))
    );
    let rotated = ibm
        .check(
            "POST",
            &format!("{secret}/rotate"),
            &json!({"payload": {"key7": "value7"}}),
            200,
        )
        .await;
    assert_alike(
        &rotated,
        &json!({
            "downloaded": false, "secret_data": {"payload": {"key7": "value7"}}, "versions_total": 2,
            "versions": [
                {"downloaded": true, "payload_available": false, "id": "*"},
                {"downloaded": false, "payload_available": true, "id": "*"},
            ],
        }),
    );
}

#[tokio::test]
async fn versions_are_known_by_identifier_and_alias() {
    let ibm = Ibm::new().await;
    let id = ibm.arbitrary("versioned").await;
    let secret = format!("ibmcloud/arbitrary/secrets/{id}");
    ibm.check("GET", &format!("{secret}/versions/previous"), &Value::Null, 404)
        .await;
    for payload in ["second", "third"] {
        ibm.check(
            "POST",
            &format!("{secret}/rotate"),
            &json!({"payload": payload}),
            200,
        )
        .await;
    }
    let list = ibm
        .check("GET", &format!("{secret}/versions"), &Value::Null, 200)
        .await;
    assert_eq!(list["versions_total"], 3);
    let available: Vec<_> = (0..3)
        .map(|index| list["versions"][index]["payload_available"] == true)
        .collect();
    assert_eq!(available, [false, true, true]);
    for (alias, index, payload) in [("current", 2, json!("third")), ("previous", 1, json!("second"))] {
        let version = list["versions"][index]["id"].as_str().unwrap();
        let by_alias = ibm
            .check("GET", &format!("{secret}/versions/{alias}"), &Value::Null, 200)
            .await;
        let by_id = ibm
            .check("GET", &format!("{secret}/versions/{version}"), &Value::Null, 200)
            .await;
        assert_eq!(by_alias, by_id);
        assert_alike(
            &by_id,
            &json!({"id": id, "version_id": version, "secret_data": {"payload": payload}}),
        );
    }
    let first = list["versions"][0]["id"].as_str().unwrap();
    let gone = ibm
        .check("GET", &format!("{secret}/versions/{first}"), &Value::Null, 200)
        .await;
    assert_eq!(
        (&gone["payload_available"], gone.get("secret_data")),
        (&json!(false), None)
    );
    let note = json!({"version_custom_metadata": {"key": "value"}});
    let path = format!("{secret}/versions/{first}/metadata");
    let noted = ibm.check("PUT", &path, &note, 200).await;
    assert_eq!(noted["version_custom_metadata"], json!({"key": "value"}));
    assert_eq!(ibm.check("GET", &path, &Value::Null, 200).await, noted);
}
