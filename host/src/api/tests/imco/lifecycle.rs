use super::super::fixture::Fixture;
use serde_json::json;

#[tokio::test]
async fn a_vault_lives_from_deploying_to_end() {
    let fixture = Fixture::new().await;
    let before = fixture.bench.hsm.keyring_count();
    let vault = fixture.vault().await;
    assert_eq!(fixture.state(&vault).await, "deploying");
    fixture.drive().await;
    let active = json!({
        "name": "main", "state": "active", "brownfield": false, "label_ids": [], "desired_remote_id": null,
        "resource_type": "key_vault",
    });
    fixture.check("GET", &vault, "", 200, active).await;
    assert_eq!(fixture.bench.hsm.keyring_count(), before + 1);
    let renamed = json!({"name": "other", "state": "active"});
    fixture
        .check("PUT", &vault, r#"{"name": "other"}"#, 200, renamed)
        .await;
    fixture
        .check("PUT", &vault, "", 200, json!({"name": "other"}))
        .await;
    fixture
        .check("DELETE", &vault, "", 200, json!({"state": "decommissioning"}))
        .await;
    fixture.drive().await;
    assert_eq!(fixture.state(&vault).await, "end");
    assert_eq!(fixture.bench.hsm.keyring_count(), before);
    fixture
        .check("GET", "/v3/secret/key_vaults", "", 200, json!([]))
        .await;
    fixture.bench.clock.advance_secs(24 * 3600);
    fixture.bench.engine.sweep().await.unwrap();
    assert_eq!(fixture.state(&vault).await, "none");
}

#[tokio::test]
async fn a_secret_lives_from_its_first_value_to_end() {
    let fixture = Fixture::new().await;
    let vault = fixture.active_vault().await;
    let secret = fixture.secret(&vault, "one").await;
    let id = vault.rsplit('/').next().unwrap();
    let shown = json!({
        "name": "db", "state": "available", "key_vault_id": id, "key vault_id": id, "brownfield": false,
        "resource_type": "secret",
    });
    fixture.check("GET", &secret, "", 200, shown).await;
    let versions = format!("{secret}/versions");
    let two = r#"{"content": "tw\u00f6\n\ud83d\ude00"}"#;
    fixture
        .check(
            "POST",
            &versions,
            two,
            201,
            json!({"last": true, "key vault_id": id}),
        )
        .await;
    let three = r#"{"content": "AP+AAA==", "content_encoding": "base64"}"#;
    fixture
        .check("POST", &versions, three, 201, json!({"last": true}))
        .await;
    let expected: [&[u8]; 3] = [b"one", "twö\n😀".as_bytes(), &[0, 255, 128, 0]];
    assert_eq!(fixture.contents(&secret).await, expected);
    let listed = fixture.ask("GET", &versions, "").await.body;
    let last: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["last"] == true)
        .collect();
    assert_eq!(last, [false, false, true]);
    let version = format!("/v3/secret/secret_versions/{}", listed[0]["id"].as_str().unwrap());
    let metadata = json!({"resource_type": "secret_version", "last": false});
    fixture.check("GET", &version, "", 200, metadata).await;
    let retry = format!("{secret}/retry");
    fixture.check("PUT", &retry, "{}", 409, json!({})).await;
    fixture
        .check(
            "PUT",
            &secret,
            r#"{"name": "mail"}"#,
            200,
            json!({"name": "mail"}),
        )
        .await;
    let full = json!({"error": "the key vault holds secrets; delete them first"});
    fixture.check("DELETE", &vault, "", 409, full).await;
    fixture
        .check(
            "DELETE",
            &secret,
            "",
            200,
            json!({"state": "end", "name": "mail"}),
        )
        .await;
    fixture.check("GET", &version, "", 404, json!({})).await;
    fixture.check("GET", &versions, "", 200, json!([])).await;
    let secrets = format!("{vault}/secrets");
    fixture.check("GET", &secrets, "", 200, json!([])).await;
    fixture
        .check("DELETE", &vault, "", 200, json!({"state": "decommissioning"}))
        .await;
    fixture.drive().await;
    assert_eq!(fixture.state(&vault).await, "end");
    fixture.bench.clock.advance_secs(24 * 3600);
    fixture.bench.engine.sweep().await.unwrap();
    let left = fixture.bench.store.scan(b"vault/", None, 9).unwrap();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_restart_keeps_vaults_and_values() {
    let mut fixture = Fixture::new().await;
    let vault = fixture.active_vault().await;
    let secret = fixture.secret(&vault, "one").await;
    let waiting = fixture.vault().await;
    fixture.restart();
    fixture.bench.engine.resume().await.unwrap();
    assert_eq!(fixture.state(&waiting).await, "deploying");
    assert_eq!(fixture.contents(&secret).await, [b"one"]);
    fixture.drive().await;
    assert_eq!(fixture.state(&waiting).await, "active");
}

#[tokio::test]
async fn identifiers_that_are_desired_are_honoured_or_refused() {
    let fixture = Fixture::new().await;
    let mut new = fixture.new_vault("wish").await;
    let keyring = "00112233445566778899aabbccddeeff";
    new["desired_remote_id"] = keyring.into();
    let vaults = "/v3/secret/key_vaults";
    let made = json!({"remote_id": keyring, "desired_remote_id": keyring, "state": "deploying"});
    fixture.check("POST", vaults, &new.to_string(), 201, made).await;
    let taken = fixture.ask("POST", vaults, &new.to_string()).await;
    assert_eq!(taken.status, 422);
    assert!(
        taken.body["errors"]["desired_remote_id"][0].is_string(),
        "{taken:?}"
    );
    fixture.drive().await;
    let listed = fixture.ask("GET", vaults, "").await.body;
    assert_eq!(listed[0]["state"], "active");
    let vault = format!("{vaults}/{}", listed[0]["id"].as_str().unwrap());
    let secret = r#"{"name": "a", "content": "a", "desired_remote_id": "db.main"}"#;
    let secrets = format!("{vault}/secrets");
    fixture
        .check("POST", &secrets, secret, 201, json!({"remote_id": "db.main"}))
        .await;
    assert_eq!(fixture.ask("POST", &secrets, secret).await.status, 422);
    let own = fixture.bench.collection.keyring().to_string();
    new["desired_remote_id"] = own.into();
    assert_eq!(fixture.ask("POST", vaults, &new.to_string()).await.status, 422);
}

#[tokio::test]
async fn keyrings_that_are_there_can_be_imported() {
    use crate::hsm::Hsm;
    let fixture = Fixture::new().await;
    let keyring = casemate_common::keyring::KeyringId::new([7; 16]);
    fixture.bench.hsm.create_keyring(keyring).await.unwrap();
    let free = json!({"data": {"keys": [keyring.to_string()]}});
    fixture
        .check("LIST", "/v1/sys/imco/keyrings", "", 200, free)
        .await;
    let import = json!({"name": "old", "keyring": keyring.to_string()}).to_string();
    let made = fixture.ask("POST", "/v1/sys/imco/import", &import).await;
    assert_eq!(made.status, 200, "{made:?}");
    fixture.drive().await;
    let vaults = fixture.ask("GET", "/v3/secret/key_vaults", "").await.body;
    assert_eq!(
        (&vaults[0]["brownfield"], &vaults[0]["state"]),
        (&json!(true), &json!("active"))
    );
    assert_eq!(vaults[0]["remote_id"], keyring.to_string());
    for (body, status) in [
        (import.as_str(), 400),
        (
            r#"{"name": "a", "keyring": "00000000000000000000000000000000"}"#,
            404,
        ),
        (r#"{"name": "a", "keyring": "0"}"#, 400),
        (r#"{"name": "a"}"#, 400),
    ] {
        assert_eq!(
            fixture.ask("POST", "/v1/sys/imco/import", body).await.status,
            status,
            "{body}"
        );
    }
}
