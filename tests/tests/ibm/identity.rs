//! From an API key to a secret, with nobody's identity provider but our own.

use crate::client::{Client, start_with};
use crate::provider::{Iam, ask, token};
use casemate_tests::daemon::Daemon;
use serde_json::{Value, json};
use std::path::Path;

fn login(daemon: &Daemon, token: &str) -> (u16, Value) {
    let mut nobody = Client::connect(daemon, "").unwrap();
    let reply = nobody
        .ask("PUT", "auth/ibmcloud/login", &json!({ "token": token }))
        .unwrap();
    (reply.status, reply.json())
}

#[test]
fn an_api_key_leads_to_a_secret_until_it_is_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    let iam = Iam(directory.path());
    let mut root = Client::connect(&daemon, daemon.token()).unwrap();
    let secret = json!({"name": "database", "payload": "s3cret"});
    root.data("POST", "ibmcloud/arbitrary/secrets", &secret, 200);
    let key = iam.api_key("app", "SecretsReader");
    let access = token(&daemon, &key);
    let (status, body) = login(&daemon, &access);
    assert_eq!(status, 200, "{body}");
    let client_token = body["auth"]["client_token"].as_str().unwrap();
    let mut app = Client::connect(&daemon, client_token).unwrap();
    let read = app.data("GET", "ibmcloud/arbitrary/secrets/database", &Value::Null, 200);
    assert_eq!(read["secret_data"]["payload"], "s3cret");
    app.data("POST", "ibmcloud/arbitrary/secrets", &secret, 403);
    assert_eq!(iam.json(&["service-ids"])[0]["name"], "app");
    assert_eq!(
        iam.json(&["service-api-keys", "app"])[0]["apikey"],
        "",
        "nobody sees it again"
    );
    iam.json(&["service-api-key-delete", "first", "app"]);
    let refused = ask(&daemon, &key);
    assert_eq!(
        (refused.status, &refused.json()["errorCode"]),
        (400, &json!("BXNIM0415E"))
    );
    iam.json(&["service-id-delete", "app"]);
    assert_eq!(
        login(&daemon, &access).0,
        403,
        "its token is good for an hour, but not here"
    );
    assert!(!iam.run(&["service-id", "app"]).status.success());
    daemon.stop().unwrap();
}

/// A daemon that trusts another one's identity provider.
fn trusting(data: &Path, issuer: &str) -> Daemon {
    let settings = format!(
        "[ibm.identity]\nalgorithm = 'ES256'\n\
         [[ibm.issuer]]\nissuer = '{issuer}'\njwks = '{issuer}/keys'\n\
         [[ibm.role]]\nclaim = 'sub_type'\nvalue = 'ServiceId'\nrole = 'Reader'\n"
    );
    start_with(data, &settings)
}

#[test]
fn a_daemon_trusts_the_provider_of_another() {
    let directory = tempfile::tempdir().unwrap();
    let (ours, theirs) = (directory.path().join("ours"), directory.path().join("theirs"));
    let provider = Daemon::start(&theirs, "sim:").unwrap();
    let address = provider.address().to_owned();
    let issuer = format!("http://{address}/identity");
    let iam = Iam(&theirs);
    let access = token(&provider, &iam.api_key("app", "Manager"));
    let daemon = trusting(&ours, &issuer);
    let (status, body) = login(&daemon, &access);
    assert_eq!(status, 200, "{body}");
    // Of the other daemon's roles this one knows nothing.
    assert_eq!(body["auth"]["policies"], json!(["default", "instance-reader"]));
    let own = token(&daemon, &Iam(&ours).api_key("own", "Writer"));
    assert_eq!(login(&daemon, &own).0, 200);
    assert_eq!(
        login(&provider, &own).0,
        400,
        "nobody has told that daemon of this one"
    );
    provider.kill().unwrap();
    assert_eq!(
        login(&daemon, &access).0,
        200,
        "its keys count for a while when it does not answer"
    );
    daemon.stop().unwrap();
    let daemon = trusting(&ours, &issuer);
    assert_eq!(login(&daemon, &access).0, 503, "they are not known any more");
    daemon.stop().unwrap();
}
