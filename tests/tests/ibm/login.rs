use crate::client::{Client, start_with};
use crate::issuer;
use casemate_tests::daemon::Daemon;
use serde_json::{Value, json};
use std::path::Path;

fn start(data: &Path) -> Daemon {
    start_with(data, &issuer::configure(data.parent().unwrap()))
}

fn login(daemon: &Daemon) -> Client {
    let mut nobody = Client::connect(daemon, "").unwrap();
    let body = json!({"token": issuer::token(issuer::MANAGER)});
    let reply = nobody.ask("PUT", "auth/ibmcloud/login", &body).unwrap();
    assert_eq!(reply.status, 200, "{}", reply.json());
    let auth = reply.json()["auth"].clone();
    assert_eq!(auth["policies"], json!(["default", "instance-manager"]));
    Client::connect(daemon, auth["client_token"].as_str().unwrap()).unwrap()
}

#[test]
fn a_login_leads_to_secrets_that_outlive_the_daemon() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let daemon = start(&data);
    let mut client = login(&daemon);
    let group = client.data(
        "POST",
        "auth/ibmcloud/manage/groups",
        &json!({"name": "test-secret-group"}),
        200,
    );
    let group = group["id"].as_str().unwrap();
    let list = format!("ibmcloud/username_password/secrets/groups/{group}");
    let made = client.data(
        "POST",
        &list,
        &json!({"name": "user", "username": "user123"}),
        200,
    );
    let crn = made["crn"].as_str().unwrap();
    let stem = "crn:v1:bluemix:public:secrets-manager:eu-de:a/a5ebf2570dcaedf18d7ed78e216c263a:";
    assert!(crn.starts_with(stem), "{crn}");
    assert_eq!(made["created_by"], issuer::MANAGER);
    client.data("POST", "ibmcloud/kv/data/first", &json!({"data": {"a": 1}}), 200);
    let short = "2026-01-01T00:00:00Z";
    let expired = json!({"name": "expired", "payload": "p", "expiration_date": short});
    client.data("POST", "ibmcloud/arbitrary/secrets", &expired, 200);
    daemon
        .await_log("destroyed the data of an expired secret")
        .unwrap();
    daemon.stop().unwrap();
    let daemon = start(&data);
    let mut client = login(&daemon);
    let read = client.data("GET", &format!("{list}/user"), &Value::Null, 200);
    assert_eq!(read["secret_data"], made["secret_data"]);
    let kv = client.data("GET", "ibmcloud/kv/secrets/first", &Value::Null, 200);
    assert_eq!(kv["secret_data"]["payload"], json!({"a": 1}));
    let over = client.data("GET", "ibmcloud/arbitrary/secrets/expired", &Value::Null, 200);
    assert_eq!((&over["state"], over.get("secret_data")), (&json!(5), None));
    daemon.stop().unwrap();
}

#[test]
fn a_large_body_is_refused_and_a_large_secret_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    let mut root = Client::connect(&daemon, daemon.token()).unwrap();
    let payload = "\n".repeat(1024 * 1024);
    let body = json!({"name": "large", "payload": payload});
    root.data("POST", "ibmcloud/arbitrary/secrets", &body, 200);
    let read = root.data("GET", "ibmcloud/arbitrary/secrets/large", &Value::Null, 200);
    assert_eq!(read["secret_data"]["payload"], payload);
    let body = json!({"name": "larger", "payload": "p".repeat(3 * 1024 * 1024)});
    let refused = root.ask("POST", "ibmcloud/arbitrary/secrets", &body);
    // The daemon may hang up before it has taken all of it.
    assert!(refused.is_err() || refused.is_ok_and(|reply| reply.status == 400));
    let mut root = Client::connect(&daemon, daemon.token()).unwrap();
    root.data("GET", "ibmcloud/arbitrary/secrets/larger", &Value::Null, 404);
    daemon.stop().unwrap();
}
