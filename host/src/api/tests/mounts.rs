//! Key management's mounts, where clients do what they do everywhere: wrap answers, name namespaces, and go at once.

use super::fixture::{Answer, Fixture};
use serde_json::{Value, json};
use std::sync::Arc;

async fn ask(fixture: &Fixture, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    fixture.ask(method, &format!("/v1/{path}"), &body).await
}

async fn mounted(fixture: &Fixture, path: &str) {
    let mount = format!("sys/mounts/{path}");
    for (method, path, body) in [
        ("POST", mount.as_str(), json!({"type": "keymgmt"})),
        ("POST", &format!("{path}/key/app"), json!({"type": "ecdsa-p256"})),
    ] {
        let answer = ask(fixture, method, path, &body).await;
        assert_eq!(answer.status, 204, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn a_keys_answer_is_wrapped() {
    let fixture = Fixture::new().await;
    mounted(&fixture, "team/keys").await;
    let plain = ask(&fixture, "GET", "team/keys/key/app", &Value::Null).await;
    let headers = [
        ("x-vault-token", fixture.token.as_str()),
        ("x-vault-wrap-ttl", "60s"),
    ];
    let wrapped = fixture
        .ask_with("GET", "/v1/team/keys/key/app", "", &headers)
        .await;
    let info = &wrapped.body["wrap_info"];
    assert_eq!(
        (&wrapped.body["data"], &info["creation_path"]),
        (&Value::Null, &json!("team/keys/key/app"))
    );
    let token = json!({ "token": info["token"] }).to_string();
    let opened = fixture
        .ask_with("POST", "/v1/sys/wrapping/unwrap", &token, &[])
        .await;
    assert_eq!(opened.body["data"], plain.body["data"]);
    let nothing = fixture
        .ask_with("PUT", "/v1/team/keys/key/app/rotate", "", &headers)
        .await;
    assert_eq!(nothing.status, 204, "what says nothing is not wrapped");
}

#[tokio::test]
async fn keys_are_in_the_root_namespace() {
    let fixture = Fixture::new().await;
    mounted(&fixture, "team").await;
    for (namespace, status) in [("root", 200), ("/", 200), ("team", 400), ("a/b/", 400)] {
        let headers = [
            ("x-vault-token", fixture.token.as_str()),
            ("x-vault-namespace", namespace),
        ];
        let answer = fixture.ask_with("GET", "/v1/team/key/app", "", &headers).await;
        assert_eq!(answer.status, status, "{namespace:?}");
        if status == 400 {
            let why = answer.body["errors"][0].as_str().unwrap();
            assert!(why.contains("namespace"), "{why}");
        }
    }
}

/// Those who change keys, and one who takes the mount away.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mount_goes_with_its_keys_or_stays_with_them() {
    let fixture = Arc::new(Fixture::new().await);
    let before = fixture.bench.hsm.keyring_count();
    for round in 0..30 {
        let mount = format!("mount{round}");
        mounted(&fixture, &mount).await;
        let rotate = ("PUT", format!("{mount}/key/app/rotate"));
        let asked = [
            rotate.clone(),
            rotate.clone(),
            ("DELETE", format!("sys/mounts/{mount}")),
            rotate,
        ];
        let answers = asked.map(|(method, path)| {
            let fixture = fixture.clone();
            tokio::spawn(async move { ask(&fixture, method, &path, &Value::Null).await })
        });
        let mut answered = Vec::new();
        for answer in answers {
            answered.push(answer.await.unwrap());
        }
        let unmounted = answered.remove(2);
        let rotated = answered.iter().filter(|answer| answer.status == 204).count();
        let key = ask(&fixture, "GET", &format!("{mount}/key/app"), &Value::Null).await;
        if unmounted.status == 204 {
            assert_eq!((key.status, fixture.bench.hsm.keyring_count()), (404, before));
            let left = fixture.bench.store.scan(b"secret/", None, 1).unwrap();
            assert!(left.is_empty(), "{left:?}");
            continue;
        }
        let why = unmounted.body["errors"][0].as_str().unwrap();
        assert!(
            unmounted.status == 400 && why.contains("another request"),
            "{why}"
        );
        assert_eq!(key.body["data"]["latest_version"], 1 + rotated);
        let again = ask(&fixture, "DELETE", &format!("sys/mounts/{mount}"), &Value::Null).await;
        assert_eq!(again.status, 204);
    }
}
