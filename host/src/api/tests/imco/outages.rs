use super::super::fixture::Fixture;
use serde_json::json;

#[tokio::test]
async fn a_vault_waits_for_its_device_then_stalls_and_goes_on() {
    let mut fixture = Fixture::new().await;
    fixture.bench.hsm.set_away(true);
    let vault = fixture.vault().await;
    fixture.drive().await;
    assert_eq!(fixture.state(&vault).await, "deploying");
    fixture.bench.clock.advance_secs(60);
    fixture.drive().await;
    assert_eq!(fixture.state(&vault).await, "stalled");
    fixture.restart();
    assert_eq!(fixture.state(&vault).await, "stalled");
    let retry = format!("{vault}/retry");
    fixture
        .check("PUT", &retry, "", 200, json!({"state": "deploying"}))
        .await;
    fixture.bench.clock.advance_secs(60);
    fixture.drive().await;
    assert_eq!(fixture.state(&vault).await, "stalled");
    fixture.bench.hsm.set_away(false);
    fixture.drive().await;
    assert_eq!(fixture.state(&vault).await, "active", "by itself");
    fixture.check("PUT", &retry, "", 409, json!({})).await;
}

#[tokio::test]
async fn a_device_without_room_stalls_a_vault_until_somebody_tries_again() {
    let fixture = Fixture::new().await;
    fixture.bench.hsm.fill_up();
    let vault = fixture.vault().await;
    fixture.drive().await;
    assert_eq!(fixture.state(&vault).await, "stalled");
    fixture
        .check("DELETE", &vault, "", 200, json!({"state": "decommissioning"}))
        .await;
    fixture.drive().await;
    assert_eq!(fixture.state(&vault).await, "end");
}

#[tokio::test]
async fn a_desired_keyring_is_looked_for_before_it_is_made() {
    use crate::hsm::Hsm;
    let fixture = Fixture::new().await;
    let theirs = casemate_common::keyring::KeyringId::new([9; 16]);
    let mut new = fixture.new_vault("wish").await;
    new["desired_remote_id"] = theirs.to_string().into();
    fixture.bench.hsm.set_away(true);
    let made = fixture
        .ask("POST", "/v3/secret/key_vaults", &new.to_string())
        .await;
    assert_eq!(made.body["state"], "start", "{made:?}");
    let vault = super::path("key_vaults", &made);
    fixture.bench.hsm.set_away(false);
    fixture.bench.hsm.create_keyring(theirs).await.unwrap();
    fixture.drive().await;
    assert_eq!(fixture.state(&vault).await, "stalled");
    fixture.ask("DELETE", &vault, "").await;
    fixture.drive().await;
    assert_eq!(fixture.state(&vault).await, "end");
    let held = fixture.bench.hsm.list_keyrings().await.unwrap();
    assert!(held.contains(&theirs), "somebody else's keyring was destroyed");
}

#[tokio::test]
async fn a_secret_whose_value_was_not_stored_says_so() {
    let fixture = Fixture::new().await;
    let vault = fixture.active_vault().await;
    fixture.bench.hsm.set_away(true);
    let secret = fixture.secret(&vault, "lost").await;
    assert_eq!(fixture.state(&secret).await, "stalled");
    fixture.bench.hsm.set_away(false);
    let retry = format!("{secret}/retry");
    let asks_again = fixture.ask("PUT", &retry, "{}").await;
    assert_eq!(asks_again.status, 409);
    assert!(
        asks_again.body["error"].as_str().unwrap().contains("not kept"),
        "{asks_again:?}"
    );
    let one = r#"{"content": "one"}"#;
    fixture
        .check("PUT", &retry, one, 200, json!({"state": "available"}))
        .await;
    fixture.bench.hsm.set_away(true);
    let two = r#"{"content": "two"}"#;
    let versions = format!("{secret}/versions");
    fixture.check("POST", &versions, two, 503, json!({})).await;
    assert_eq!(fixture.state(&secret).await, "updating_error");
    fixture.bench.hsm.set_away(false);
    assert_eq!(fixture.contents(&secret).await, [b"one"]);
    fixture.check("POST", &versions, two, 201, json!({})).await;
    assert_eq!(fixture.state(&secret).await, "available");
    assert_eq!(fixture.contents(&secret).await, [b"one", b"two"]);
}

#[tokio::test]
async fn a_vault_ends_when_its_device_is_back() {
    let mut fixture = Fixture::new().await;
    let vault = fixture.active_vault().await;
    let before = fixture.bench.hsm.keyring_count();
    fixture.bench.hsm.set_away(true);
    fixture.ask("DELETE", &vault, "").await;
    fixture.drive().await;
    assert_eq!(fixture.state(&vault).await, "decommissioning");
    let secrets = format!("{vault}/secrets");
    let new = r#"{"name": "a", "content": "a"}"#;
    fixture.check("POST", &secrets, new, 409, json!({})).await;
    fixture.restart();
    fixture.bench.hsm.set_away(false);
    fixture.drive().await;
    assert_eq!(fixture.state(&vault).await, "end");
    assert_eq!(fixture.bench.hsm.keyring_count(), before - 1);
}

/// IMCO's clients read a text, where Vault's read a list.
#[tokio::test]
async fn a_sealed_daemon_says_so_as_imcos_clients_read_it() {
    let fixture = Fixture::new().await;
    let vault = fixture.active_vault().await;
    let sealed = fixture.ask("PUT", "/v1/sys/seal", "").await;
    assert_eq!(sealed.status, 204, "{sealed:?}");
    for path in [
        vault.as_str(),
        "/v3/secret/key_vaults",
        "/secret/secret_versions/any",
    ] {
        let refused = fixture.ask("GET", path, "").await;
        assert_eq!(refused.status, 503, "{path} {refused:?}");
        assert_eq!(refused.body, json!({"error": "Vault is sealed"}), "{path}");
    }
    let unseal = r#"{"key": "the officer PIN"}"#;
    assert_eq!(fixture.ask("PUT", "/v1/sys/unseal", unseal).await.status, 200);
    assert_eq!(fixture.state(&vault).await, "active");
}
