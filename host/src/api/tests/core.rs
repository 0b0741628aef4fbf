//! What Vault's core does around every request: wrapping, sealing, namespaces.

use super::fixture::{Answer, Fixture};
use serde_json::{Value, json};

const SECRET: &str = r#"{"data": {"a": "b"}}"#;

async fn wrapped(fixture: &Fixture, ttl: &str) -> Answer {
    fixture.ask("POST", "data/wrapped", SECRET).await;
    let headers = [
        ("x-vault-token", fixture.token.as_str()),
        ("x-vault-wrap-ttl", ttl),
    ];
    fixture.ask_with("GET", "data/wrapped", "", &headers).await
}

async fn open(fixture: &Fixture, what: &str, token: &str) -> Answer {
    let body = json!({ "token": token }).to_string();
    fixture
        .ask_with("POST", &format!("/v1/sys/wrapping/{what}"), &body, &[])
        .await
}

fn token(answer: &Answer) -> String {
    answer.body["wrap_info"]["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_wrapped_answer_is_given_out_once() {
    let mut fixture = Fixture::new().await;
    let answer = wrapped(&fixture, "60").await;
    assert_eq!((answer.status, &answer.body["data"]), (200, &Value::Null));
    let info = &answer.body["wrap_info"];
    assert_eq!(
        (&info["ttl"], info["token"].as_str().unwrap().starts_with("hvs.")),
        (&json!(60), true)
    );
    assert!(
        info["creation_path"]
            .as_str()
            .unwrap()
            .ends_with("secret/data/wrapped")
    );
    let token = token(&answer);
    fixture.restart();
    let looked = open(&fixture, "lookup", &token).await;
    assert_eq!(looked.body["data"]["creation_ttl"], 60);
    let rewrapped = open(&fixture, "rewrap", &token).await;
    assert_eq!(
        open(&fixture, "unwrap", &token).await.status,
        400,
        "another token has it now"
    );
    let token = self::token(&rewrapped);
    let first = open(&fixture, "unwrap", &token).await;
    assert_eq!(
        (first.status, &first.body["data"]["data"]["a"]),
        (200, &json!("b"))
    );
    let second = open(&fixture, "unwrap", &token).await;
    assert_eq!(second.status, 400);
    assert!(
        second.body["errors"][0]
            .as_str()
            .unwrap()
            .contains("not valid or does not exist")
    );
}

#[tokio::test]
async fn a_wrapped_answer_ends() {
    let fixture = Fixture::new().await;
    let token = token(&wrapped(&fixture, "1m").await);
    fixture.bench.clock.advance_secs(60);
    for what in ["lookup", "unwrap", "rewrap"] {
        assert_eq!(open(&fixture, what, &token).await.status, 400, "{what}");
    }
    for bad in ["-1", "x", "33d"] {
        assert_eq!(wrapped(&fixture, bad).await.status, 400, "{bad}");
    }
    assert_eq!(wrapped(&fixture, "0").await.body["data"]["data"]["a"], "b");
}

#[tokio::test]
async fn refusals_are_not_wrapped() {
    let fixture = Fixture::new().await;
    let headers = [
        ("x-vault-token", fixture.token.as_str()),
        ("x-vault-wrap-ttl", "60"),
    ];
    let answer = fixture.ask_with("GET", "data/none", "", &headers).await;
    assert_eq!((answer.status, &answer.body["wrap_info"]), (404, &Value::Null));
    let own = fixture
        .ask_with("POST", "/v1/sys/wrapping/wrap", r#"{"mine": 1}"#, &headers)
        .await;
    let opened = open(&fixture, "unwrap", &token(&own)).await;
    assert_eq!(opened.body["data"], json!({"mine": 1}));
    let unwrapped = fixture.ask("POST", "/v1/sys/wrapping/wrap", "{}").await;
    assert_eq!(unwrapped.status, 400, "it takes the header");
    assert_eq!(
        fixture.ask("GET", "/v1/sys/wrapping/unwrap", "").await.status,
        405
    );
}

#[tokio::test]
async fn there_is_one_namespace() {
    let fixture = Fixture::new().await;
    for (namespace, status) in [("", 200), ("root", 200), ("/", 200), ("team/", 400)] {
        let headers = [
            ("x-vault-token", fixture.token.as_str()),
            ("x-vault-namespace", namespace),
        ];
        let answer = fixture
            .ask_with("GET", "/v1/auth/token/lookup-self", "", &headers)
            .await;
        assert_eq!(answer.status, status, "{namespace:?}");
    }
}

#[tokio::test]
async fn sealed_it_serves_nothing_until_the_officer_comes() {
    let mut fixture = Fixture::new().await;
    fixture.ask("POST", "data/a", SECRET).await;
    assert_eq!(fixture.ask("PUT", "/v1/sys/seal", "").await.status, 204);
    fixture.restart();
    for (method, path) in [
        ("GET", "data/a"),
        ("GET", "/v1/auth/token/lookup-self"),
        ("PUT", "/v1/sys/seal"),
    ] {
        let answer = fixture.ask(method, path, "").await;
        assert_eq!(
            (answer.status, &answer.body["errors"]),
            (503, &json!(["Vault is sealed"])),
            "{path}"
        );
    }
    assert_eq!(
        fixture.ask_with("GET", "/v1/sys/health", "", &[]).await.status,
        503
    );
    let status = fixture.ask_with("GET", "/v1/sys/seal-status", "", &[]).await;
    assert_eq!((status.status, &status.body["sealed"]), (200, &json!(true)));
    let unseal = async |body: &str| fixture.ask_with("PUT", "/v1/sys/unseal", body, &[]).await;
    for bad in [r#"{"key": "wrong"}"#, r#"{"key": ""}"#, "{}"] {
        assert_eq!(unseal(bad).await.status, 400, "{bad}");
    }
    assert_eq!(unseal(r#"{"reset": true}"#).await.body["sealed"], true);
    let opened = unseal(r#"{"key": "the officer PIN"}"#).await;
    assert_eq!((opened.status, &opened.body["sealed"]), (200, &json!(false)));
    assert_eq!(fixture.ask("GET", "data/a", "").await.status, 200);
}
