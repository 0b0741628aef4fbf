//! Vault's key management engine: keys and mounts.

use super::fixture::{Answer, Fixture};
use serde_json::{Value, json};

struct Keymgmt(Fixture);

impl Keymgmt {
    async fn new() -> Self {
        Self(Fixture::new().await)
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.0.ask(method, &format!("/v1/{path}"), &body).await
    }

    /// Asks, and checks the status; answers `data`.
    async fn check(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let answer = self.ask(method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path} {body}\n{answer:#?}");
        answer.body["data"].clone()
    }

    /// Asks for something that is refused; answers why.
    async fn refusal(&self, method: &str, path: &str, body: &Value) -> String {
        let answer = self.ask(method, path, body).await;
        assert_eq!(answer.status, 400, "{method} {path} {body}\n{answer:#?}");
        answer.body["errors"][0].as_str().unwrap().to_owned()
    }

    async fn make(&self, name: &str) {
        self.check(
            "POST",
            &format!("keymgmt/key/{name}"),
            &json!({"type": "ecdsa-p256"}),
            204,
        )
        .await;
    }

    async fn read(&self, name: &str) -> Value {
        self.check("GET", &format!("keymgmt/key/{name}"), &Value::Null, 200)
            .await
    }
}

fn versions(key: &Value) -> Vec<&str> {
    let versions = key["versions"].as_object().unwrap();
    versions.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_key_lives_through_its_versions() {
    let keymgmt = Keymgmt::new().await;
    keymgmt.check("LIST", "keymgmt/key", &Value::Null, 404).await;
    keymgmt.check("GET", "keymgmt/key/app", &Value::Null, 404).await;
    keymgmt.make("app").await;
    let key = keymgmt.read("app").await;
    let first = &key["versions"]["1"];
    assert_eq!(
        key,
        json!({
            "name": "app", "type": "ecdsa-p256", "deletion_allowed": false, "latest_version": 1,
            "min_enabled_version": 1, "keys": {"1": first}, "versions": {"1": first},
        })
    );
    assert_eq!(first["creation_time"], "2026-11-21T00:00:00Z");
    let pem = first["public_key"].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n") && pem.ends_with("-----END PUBLIC KEY-----\n"));
    for method in ["PUT", "POST"] {
        keymgmt
            .check(method, "keymgmt/key/app/rotate", &Value::Null, 204)
            .await;
    }
    let rotated = keymgmt.read("app").await;
    assert_eq!(
        (&rotated["latest_version"], &rotated["versions"]["1"]),
        (&json!(3), first)
    );
    assert_ne!(rotated["versions"]["2"]["public_key"], first["public_key"]);
    for (method, path) in [
        ("LIST", "keymgmt/key"),
        ("GET", "keymgmt/key?list=true"),
        ("GET", "keymgmt/key/?list=1"),
    ] {
        assert_eq!(
            keymgmt.check(method, path, &Value::Null, 200).await["keys"],
            json!(["app"])
        );
    }
}

#[tokio::test]
async fn versions_are_switched_off_and_on() {
    let keymgmt = Keymgmt::new().await;
    keymgmt.make("app").await;
    keymgmt
        .check("PUT", "keymgmt/key/app/rotate", &Value::Null, 204)
        .await;
    for (least, shown, wanted) in [
        (json!(2), 2, vec!["2"]),
        (json!("0"), 0, vec!["1", "2"]),
        (json!(1), 1, vec!["1", "2"]),
    ] {
        keymgmt
            .check(
                "PUT",
                "keymgmt/key/app",
                &json!({"min_enabled_version": least}),
                204,
            )
            .await;
        let key = keymgmt.read("app").await;
        assert_eq!(
            (&key["min_enabled_version"], versions(&key)),
            (&json!(shown), wanted)
        );
    }
    let too_many = keymgmt
        .refusal("PUT", "keymgmt/key/app", &json!({"min_enabled_version": 3}))
        .await;
    assert!(too_many.contains("latest version is 2"), "{too_many}");
}

#[tokio::test]
async fn a_key_goes_when_that_is_allowed() {
    let mut keymgmt = Keymgmt::new().await;
    keymgmt.make("app").await;
    let refused = keymgmt.refusal("DELETE", "keymgmt/key/app", &Value::Null).await;
    assert!(refused.contains("deletion_allowed"), "{refused}");
    let before = keymgmt.read("app").await;
    keymgmt.0.restart();
    assert_eq!(keymgmt.read("app").await, before);
    keymgmt
        .check(
            "POST",
            "keymgmt/key/app",
            &json!({"deletion_allowed": "true"}),
            204,
        )
        .await;
    keymgmt
        .check("DELETE", "keymgmt/key/app", &Value::Null, 204)
        .await;
    keymgmt.check("GET", "keymgmt/key/app", &Value::Null, 404).await;
    keymgmt
        .check("DELETE", "keymgmt/key/app", &Value::Null, 404)
        .await;
    keymgmt
        .check("PUT", "keymgmt/key/app/rotate", &Value::Null, 404)
        .await;
    keymgmt.make("app").await;
    let again = keymgmt.read("app").await;
    assert_eq!(
        (&again["latest_version"], &again["deletion_allowed"]),
        (&json!(1), &json!(false))
    );
    assert_ne!(
        again["versions"]["1"]["public_key"],
        before["versions"]["1"]["public_key"]
    );
    let rows = keymgmt.0.bench.store.scan(b"secret/", None, 100).unwrap();
    assert_eq!(rows.len(), 3, "metadata, a version and what is beside them");
}

#[tokio::test]
async fn a_key_is_of_one_type() {
    let keymgmt = Keymgmt::new().await;
    let unknown = keymgmt
        .refusal("POST", "keymgmt/key/app", &json!({"type": "ed25519"}))
        .await;
    assert!(unknown.contains("unsupported key type"), "{unknown}");
    keymgmt
        .check("POST", "keymgmt/key/app", &json!({"type": "aes256-gcm96"}), 204)
        .await;
    let key = keymgmt.read("app").await;
    assert_eq!(key["type"], "aes256-gcm96");
    assert_eq!(
        key["versions"]["1"]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["creation_time"]
    );
    let other = keymgmt
        .refusal("POST", "keymgmt/key/app", &json!({"type": "rsa-2048"}))
        .await;
    assert!(other.contains("aes256-gcm96"), "{other}");
    keymgmt
        .check(
            "POST",
            "keymgmt/key/app",
            &json!({"type": "aes256-gcm96", "unknown": 1}),
            204,
        )
        .await;
    for body in [
        json!({"min_enabled_version": -1}),
        json!({"min_enabled_version": "x"}),
        json!({"deletion_allowed": "perhaps"}),
        json!([]),
    ] {
        keymgmt.refusal("POST", "keymgmt/key/app", &body).await;
    }
}

#[tokio::test]
async fn of_many_at_once_one_wins() {
    let keymgmt = std::sync::Arc::new(Keymgmt::new().await);
    keymgmt.make("raced").await;
    let rotations = (0..16).map(|_| {
        let keymgmt = keymgmt.clone();
        tokio::spawn(async move {
            let answer = keymgmt.ask("PUT", "keymgmt/key/raced/rotate", &Value::Null).await;
            assert!([204, 400].contains(&answer.status), "{answer:?}");
            u32::from(answer.status == 204)
        })
    });
    let mut done = 0;
    for rotation in rotations.collect::<Vec<_>>() {
        done += rotation.await.unwrap();
    }
    let key = keymgmt.read("raced").await;
    assert!(done >= 1);
    assert_eq!(
        key["latest_version"],
        json!(1 + done),
        "each that was acknowledged is there"
    );
    let creations = (0..16).map(|_| {
        let keymgmt = keymgmt.clone();
        let body = json!({"type": "ecdsa-p256"});
        tokio::spawn(async move { keymgmt.ask("POST", "keymgmt/key/new", &body).await.status })
    });
    for creation in creations.collect::<Vec<_>>() {
        assert_eq!(creation.await.unwrap(), 204, "it was there already, or is now");
    }
    assert_eq!(keymgmt.read("new").await["latest_version"], 1);
}

#[tokio::test]
async fn credentials_that_cannot_be_used_are_named() {
    let keymgmt = Keymgmt::new().await;
    let aws = |secret: &str| {
        json!({
            "provider": "awskms", "key_collection": "eu-central-1",
            "credentials": {"access_key": "AKIA", "secret_key": secret},
        })
    };
    for secret in ["…", "abc"] {
        let why = keymgmt.refusal("POST", "keymgmt/kms/aws", &aws(secret)).await;
        assert!(
            why.starts_with("secret_key has 3 bytes") && why.contains("40"),
            "{why}"
        );
    }
    keymgmt
        .check("POST", "keymgmt/kms/aws", &aws(&"s".repeat(40)), 204)
        .await;
}

#[tokio::test]
async fn each_mount_has_a_keyring() {
    let keymgmt = Keymgmt::new().await;
    let body = json!({"type": "keymgmt", "description": "Keys of a team."});
    let before = keymgmt.0.bench.hsm.keyring_count();
    keymgmt.check("POST", "sys/mounts/team/keys", &body, 204).await;
    assert_eq!(keymgmt.0.bench.hsm.keyring_count(), before + 1);
    keymgmt
        .check("POST", "team/keys/key/app", &json!({"type": "ecdsa-p256"}), 204)
        .await;
    keymgmt.make("app").await;
    assert_eq!(keymgmt.0.bench.hsm.keyring_count(), before + 2);
    let (one, other) = (
        keymgmt.check("GET", "team/keys/key/app", &Value::Null, 200).await,
        keymgmt.read("app").await,
    );
    assert_ne!(one["versions"], other["versions"]);
    let mounts = keymgmt.ask("GET", "sys/mounts", &Value::Null).await.body;
    for place in [&mounts, &mounts["data"]] {
        assert_eq!(place["team/keys/"]["description"], "Keys of a team.");
        assert_eq!(place["keymgmt/"]["type"], "keymgmt");
    }
    let mount = keymgmt
        .check("GET", "sys/mounts/team/keys", &Value::Null, 200)
        .await;
    assert_eq!(mount, mounts["data"]["team/keys/"]);
    keymgmt
        .check("DELETE", "sys/mounts/team/keys", &Value::Null, 204)
        .await;
    assert_eq!(keymgmt.0.bench.hsm.keyring_count(), before + 1);
    keymgmt.check("GET", "team/keys/key/app", &Value::Null, 404).await;
    keymgmt.refusal("GET", "sys/mounts/team/keys", &Value::Null).await;
}

#[tokio::test]
async fn a_path_is_mounted_once() {
    let keymgmt = Keymgmt::new().await;
    let body = json!({"type": "keymgmt"});
    keymgmt.check("POST", "sys/mounts/keymgmt", &body, 204).await;
    for path in [
        "keymgmt",
        "keymgmt/below",
        "secret",
        "sys/x",
        "auth",
        "ibmcloud/kv",
        "a//b",
        "a%20b",
        "..",
    ] {
        keymgmt
            .refusal("POST", &format!("sys/mounts/{path}"), &body)
            .await;
    }
    for body in [json!({}), json!({"type": "transit"})] {
        keymgmt.refusal("POST", "sys/mounts/x", &body).await;
    }
}

#[tokio::test]
async fn policies_decide() {
    let keymgmt = Keymgmt::new().await;
    keymgmt.make("app").await;
    let policy = r#"path "keymgmt/key/+" { capabilities = ["create", "read"] }"#;
    keymgmt
        .check("PUT", "sys/policies/acl/maker", &json!({ "policy": policy }), 204)
        .await;
    let made = keymgmt
        .ask("POST", "auth/token/create", &json!({"policies": ["maker"]}))
        .await;
    let token = made.body["auth"]["client_token"].as_str().unwrap();
    for (method, path, status) in [
        ("GET", "keymgmt/key/app", 200),
        ("POST", "keymgmt/key/new", 204),
        ("POST", "keymgmt/key/app", 403),
        ("DELETE", "keymgmt/key/app", 403),
        ("PUT", "keymgmt/key/app/rotate", 403),
        ("LIST", "keymgmt/key", 403),
        ("GET", "sys/mounts", 403),
        ("POST", "sys/mounts/x", 403),
    ] {
        let headers = [("x-vault-token", token)];
        let body = r#"{"type": "ecdsa-p256"}"#;
        let answer = keymgmt
            .0
            .ask_with(method, &format!("/v1/{path}"), body, &headers)
            .await;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
    }
    for (method, path, status) in [
        ("PATCH", "keymgmt/key/app", 405),
        ("GET", "keymgmt/key/app/rotate", 405),
        ("DELETE", "keymgmt/key", 405),
        ("GET", "keymgmt/nothing", 404),
        ("GET", "keymgmt", 404),
        ("GET", "keymgmtx/key/app", 404),
    ] {
        assert_eq!(
            keymgmt.ask(method, path, &Value::Null).await.status,
            status,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn a_blob_in_another_place_does_not_open() {
    let keymgmt = Keymgmt::new().await;
    keymgmt.make("one").await;
    keymgmt.make("two").await;
    let store = &keymgmt.0.bench.store;
    let rows = store.scan(b"secret/", None, 100).unwrap();
    let blob_of = |name: &str| {
        let name = format!("key/{name}\0");
        let found = rows.iter().find(|(key, _)| {
            let at = key
                .windows(name.len())
                .position(|window| window == name.as_bytes());
            at.is_some_and(|at| key.len() == at + name.len() + 4)
        });
        found.unwrap().clone()
    };
    let ((_, blob), (place, _)) = (blob_of("one"), blob_of("two"));
    let batch = crate::store::Batch::new().put(place, blob);
    store.commit(batch).await.unwrap();
    keymgmt.check("GET", "keymgmt/key/two", &Value::Null, 500).await;
    keymgmt.read("one").await;
}
