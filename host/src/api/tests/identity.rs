//! The built-in identity provider, asked as IBM's is.

use super::fixture::{Answer, Fixture};
use crate::auth::iam::Algorithm;
use crate::config::IbmSettings;
use crate::engine::secret::Patching;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

const GRANT: &str = "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey";
const DAY: i64 = 24 * 3600;

struct Identity(Fixture);

impl Identity {
    async fn new() -> Self {
        let settings = IbmSettings {
            identity_algorithm: Algorithm::Es256,
            ..IbmSettings::default()
        };
        Self(Fixture::with(Patching::KeepsVersion, settings).await)
    }

    async fn manage(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let answer = self.0.ask(method, path, &body.to_string()).await;
        assert_eq!(answer.status, status, "{method} {path} {body}: {answer:#?}");
        answer.body
    }

    async fn service_id(&self, roles: Value) -> Value {
        let body = json!({"name": "app", "description": "An app.", "roles": roles});
        self.manage("POST", "/v1/serviceids", &body, 201).await
    }

    async fn api_key(&self, service: &Value) -> Value {
        let body = json!({"name": "key", "iam_id": service["iam_id"]});
        self.manage("POST", "/v1/apikeys", &body, 201).await
    }

    /// Sends a form.
    async fn token(&self, form: &str) -> Answer {
        self.0.ask_with("POST", "/identity/token", form, &[]).await
    }

