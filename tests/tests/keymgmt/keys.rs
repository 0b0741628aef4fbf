use casemate_tests::daemon::Daemon;
use casemate_tests::http::Connection;
use casemate_tests::openssl::OpenSsl;
use serde_json::{Value, json};

/// Type, and what OpenSSL says of its public keys; nothing for a secret key.
const TYPES: [(&str, &str); 5] = [
    ("aes256-gcm96", ""),
    ("rsa-2048", "Public-Key: (2048 bit)"),
    ("ecdsa-p256", "NIST CURVE: P-256"),
    ("ecdsa-p384", "NIST CURVE: P-384"),
    ("ecdsa-p521", "NIST CURVE: P-521"),
];

pub(crate) fn ask(daemon: &Daemon, method: &str, path: &str, body: &Value, status: u16) -> Value {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let headers = format!("X-Vault-Token: {}\r\n", daemon.token());
    let mut connection = Connection::open(daemon.address()).unwrap();
    let reply = connection
        .request(method, &format!("/v1/{path}"), &headers, body.as_bytes())
        .unwrap();
    assert_eq!(reply.status, status, "{method} {path}: {}", reply.json());
    reply.json()["data"].clone()
}

#[test]
fn keys_of_every_type_outlive_the_daemon() {
    let directory = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    let openssl = OpenSsl::default();
    ask(
        &daemon,
        "POST",
        "sys/mounts/team",
        &json!({"type": "keymgmt"}),
        204,
    );
    for (name, said) in TYPES {
        let path = format!("team/key/{name}");
        ask(&daemon, "POST", &path, &json!({ "type": name }), 204);
        let key = ask(&daemon, "GET", &path, &Value::Null, 200);
        assert_eq!(key["type"], name);
        match key["versions"]["1"]["public_key"].as_str() {
            None => assert_eq!(said, "", "{key}"),
            Some(pem) => {
                let text = openssl.public_text(pem);
                assert!(text.contains(said), "{name}: {text}");
            }
        }
    }
    ask(&daemon, "PUT", "team/key/ecdsa-p256/rotate", &Value::Null, 204);
    let before: Vec<_> = TYPES
        .iter()
        .map(|(name, _)| ask(&daemon, "GET", &format!("team/key/{name}"), &Value::Null, 200))
        .collect();
    daemon.kill().unwrap();
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    for ((name, _), before) in TYPES.iter().zip(&before) {
        let after = ask(&daemon, "GET", &format!("team/key/{name}"), &Value::Null, 200);
        assert_eq!(after, *before);
    }
    ask(
        &daemon,
        "PUT",
        "team/key/aes256-gcm96",
        &json!({"deletion_allowed": true}),
        204,
    );
    ask(&daemon, "DELETE", "team/key/aes256-gcm96", &Value::Null, 204);
    ask(&daemon, "GET", "team/key/aes256-gcm96", &Value::Null, 404);
    ask(&daemon, "DELETE", "sys/mounts/team", &Value::Null, 204);
    ask(&daemon, "GET", "team/key/ecdsa-p256", &Value::Null, 404);
    daemon.stop().unwrap();
}
