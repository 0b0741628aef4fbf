//! The IMCO dialect, over the engine and a device in memory.

mod labels;
mod lifecycle;
mod outages;
mod refusals;

use super::fixture::{Answer, Fixture};
use crate::engine::span::Span;
use serde_json::{Value, json};

const PATIENCE: Span = Span::from_secs(60);
/// An identifier that nothing has.
const NOBODY: &str = "0123456789abcdef01234567";

impl Fixture {
    /// Lets the device do what vaults want of it.
    async fn drive(&self) {
        self.bench.engine.drive_vaults(PATIENCE).await.unwrap();
    }

    /// What a new vault is made of.
    async fn new_vault(&self, name: &str) -> Value {
        let accounts = self.ask("GET", "/v3/settings/cloud_accounts", "").await.body;
        let provider = accounts[0]["cloud_provider_id"].as_str().unwrap();
        let plans = format!("/v3/cloud/cloud_providers/{provider}/key_vault_plans");
        let plans = self.ask("GET", &plans, "").await.body;
        json!({"name": name, "key_vault_plan_id": plans[0]["id"], "cloud_account_id": accounts[0]["id"]})
    }

    /// Makes a vault; answers its path.
    async fn vault(&self) -> String {
        let new = self.new_vault("main").await.to_string();
        let made = self.ask("POST", "/v3/secret/key_vaults/", &new).await;
        assert_eq!(made.status, 201, "{made:?}");
        path("key_vaults", &made)
    }

    async fn active_vault(&self) -> String {
        let vault = self.vault().await;
        self.drive().await;
        assert_eq!(self.state(&vault).await, "active");
        vault
    }

    /// Makes a secret; answers its path.
    async fn secret(&self, vault: &str, content: &str) -> String {
        let new = json!({"name": "db", "content": content}).to_string();
        let made = self.ask("POST", &format!("{vault}/secrets"), &new).await;
        assert_eq!(made.status, 201, "{made:?}");
        path("secrets", &made)
    }

    async fn state(&self, path: &str) -> String {
        let shown = self.ask("GET", path, "").await;
        shown.body["state"].as_str().unwrap_or("none").to_owned()
    }

    /// What the versions of a secret hold, oldest first.
    async fn contents(&self, secret: &str) -> Vec<Vec<u8>> {
        let versions = self.ask("GET", &format!("{secret}/versions"), "").await.body;
        let mut contents = Vec::new();
        for version in versions.as_array().unwrap() {
            let id = version["id"].as_str().unwrap();
            let content = self
                .ask("GET", &format!("/secret/secret_versions/{id}"), "")
                .await;
            assert_eq!(content.status, 200, "{content:?}");
            contents.push(content.bytes.to_vec());
        }
        contents
    }
}

fn path(kind: &str, made: &Answer) -> String {
    format!("/v3/secret/{kind}/{}", made.body["id"].as_str().unwrap())
}