    /// The token for an API key.
    async fn exchange(&self, key: &Value) -> String {
        let text = key["apikey"].as_str().unwrap();
        let answer = self.token(&format!("{GRANT}&apikey={text}")).await;
        assert_eq!(answer.status, 200, "{answer:#?}");
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    async fn keys(&self) -> Vec<Value> {
        let answer = self.0.ask_with("GET", "/identity/keys", "", &[]).await;
        answer.body["keys"].as_array().unwrap().clone()
    }

    async fn login(&self, token: &str) -> Answer {
        let body = json!({"token": token}).to_string();
        self.0
            .ask_with("PUT", "/v1/auth/ibmcloud/login", &body, &[])
            .await
    }
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn kid(token: &str) -> String {
    part(token, 0)["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_api_key_becomes_a_token_and_a_login() {
    let identity = Identity::new().await;
    let service = identity.service_id(json!([{"role": "SecretsReader"}])).await;
    let key = identity.api_key(&service).await;
    assert_eq!(key["apikey"].as_str().unwrap().len(), 44);
    let answer = identity
        .token(&format!(
            "{GRANT}&apikey={}&response_type=cloud_iam",
            key["apikey"].as_str().unwrap()
        ))
        .await;
    let token = answer.body["access_token"].as_str().unwrap();
    let (header, claims) = (part(token, 0), part(token, 1));
    let now = claims["iat"].as_i64().unwrap();
    assert_eq!(
        answer.body,
        json!({
            "access_token": token, "refresh_token": "not_supported", "token_type": "Bearer", "expires_in": 3600,
            "expiration": now + 3600, "scope": "ibm openid",
        })
    );
    let (id, iam_id) = (&service["id"], &service["iam_id"]);
    assert_eq!(
        claims,
        json!({
            "iam_id": iam_id, "id": iam_id, "realmid": "iam", "jti": claims["jti"], "identifier": id, "name": "app",
            "sub": id, "sub_type": "ServiceId",
            "authn": {"sub": id, "iam_id": iam_id, "sub_type": "ServiceId", "name": "app"},
            "account": {"valid": true, "bss": "0".repeat(32), "frozen": true},
            "iat": now, "exp": now + 3600, "iss": "http://127.0.0.1:8200/identity",
            "grant_type": "urn:ibm:params:oauth:grant-type:apikey", "scope": "ibm openid", "client_id": "default",
            "acr": 1, "amr": ["pwd"],
        })
    );
    let keys = identity.keys().await;
    assert_eq!(
        (&header["kid"], &header["alg"]),
        (&keys[0]["kid"], &json!("ES256"))
    );
    let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(keys[0][name].as_str().unwrap()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .unwrap();
    let login = identity.login(token).await;
    assert_eq!(login.status, 200, "{login:#?}");
    let auth = &login.body["auth"];
    assert_eq!(auth["policies"], json!(["default", "instance-secretsreader"]));
    assert_eq!(
        (&auth["metadata"]["user"], &auth["metadata"]["name"]),
        (iam_id, &json!("app"))
    );
}

#[tokio::test]
async fn roles_can_be_of_one_group() {
    let identity = Identity::new().await;
    let group = "2bcaa289-5d38-aa57-910d-970e418ab1b3";
    let service = identity
        .service_id(json!([{"role": "writer", "group": group}, {"role": "Reader"}]))
        .await;
    let token = identity.exchange(&identity.api_key(&service).await).await;
    let login = identity.login(&token).await;
    let wanted = json!(["default", format!("group-{group}-writer"), "instance-reader"]);
    assert_eq!(login.body["auth"]["policies"], wanted);
    let none = identity.service_id(json!([])).await;
    let token = identity.exchange(&identity.api_key(&none).await).await;
    assert_eq!(identity.login(&token).await.status, 403);
}

#[tokio::test]
async fn what_was_deleted_is_refused_at_once() {
    let identity = Identity::new().await;
    let service = identity.service_id(json!([{"role": "Reader"}])).await;
    let (one, other) = (identity.api_key(&service).await, identity.api_key(&service).await);
    let token = identity.exchange(&one).await;
    let delete = |path: &str, id: &Value| format!("/v1/{path}/{}", id.as_str().unwrap());
    identity
        .manage("DELETE", &delete("apikeys", &one["id"]), &Value::Null, 204)
        .await;
    let form = |key: &Value| format!("{GRANT}&apikey={}", key["apikey"].as_str().unwrap());
    let refused = identity.token(&form(&one)).await;
    assert_eq!(
        (
            refused.status,
            &refused.body["errorCode"],
            &refused.body["errorMessage"]
        ),
        (
            400,
            &json!("BXNIM0415E"),
            &json!("Provided API key could not be found.")
        )
    );
    assert_eq!(identity.login(&token).await.status, 200);
    identity.exchange(&other).await;
    identity
        .manage("DELETE", &delete("serviceids", &service["id"]), &Value::Null, 204)
        .await;
    assert_eq!(identity.token(&form(&other)).await.status, 400);
    assert_eq!(identity.login(&token).await.status, 403);
    let left = identity.manage("GET", "/v1/apikeys", &Value::Null, 200).await;
    assert_eq!(left["apikeys"], json!([]));
    identity
        .manage("DELETE", &delete("serviceids", &service["id"]), &Value::Null, 404)
        .await;
}

#[tokio::test]
async fn forms_that_ask_for_nothing_are_refused() {
    let identity = Identity::new().await;
    for (form, code, details) in [
        (
            "",
            "BXNIM0109E",
            json!("Property 'grant_type' either missing or empty."),
        ),
        (
            "apikey=x",
            "BXNIM0109E",
            json!("Property 'grant_type' either missing or empty."),
        ),
        (
            GRANT,
            "BXNIM0109E",
            json!("Property 'apikey' either missing or empty."),
        ),
        (
            "grant_type=password&apikey=x",
            "unsupported_grant_type",
            Value::Null,
        ),
    ] {
        let answer = identity.token(form).await;
        assert_eq!((answer.status, &answer.body["errorCode"]), (400, &json!(code)));
        assert_eq!(answer.body["errorDetails"], details);
        assert!(answer.body["context"]["requestId"].is_string());
    }
    for text in ["x", &"x".repeat(44), "%00", "'"] {
        let answer = identity.token(&format!("{GRANT}&apikey={text}")).await;
        assert_eq!(
            (answer.status, &answer.body["errorCode"]),
            (400, &json!("BXNIM0415E"))
        );
    }
    assert!(
        identity.0.bench.hsm.keyring_count() == 1,
        "nobody needed a signing key yet"
    );
    for (method, path, status) in [
        ("GET", "/identity/token", 405),
        ("POST", "/identity/keys", 405),
        ("GET", "/identity/x", 404),
    ] {
        assert_eq!(
            identity.0.ask_with(method, path, "", &[]).await.status,
            status,
            "{path}"
        );
    }
}

#[tokio::test]
async fn keys_rotate_before_they_sign() {
    let identity = Identity::new().await;
    let service = identity.service_id(json!([{"role": "Reader"}])).await;
    let key = identity.api_key(&service).await;
    let clock = &identity.0.bench.clock;
    let first = identity.exchange(&key).await;
    clock.advance_secs(60);
    let rotated = identity
        .manage("POST", "/v1/sys/iam/rotate-keys", &Value::Null, 200)
        .await;
    assert_eq!(rotated["keys"].as_array().unwrap().len(), 2);
    assert_eq!(kid(&identity.exchange(&key).await), kid(&first));
    clock.advance_secs(600);
    let second = identity.exchange(&key).await;
    assert_eq!(
        json!(kid(&second)),
        rotated["keys"][1]["kid"],
        "it has been published for ten minutes"
    );
    assert_eq!(identity.login(&first).await.status, 200);
    assert_eq!(identity.login(&second).await.status, 200);
    clock.advance_secs(31 * DAY);
    let third = identity.exchange(&key).await;
    assert_eq!(kid(&third), kid(&second), "nobody waits for the next key");
    while identity.keys().await.len() < 3 {
        tokio::task::yield_now().await;
    }
    for _ in 0..2 {
        clock.advance_secs(1);
        identity
            .manage("POST", "/v1/sys/iam/rotate-keys", &Value::Null, 200)
            .await;
    }
    let kids: Vec<_> = identity
        .keys()
        .await
        .iter()
        .map(|key| key["kid"].clone())
        .collect();
    assert_eq!(kids.len(), 3);
    assert!(!kids.contains(&json!(kid(&first))) && !kids.contains(&json!(kid(&second))));
    assert_eq!(identity.login(&third).await.status, 400, "its key is gone");
}

#[tokio::test]
async fn a_restart_finds_everything() {
    let mut identity = Identity::new().await;
    let service = identity.service_id(json!([{"role": "Reader"}])).await;
    let key = identity.api_key(&service).await;
    let token = identity.exchange(&key).await;
    let keys = identity.keys().await;
    identity.0.restart();
    assert_eq!(identity.keys().await, keys);
    assert_eq!(identity.login(&token).await.status, 200);
    assert_eq!(kid(&identity.exchange(&key).await), kid(&token));
    let listed = identity.manage("GET", "/v1/serviceids", &Value::Null, 200).await;
    assert_eq!(listed["serviceids"], json!([service]));
}

#[tokio::test]
async fn the_store_holds_no_api_key() {
    let identity = Identity::new().await;
    let service = identity.service_id(json!([])).await;
    let key = identity.api_key(&service).await;
    let text = key["apikey"].as_str().unwrap().as_bytes();
    let rows = identity.0.bench.store.scan(b"", None, 10_000).unwrap();
    assert!(rows.len() > 3);
    let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(!rows.iter().any(|(key, value)| holds(key) || holds(value)));
    let seen = identity
        .manage(
            "GET",
            &format!("/v1/apikeys/{}", key["id"].as_str().unwrap()),
            &Value::Null,
            200,
        )
        .await;
    assert_eq!(seen["apikey"], "");
}

#[tokio::test]
async fn only_who_may_manages_identities() {
    let identity = Identity::new().await;
    for (method, path) in [
        ("GET", "/v1/serviceids"),
        ("POST", "/v1/serviceids"),
        ("DELETE", "/v1/serviceids/x"),
        ("GET", "/v1/apikeys"),
        ("POST", "/v1/apikeys"),
        ("POST", "/v1/sys/iam/rotate-keys"),
    ] {
        assert_eq!(identity.0.ask_with(method, path, "{}", &[]).await.status, 401);
        let child = identity
            .0
            .ask("POST", "/v1/auth/token/create", r#"{"policies":["default"]}"#)
            .await;
        let token = child.body["auth"]["client_token"].as_str().unwrap();
        let refused = identity
            .0
            .ask_with(method, path, "{}", &[("x-vault-token", token)])
            .await;
        assert_eq!(refused.status, 403, "{method} {path}");
        assert!(refused.body["errors"][0]["message"].is_string());
    }
}

#[tokio::test]
async fn wrong_requests_are_named() {
    let identity = Identity::new().await;
    for (path, body) in [
        ("serviceids", json!({})),
        ("serviceids", json!({"name": ""})),
        ("serviceids", json!({"name": "a", "account_id": "other"})),
        ("serviceids", json!({"name": "a", "roles": [{"role": "King"}]})),
        ("apikeys", json!({"name": "a"})),
    ] {
        let answer = identity.manage("POST", &format!("/v1/{path}"), &body, 400).await;
        assert_eq!(answer["status_code"], "400");
    }
    let nobody = json!({"name": "a", "iam_id": "iam-ServiceId-2bcaa289-5d38-aa57-910d-970e418ab1b3"});
    identity.manage("POST", "/v1/apikeys", &nobody, 404).await;
    identity.manage("PATCH", "/v1/apikeys", &nobody, 405).await;
    identity
        .manage("GET", "/v1/sys/iam/rotate-keys", &Value::Null, 405)
        .await;
}

#[tokio::test]
async fn a_backend_without_keys_says_so() {
    // The stand-in device makes no RSA keys.
    let identity = Identity(Fixture::new().await);
    let answer = identity.0.ask_with("GET", "/identity/keys", "", &[]).await;
    assert_eq!(answer.status, 501);
    let text = answer.body["errorMessage"].as_str().unwrap();
    assert!(text.contains("can't make keys"), "{text}");
}
