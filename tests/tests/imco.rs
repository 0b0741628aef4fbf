//! The IMCO dialect as a person and a host use it: curl with certificates that `casemate ca issue` made.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casemate_tests::daemon::Daemon;
use casemate_tests::place::Place;
use casemate_tests::softhsm;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn the_main_job_on_the_simulator() {
    the_main_job(Place::new("sim:", None).unwrap());
}

#[test]
fn the_main_job_on_softhsm() {
    softhsm::run("the_main_job_on_softhsm", async |token| {
        let device = token.address_with("").to_string();
        the_main_job(Place::new(&device, Some(token.configuration())).unwrap());
    });
}

/// Create, wait, add a secret and a version, list, download, rename, retry, delete; with a crash in the middle.
fn the_main_job(place: Place) {
    place.casemate(&["ca", "issue", "--user", "ada", "--out", "ada"]);
    place.casemate(&["ca", "issue", "--host", "web-1", "--out", "web-1"]);
    let vault = create_vault(&place);
    let path = format!("/secret/key_vaults/{vault}");
    let secrets = format!("{path}/secrets");
    let secret = ada(
        &place,
        201,
        "POST",
        &secrets,
        r#"{"name": "db", "content": "s3cret\u0000é"}"#,
    );
    assert_eq!(
        (&secret["state"], &secret["key_vault_id"]),
        (&json!("available"), &json!(vault))
    );
    let path_of_secret = format!("/secret/secrets/{}", text(&secret, "id"));
    let versions = format!("{path_of_secret}/versions");
    let bytes: Vec<u8> = (0..=255).cycle().take(2000).collect();
    let binary = json!({"content": STANDARD.encode(&bytes), "content_encoding": "base64"}).to_string();
    ada(&place, 201, "POST", &versions, &binary);
    let place = place.restarted(Daemon::kill).unwrap();
    let listed = ada(&place, 200, "GET", &versions, "");
    let ids: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|version| text(version, "id"))
        .collect();
    assert_eq!(
        (&listed[0]["last"], &listed[1]["last"]),
        (&json!(false), &json!(true))
    );
    for (id, content) in ids.iter().zip(["s3cret\0é".as_bytes(), &bytes]) {
        check_download(&place, id, content);
    }
    let renamed = ada(&place, 200, "PUT", &path_of_secret, r#"{"name": "mail"}"#);
    assert_eq!(renamed["name"], "mail");
    let retried = ada(&place, 409, "PUT", &format!("{path_of_secret}/retry"), "{}");
    assert!(
        retried["error"].as_str().unwrap().contains("available"),
        "{retried}"
    );
    ada(&place, 409, "DELETE", &path, "");
    assert_eq!(ada(&place, 200, "DELETE", &path_of_secret, "")["state"], "end");
    assert_eq!(download(&place, Some("web-1"), &ids[0]).0, 404);
    assert_eq!(ada(&place, 200, "DELETE", &path, "")["state"], "decommissioning");
    await_state(&place, &path, "end");
    assert_eq!(ada(&place, 200, "GET", "/secret/key_vaults", ""), json!([]));
}

/// Makes a key vault and waits until it serves; answers its identifier.
fn create_vault(place: &Place) -> String {
    let account = ada(place, 200, "GET", "/settings/cloud_accounts", "")[0].clone();
    let plans = format!(
        "/cloud/cloud_providers/{}/key_vault_plans",
        text(&account, "cloud_provider_id")
    );
    let plan = ada(place, 200, "GET", &plans, "")[0]["id"].clone();
    let new = json!({"name": "main", "key_vault_plan_id": plan, "cloud_account_id": account["id"]});
    let made = ada(place, 201, "POST", "/secret/key_vaults/", &new.to_string());
    assert_eq!(made["state"], "deploying");
    let id = text(&made, "id");
    await_state(place, &format!("/secret/key_vaults/{id}"), "active");
    id
}

/// A host gets the bytes, nobody else does.
fn check_download(place: &Place, version: &str, content: &[u8]) {
    assert_eq!(download(place, Some("web-1"), version), (200, content.to_vec()));
    let versioned = format!("/v3/secret/secret_versions/{version}");
    assert_eq!(place.download(Some("web-1"), &versioned, &[]).1, content);
    let shown = ada(
        place,
        200,
        "GET",
        &format!("/secret/secret_versions/{version}"),
        "",
    );
    assert_eq!(shown["resource_type"], "secret_version");
    assert_eq!(download(place, Some("ada"), version).0, 403);
    assert_eq!(download(place, None, version).0, 401);
    assert_eq!(place.curl(Some("web-1"), "/v3/secret/key_vaults", &[]).0, 403);
}

fn download(place: &Place, bundle: Option<&str>, version: &str) -> (u16, Vec<u8>) {
    place.download(bundle, &format!("/secret/secret_versions/{version}"), &[])
}

/// What a user gets, whose answer must have this status.
fn ada(place: &Place, status: u16, method: &str, path: &str, body: &str) -> Value {
    let arguments = ["-X", method, "-H", "Content-Type: application/json", "-d", body];
    let arguments = if body.is_empty() {
        &arguments[..2]
    } else {
        &arguments[..]
    };
    let (answered, shown) = place.curl(Some("ada"), &format!("/v3{path}"), arguments);
    assert_eq!(answered, status, "{method} {path}: {shown}");
    shown
}

fn await_state(place: &Place, path: &str, state: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let shown = ada(place, 200, "GET", path, "");
        if shown["state"] == state {
            return;
        }
        assert!(Instant::now() < deadline, "{shown} does not become {state}");
    }
}

fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap().to_owned()
}

#[test]
fn a_keyring_that_is_there_becomes_a_vault_on_the_simulator() {
    a_keyring_that_is_there_becomes_a_vault(Place::new("sim:", None).unwrap());
}

