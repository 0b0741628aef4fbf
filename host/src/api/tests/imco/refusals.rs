use super::super::fixture::Fixture;
use super::NOBODY;
use serde_json::{Value, json};

#[tokio::test]
async fn wrong_fields_are_named() {
    let fixture = Fixture::new().await;
    let vault = fixture.active_vault().await;
    let new = fixture.new_vault("a").await;
    let with = |field: &str, value: Value| {
        let mut changed = new.clone();
        changed[field] = value;
        (
            "/v3/secret/key_vaults".to_owned(),
            changed.to_string(),
            field.to_owned(),
        )
    };
    let secrets = format!("{vault}/secrets");
    let secret = |body: &str, field: &str| (secrets.clone(), body.to_owned(), field.to_owned());
    for (path, body, field) in [
        with("name", Value::Null),
        with("name", " ".into()),
        with("name", "a".repeat(256).into()),
        with("key_vault_plan_id", NOBODY.into()),
        with("cloud_account_id", "x".into()),
        with("cloud_account_id", Value::Null),
        with("label_ids", json!([NOBODY])),
        with("desired_remote_id", "x".into()),
        secret("{}", "content"),
        secret(r#"{"name": "a"}"#, "content"),
        secret(r#"{"name": "a", "content": 5}"#, "content"),
        secret(r#"{"name": "a", "content": ""}"#, "content"),
        secret(r#"{"name": "a", "content": "\ud800"}"#, "content"),
        secret(
            r#"{"name": "a", "content": "?", "content_encoding": "base64"}"#,
            "content",
        ),
        secret(r#"{"content": "a"}"#, "name"),
        secret(
            r#"{"name": "a", "content": "a", "desired_remote_id": "a/b"}"#,
            "desired_remote_id",
        ),
    ] {
        let answer = fixture.ask("POST", &path, &body).await;
        assert_eq!(answer.status, 422, "{body} {answer:?}");
        assert!(answer.body["errors"][&field][0].is_string(), "{body} {answer:?}");
    }
}

#[tokio::test]
async fn other_refusals_are_a_sentence() {
    let fixture = Fixture::new().await;
    let vault = fixture.vault().await;
    let secrets = format!("{vault}/secrets");
    let secret = r#"{"name": "a", "content": "a"}"#;
    for (method, path, body, status) in [
        ("POST", "/v3/secret/key_vaults", "[]", 400),
        ("POST", "/v3/secret/key_vaults", "{", 400),
        ("POST", "/v3/secret/key_vaults", r#"{"name": 5}"#, 400),
        ("POST", &secrets, secret, 409),
        ("GET", "/v3/secret/nothing", "", 404),
        ("GET", "/v3/", "", 404),
        ("GET", &format!("/v3/secret/key_vaults/{NOBODY}"), "", 404),
        ("GET", &format!("/v3/secret/key_vaults/{NOBODY}/secrets"), "", 404),
        ("GET", &format!("/v3/secret/secrets/{NOBODY}"), "", 404),
        ("GET", &format!("/v3/secret/secrets/{NOBODY}/versions"), "", 404),
        ("GET", &format!("/secret/secret_versions/{NOBODY}"), "", 404),
        ("GET", "/secret/secret_versions/null", "", 404),
        ("DELETE", "/v3/secret/key_vaults", "", 405),
        ("PATCH", &vault, "", 405),
    ] {
        let answer = fixture.ask(method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path} {answer:?}");
        assert!(answer.body["error"].is_string(), "{method} {path} {answer:?}");
    }
    let allow = fixture.ask("DELETE", "/v3/secret/key_vaults", "").await.headers["allow"].clone();
    assert_eq!(allow, "GET, HEAD, POST");
}

#[tokio::test]
async fn values_have_a_greatest_length() {
    let fixture = Fixture::new().await;
    let vault = fixture.active_vault().await;
    let longest = "a".repeat(65_536);
    let secret = fixture.secret(&vault, &longest).await;
    assert_eq!(fixture.contents(&secret).await, [longest.as_bytes()]);
    let longer = json!({"content": "a".repeat(65_537)}).to_string();
    let answer = fixture.ask("POST", &format!("{secret}/versions"), &longer).await;
    assert_eq!(answer.status, 422);
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_and_few_with_one() {
    let fixture = Fixture::new().await;
    let vault = fixture.active_vault().await;
    let secret = fixture.secret(&vault, "a").await;
    for headers in [&[][..], &[("authorization", "Bearer nonsense")][..]] {
        let answer = fixture.ask_with("GET", &vault, "", headers).await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert!(answer.body["error"].is_string(), "{answer:?}");
    }
    let id = vault.rsplit('/').next().unwrap();
    let policy = format!(r#"path "imco/key_vaults/{id}/*" {{ capabilities = ["read"] }}"#);
    let policy = json!({ "policy": policy }).to_string();
    fixture.ask("PUT", "/v1/sys/policies/acl/app", &policy).await;
    let made = fixture
        .ask("POST", "/v1/auth/token/create", r#"{"policies": ["app"]}"#)
        .await;
    let token = made.body["auth"]["client_token"].as_str().unwrap().to_owned();
    let other = format!("/v3/secret/secrets/{NOBODY}");
    for (method, path, status) in [
        ("GET", secret.as_str(), 200),
        ("DELETE", &secret, 403),
        ("GET", "/v3/secret/key_vaults", 403),
        ("GET", &vault, 403),
        ("GET", &other, 403),
    ] {
        let answer = fixture
            .ask_with(method, path, "", &[("x-vault-token", &token)])
            .await;
        assert_eq!(answer.status, status, "{method} {path} {answer:?}");
    }
}

#[tokio::test]
async fn what_vaults_are_made_of_can_be_looked_up() {
    let fixture = Fixture::new().await;
    let providers = fixture.ask("GET", "/v3/cloud/cloud_providers", "").await.body;
    let provider = providers[0]["id"].as_str().unwrap();
    let realms = format!("/v3/cloud/cloud_providers/{provider}/realms");
    let realm = fixture.ask("GET", &realms, "").await.body[0].clone();
    let plans = format!("/v3/cloud/cloud_providers/{provider}/key_vault_plans");
    let plan = fixture.ask("GET", &plans, "").await.body[0].clone();
    let account = fixture.ask("GET", "/v3/settings/cloud_accounts", "").await.body[0].clone();
    assert_eq!(plan["realm_id"], realm["id"]);
    for (path, thing) in [
        ("cloud/realms", realm),
        ("secret/key_vault_plans", plan),
        ("settings/cloud_accounts", account),
    ] {
        let path = format!("/v3/{path}/{}", thing["id"].as_str().unwrap());
        fixture.check("GET", &path, "", 200, thing).await;
    }
    fixture
        .check("GET", "/v3/ping", "", 200, json!({"status": "ok"}))
        .await;
    fixture.check("GET", "/v3/labels", "", 200, json!([])).await;
}
