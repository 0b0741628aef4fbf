//! IBM's dialect: every row of the contract, over the real engine, store and tokens.

mod certificates;
mod expiry;
mod groups;
mod iam_credentials;
mod kv;
mod lists;
mod locks;
mod login;
mod private;
mod race;
mod refusals;
mod roles;
mod rotation;
mod secrets;

use super::fixture::{Answer, Fixture};
use crate::auth::iam::testing::TestIssuer;
use crate::auth::iam::{Grant, GrantTo, Role, Scope};
use crate::config::IbmSettings;
use crate::engine::clock::Clock;
use crate::engine::secret::Patching;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The APIs, an issuer, and a token for each role.
struct Ibm {
    fixture: Fixture,
    issuer: TestIssuer,
    tokens: BTreeMap<Role, String>,
}

impl Ibm {
    async fn new() -> Self {
        Self::with(IbmSettings::default()).await
    }

    /// With these settings, an issuer and its roles beside.
    async fn with(mut settings: IbmSettings) -> Self {
        let issuer = TestIssuer::new();
        let grants = Role::ALL.map(|role| Grant {
            to: GrantTo::IamId(iam_id(role)),
            role,
            scope: Scope::Instance,
        });
        settings.issuers.push(issuer.settings());
        settings.grants.extend(grants);
        let mut ibm = Self {
            fixture: Fixture::with(Patching::KeepsVersion, settings).await,
            issuer,
            tokens: BTreeMap::new(),
        };
        for role in Role::ALL {
            let login = json!({"token": ibm.jwt(&iam_id(role))}).to_string();
            let answer = ibm
                .fixture
                .ask_with("PUT", "/v1/auth/ibmcloud/login", &login, &[])
                .await;
            let token = answer.body["auth"]["client_token"].as_str();
            ibm.tokens
                .insert(role, token.unwrap_or_else(|| panic!("{answer:?}")).into());
        }
        ibm
    }

    /// With the root token for a manager's: it outlives every change of the clock.
    async fn as_root() -> Self {
        Self::as_root_with(IbmSettings::default()).await
    }

    async fn as_root_with(settings: IbmSettings) -> Self {
        let mut ibm = Self::with(settings).await;
        let root = ibm.fixture.token.clone();
        ibm.tokens.insert(Role::Manager, root);
        ibm
    }

    fn jwt(&self, iam_id: &str) -> String {
        let now = self.fixture.bench.clock.now().as_nanos() / 1_000_000_000;
        self.issuer.token(iam_id, now)
    }

    /// Asks as the holder of a token.
    async fn ask_as(&self, token: &str, method: &str, path: &str, body: &Value) -> Answer {
        let path = format!("/v1/{path}");
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let headers = [("x-vault-token", token)];
        self.fixture.ask_with(method, &path, &body, &headers).await
    }

    /// Asks as a manager.
    async fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.ask_as(&self.tokens[&Role::Manager], method, path, body)
            .await
    }

    /// Asks as a manager, and checks the status; answers `data`.
    async fn check(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let answer = self.ask(method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path} {body}\n{answer:#?}");
        answer.body["data"].clone()
    }

    /// Makes a secret; answers its identifier.
    async fn create(&self, kind: &str, body: Value) -> String {
        let made = self
            .check("POST", &format!("ibmcloud/{kind}/secrets"), &body, 200)
            .await;
        made["id"].as_str().unwrap().to_owned()
    }

    async fn arbitrary(&self, name: &str) -> String {
        self.create("arbitrary", json!({"name": name, "payload": "secret-data"}))
            .await
    }

    async fn group(&self) -> String {
        let body = json!({"name": "test-secret-group", "description": "A group."});
        let made = self
            .check("POST", "auth/ibmcloud/manage/groups", &body, 200)
            .await;
        made["id"].as_str().unwrap().to_owned()
    }
}

fn iam_id(role: Role) -> String {
    format!("iam-ServiceId-{}", role.name())
}

/// Asserts that `found` has all that `wanted` has, where `*` stands for any text that is not empty.
fn assert_alike(found: &Value, wanted: &Value) {
    assert!(alike(found, wanted), "wanted {wanted:#}\nfound {found:#}");
}

fn alike(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, wanted)| found.get(key).is_some_and(|found| alike(found, wanted))),
        (Value::Array(found), Value::Array(wanted)) => {
            let all = found
                .iter()
                .zip(wanted)
                .all(|(found, wanted)| alike(found, wanted));
            found.len() == wanted.len() && all
        }
        (Value::String(found), Value::String(wanted)) if wanted == "*" => !found.is_empty(),
        (found, wanted) => found == wanted,
    }
}