#[test]
fn a_keyring_that_is_there_becomes_a_vault_on_softhsm() {
    softhsm::run(
        "a_keyring_that_is_there_becomes_a_vault_on_softhsm",
        async |token| {
            let device = token.address_with("").to_string();
            a_keyring_that_is_there_becomes_a_vault(
                Place::new(&device, Some(token.configuration())).unwrap(),
            );
        },
    );
}

fn a_keyring_that_is_there_becomes_a_vault(place: Place) {
    place.casemate(&["ca", "issue", "--user", "ada", "--out", "ada"]);
    let mut make = place.command(&[
        "device",
        "keyring",
        "create",
        "--json",
        "--device",
        place.device(),
    ]);
    let mut made = None;
    let end = |daemon: Daemon| {
        daemon.stop()?;
        made = Some(make.output()?);
        Ok(())
    };
    let place = place.restarted(end).unwrap();
    let made = made.unwrap();
    assert!(made.status.success(), "{made:?}");
    let keyring = text(&serde_json::from_slice(&made.stdout).unwrap(), "keyring");
    assert_eq!(place.casemate(&["imco", "keyrings"]), keyring);
    let vault = place.json(&["imco", "import", &keyring, "--name", "old"]);
    assert_eq!(
        (&vault["brownfield"], &vault["remote_id"]),
        (&json!(true), &json!(keyring))
    );
    assert_eq!(place.casemate(&["imco", "keyrings"]), "");
    let refused = place.run(&["imco", "import", &keyring, "--name", "twice"]);
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("taken"),
        "{refused:?}"
    );
    check_imported(place, &text(&vault, "id"));
}

#[test]
fn a_key_of_somebody_elses_on_a_token_becomes_a_vault() {
    softhsm::run(
        "a_key_of_somebody_elses_on_a_token_becomes_a_vault",
        async |token| {
            token.generate_key("company key", false);
            token.generate_key("loose key", true);
            let device = token.address_with("").to_string();
            let place = Place::new(&device, Some(token.configuration())).unwrap();
            place.casemate(&["ca", "issue", "--user", "ada", "--out", "ada"]);
            for (label, why) in [("loose key", "NeverExtractable"), ("no key", "has 0 AES keys")] {
                let refused = place.run(&["imco", "import", "--token-key", label, "--name", "a"]);
                assert!(
                    String::from_utf8_lossy(&refused.stderr).contains(why),
                    "{refused:?}"
                );
            }
            let vault = place.json(&[
                "imco",
                "import",
                "--token-key",
                "company key",
                "--name",
                "company",
            ]);
            assert_eq!(vault["brownfield"], true);
            let again = place.run(&["imco", "import", "--token-key", "company key", "--name", "b"]);
            assert!(!again.status.success(), "{again:?}");
            check_imported(place, &text(&vault, "id"));
        },
    );
}

#[test]
fn a_simulator_has_no_keys_of_others() {
    let place = Place::new("sim:", None).unwrap();
    let refused = place.run(&["imco", "import", "--token-key", "a", "--name", "a"]);
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("can't take over a key of a PKCS#11 token"),
        "{refused:?}"
    );
}

/// A vault over what was there keeps secrets over a crash, and takes its keyring with it when it ends.
fn check_imported(place: Place, vault: &str) {
    let path = format!("/secret/key_vaults/{vault}");
    await_state(&place, &path, "active");
    assert_eq!(ada(&place, 200, "GET", &path, "")["brownfield"], true);
    place.casemate(&["ca", "issue", "--host", "web-1", "--out", "web-1"]);
    let content = r#"{"name": "db", "content": "s3cret"}"#;
    let secret = ada(&place, 201, "POST", &format!("{path}/secrets"), content);
    assert_eq!(secret["state"], "available");
    let secret = format!("/secret/secrets/{}", text(&secret, "id"));
    let version = text(
        &ada(&place, 200, "GET", &format!("{secret}/versions"), "")[0],
        "id",
    );
    let place = place.restarted(Daemon::kill).unwrap();
    assert_eq!(
        download(&place, Some("web-1"), &version),
        (200, b"s3cret".to_vec())
    );
    ada(&place, 200, "DELETE", &secret, "");
    ada(&place, 200, "DELETE", &path, "");
    await_state(&place, &path, "end");
    assert_eq!(place.casemate(&["imco", "keyrings"]), "");
}

#[test]
fn a_certificate_with_policies_may_do_what_they_say() {
    let place = Place::new("sim:", None).unwrap();
    place.casemate(&["ca", "issue", "--user", "ada", "--out", "ada"]);
    let vault = create_vault(&place);
    let secrets = format!("/secret/key_vaults/{vault}/secrets");
    let secret = ada(&place, 201, "POST", &secrets, r#"{"name": "db", "content": "a"}"#);
    let versions = format!("/secret/secrets/{}/versions", text(&secret, "id"));
    let version = text(&ada(&place, 200, "GET", &versions, "")[0], "id");
    let other = format!(
        r#"path "imco/key_vaults/{}/secrets/*" {{ capabilities = ["read"] }}"#,
        "0".repeat(24)
    );
    let own = format!(r#"path "imco/key_vaults/{vault}/secrets/*" {{ capabilities = ["read"] }}"#);
    for (name, policy, status) in [("other", other, 403), ("own", own, 200)] {
        std::fs::write(place.path("policy.hcl"), policy).unwrap();
        place.casemate(&["policy", "write", name, "policy.hcl"]);
        place.casemate(&["ca", "issue", "--host", name, "--policy", name, "--out", name]);
        assert_eq!(download(&place, Some(name), &version).0, status, "{name}");
    }
}
