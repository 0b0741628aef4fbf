//! `casemate device join`, as a person uses it.

use casemate_tests::daemon::Launch;
use casemate_tests::desk::Desk;

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
    let daemon = Launch::new(&desk.path("data"), "sim: sim:?number=2").unwrap();
    let daemon = daemon.start().unwrap();
    daemon.await_log("a device serves in the pool").unwrap();
    daemon.stop().unwrap();
    let keyrings = |device| desk.json(&["device", "keyring", "list", "--device", device]);
    assert_eq!(keyrings("sim:"), keyrings(SECOND));
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
