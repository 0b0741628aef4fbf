//! Key vaults of IMCO on a pool: active where every device has the keyring, ended where none has.

use crate::trio::Devices;
use casemate_tests::daemon::Daemon;
use casemate_tests::place::Place;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(30);

fn ada(place: &Place, status: u16, method: &str, path: &str, body: &Value) -> Value {
    let body = body.to_string();
    let arguments = ["-X", method, "-H", "Content-Type: application/json", "-d", &body];
    let (answered, shown) = place.curl(Some("ada"), &format!("/v3{path}"), &arguments);
    assert_eq!(answered, status, "{method} {path}: {shown}");
    shown
}

fn get(place: &Place, path: &str) -> Value {
    let (status, shown) = place.curl(Some("ada"), &format!("/v3{path}"), &[]);
    assert_eq!(status, 200, "{path}: {shown}");
    shown
}

/// Writes a vault down; answers its path.
fn vault(place: &Place, name: &str) -> String {
    let account = get(place, "/settings/cloud_accounts")[0].clone();
    let provider = account["cloud_provider_id"].as_str().expect("a provider");
    let plan = get(
        place,
        &format!("/cloud/cloud_providers/{provider}/key_vault_plans"),
    )[0]["id"]
        .clone();
    let new = json!({"name": name, "key_vault_plan_id": plan, "cloud_account_id": account["id"]});
    let made = ada(place, 201, "POST", "/secret/key_vaults", &new);
    format!("/secret/key_vaults/{}", made["id"].as_str().expect("an id"))
}

fn becomes(place: &Place, path: &str, state: &str) {
    let begun = Instant::now();
    while get(place, path)["state"] != state {
        assert!(
            begun.elapsed() < SOON,
            "{} does not become {state}",
            get(place, path)
        );
    }
}

/// Devices start beside the daemon, and need a moment before they answer: that is nothing to be warned of.
#[test]
fn a_start_raises_no_alarm() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let devices = runtime.block_on(Devices::joined(2));
    let (_boards, place) = devices.serve("");
    let place = place.restarted(Daemon::stop).unwrap();
    place.casemate(&["domain", "create"]);
    let log = place.daemon().log();
    assert!(!log.contains("can't take the device's audit log"), "{log}");
}

#[test]
fn key_vaults_wait_for_every_device() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let devices = runtime.block_on(Devices::joined(2));
    let (boards, place) = devices.serve("[imco]\npatience = \"1s\"\n");
    place.casemate(&["ca", "issue", "--user", "ada", "--out", "ada"]);
    place.casemate(&["ca", "issue", "--host", "web-1", "--out", "web-1"]);
    let whole = vault(&place, "whole");
    becomes(&place, &whole, "active");
    let new = json!({"name": "db", "content": "s3cret"});
    let secret = ada(&place, 201, "POST", &format!("{whole}/secrets"), &new);
    let secret = format!("/secret/secrets/{}", secret["id"].as_str().unwrap());
    let version = get(&place, &format!("{secret}/versions"))[0]["id"].clone();
    let download = format!("/secret/secret_versions/{}", version.as_str().unwrap());

    boards[1].pull();
    // What is there is served on by the other.
    assert_eq!(
        place.download(Some("web-1"), &download, &[]),
        (200, b"s3cret".to_vec())
    );
    let waiting = vault(&place, "waiting");
    assert_eq!(get(&place, &waiting)["state"], "deploying");
    becomes(&place, &waiting, "stalled");
    assert_eq!(
        ada(&place, 200, "PUT", &format!("{waiting}/retry"), &json!({}))["state"],
        "deploying"
    );
    becomes(&place, &waiting, "stalled");
    boards[1].plug();
    becomes(&place, &waiting, "active");

    boards[0].pull();
    assert_eq!(
        place.download(Some("web-1"), &download, &[]),
        (200, b"s3cret".to_vec())
    );
    ada(&place, 200, "DELETE", &waiting, &json!({}));
    let place = place.restarted(Daemon::kill).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(
        get(&place, &waiting)["state"],
        "decommissioning",
        "one device still has the keyring"
    );
    boards[0].plug();
    becomes(&place, &waiting, "end");
    assert_eq!(
        place.download(Some("web-1"), &download, &[]),
        (200, b"s3cret".to_vec())
    );
}
