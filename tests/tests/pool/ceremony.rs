//! `casemate device join`, as a person uses it.

use casemate_tests::daemon::Launch;
use casemate_tests::desk::Desk;
use std::collections::BTreeSet;
use std::fs;

const SECOND: &str = "sim:?number=2";
const THIRD: &str = "sim:?number=3";

fn join<'a>(member: &'a str, joiner: &'a str) -> [&'a str; 6] {
    ["device", "join", "--device", member, "--joiner", joiner]
}

fn info(desk: &Desk, device: &str) -> serde_json::Value {
    desk.json(&["device", "info", "--device", device])
}

#[test]
fn two_simulators_join_and_serve_as_one() {
    let desk = Desk::blank();
    let [first, second] = ["sim:", SECOND].map(|device| info(&desk, device));
    assert!(first["security_domain"].is_null() && second["security_domain"].is_null());
    assert_ne!(first["device_id"], second["device_id"]);
    let (code, said) = desk.refusal(&join("sim:", SECOND));
    assert_eq!(code, Some(1), "{said}");
    for shown in [&first, &second] {
        let fingerprint = shown["fingerprint"].as_str().expect("a fingerprint");
        assert!(said.contains(fingerprint) && said.contains("--yes"), "{said}");
    }
    let yes = |arguments: [&str; 6]| desk.json(&[&arguments[..], &["--yes"]].concat());
    let joined = yes(join("sim:", SECOND));
    assert_eq!(joined["joiner"], second["fingerprint"]);
    for device in ["sim:", SECOND] {
        assert_eq!(info(&desk, device)["security_domain"], joined["domain"]);
    }
    assert_eq!(yes(join(SECOND, "sim:"))["domain"], joined["domain"], "it stays");
    served(&desk, &["sim:", SECOND]);
    assert_eq!(keyrings(&desk, "sim:"), keyrings(&desk, SECOND));
}

fn keyrings(desk: &Desk, device: &str) -> serde_json::Value {
    desk.json(&["device", "keyring", "list", "--device", device])["keyrings"].clone()
}

/// Runs a daemon on these devices until all of them serve in the pool.
fn served(desk: &Desk, devices: &[&str]) {
    // What an earlier daemon said does not count.
    let _ = fs::remove_file(desk.path("data/daemon.log"));
    let daemon = Launch::new(&desk.path("data"), &devices.join(" ")).unwrap();
    let daemon = daemon.start().unwrap();
    for device in devices {
        let serves = format!("a device serves in the pool device={device} ");
        daemon.await_log(&serves).unwrap();
    }
    daemon.stop().unwrap();
}

#[test]
fn what_one_device_destroys_alone_no_other_brings_back() {
    let desk = Desk::new();
    let keyring = keyrings(&desk, "sim:")[0].as_str().expect("a keyring").to_owned();
    desk.text(&[&join("sim:", SECOND)[..], &["--yes"]].concat());
    served(&desk, &["sim:", SECOND]);
    let contains = |device| {
        keyrings(&desk, device)
            .as_array()
            .unwrap()
            .contains(&keyring.clone().into())
    };
    assert!(contains("sim:") && contains(SECOND));
    let destroy = [
        "device", "keyring", "destroy", &keyring, "--yes", "--device", SECOND,
    ];
    // Only there: it gets it again.
    desk.text(&[&destroy[..], &["--only-here"]].concat());
    assert!(!contains(SECOND));
    served(&desk, &["sim:", SECOND]);
    assert!(contains(SECOND));
    let first = info(&desk, "sim:")["device_id"].clone();
    assert_eq!(desk.json(&destroy)["waits_for"], serde_json::json!([first]));
    // A daemon on the one that still has it, and on no other, is a pool's as well.
    served(&desk, &["sim:"]);
    assert!(!contains("sim:") && !contains(SECOND));
    assert_eq!(desk.refusal(&destroy).0, Some(1), "it is gone");
}

#[test]
fn a_device_leaves_by_being_erased_or_forgotten() {
    let desk = Desk::blank();
    desk.text(&[&join("sim:", SECOND)[..], &["--yes"]].concat());
    served(&desk, &["sim:", SECOND]);
    let [first, second] = ["sim:", SECOND].map(|device| info(&desk, device)["device_id"].clone());
    let [first, second] = [&first, &second].map(|id| id.as_str().expect("an id"));
    let noted = || fs::read_to_string(desk.path("data/pool.json")).expect("notes");
    let devices = || serde_json::from_str::<serde_json::Value>(&noted()).expect("JSON")["devices"].clone();
    let all: BTreeSet<_> = [first, second].into();
    assert_eq!(devices(), serde_json::json!(all));
    desk.text(&["device", "reset", "--yes", "--device", SECOND]);
    assert_eq!(devices(), serde_json::json!([first]));
    let unknown = desk.refusal(&["device", "forget", second, "--yes"]).1;
    assert!(unknown.contains(first), "{unknown}");
    let asked = desk.refusal(&["device", "forget", first]).1;
    assert!(asked.contains("--yes") && asked.contains("lost"), "{asked}");
    let lost = desk.json(&["device", "forget", first, "--yes"])["lost_keyrings"].clone();
    assert_eq!(lost, keyrings(&desk, "sim:"));
    assert_eq!(devices(), serde_json::json!([]));
}

/// The member's PIN is not tried at a simulator that joins.
#[test]
fn each_device_is_asked_its_own_pin() {
    let desk = Desk::blank();
    for device in ["sim:", SECOND] {
        info(&desk, device);
    }
    fs::copy(desk.path("data/officer-pin"), desk.path("old")).expect("a PIN");
    for (name, pin) in [("new", "the member's own"), ("short", "12345")] {
        fs::write(desk.path(name), pin).expect("a file");
    }
    let change = [
        "device",
        "pin",
        "change",
        "--pin-file",
        "old",
        "--new-pin-file",
        "new",
    ];
    desk.text(&change);
    let ceremony = [&join("sim:", SECOND)[..], &["--yes", "--pin-file", "new"]].concat();
    let short = desk
        .refusal(&[&ceremony[..], &["--joiner-pin-file", "short"]].concat())
        .1;
    assert!(short.contains("nothing was tried"), "{short}");
    let tries = info(&desk, SECOND)["pin_tries_left"].clone();
    desk.text(&ceremony);
    assert_eq!(info(&desk, SECOND)["pin_tries_left"], tries);
}

#[test]
fn what_is_no_pair_is_refused() {
    let desk = Desk::blank();
    let refused = |arguments: [&str; 6]| desk.refusal(&[&arguments[..], &["--yes"]].concat()).1;
    assert!(refused(join("sim:", "sim:")).contains("itself"));
    let said = refused(join("sim:", "pkcs11:/no/module.so?token=a"));
    assert!(said.contains("vendor's tools"), "{said}");
    desk.text(&[&join("sim:", SECOND)[..], &["--yes"]].concat());
    // The third begins a domain of its own, which it does not leave.
    desk.text(&[&join(THIRD, "sim:?number=4")[..], &["--yes"]].concat());
    let said = refused(join("sim:", THIRD));
    assert!(
        said.contains("another security domain") && said.contains("device reset"),
        "{said}"
    );
}
