//! Records that a user makes.

use super::{CONFIGS, Orders, PATIENCE, POLL, SECRETS, is_active, text};
use casemate_tests::pebble::Pebble;
use casemate_tests::skip;
use serde_json::{Value, json};
use std::time::Instant;

#[test]
fn certificates_come_by_orders_though_nonces_are_refused() {
    if skip::left_out("pebble") || skip::left_out("openssl") {
        return;
    }
    let mut orders = Orders::new(Pebble::start(20, 40));
    orders.order("wild", &json!({"rotation": {"auto_rotate": true}}));
    orders.validate("wild", true);
    let shown = orders.once("wild", is_active);
    let said = text(&shown["secret_data"]["certificate"]);
    for name in ["DNS:example.com", "DNS:www.example.net", "DNS:*.example.com"] {
        assert!(said.contains(name), "{said}");
    }
    let data = &shown["secret_data"];
    assert!(data["private_key"].as_str().unwrap().contains("PRIVATE KEY"));
    assert!(
        data["certificate"]
            .as_str()
            .unwrap()
            .matches("BEGIN CERTIFICATE")
            .count()
            > 1,
        "bundled"
    );
    assert_eq!(shown["issuance_info"]["state"], 1, "{shown}");
    let rotate = format!("{SECRETS}/wild/rotate");
    orders
        .client
        .data("POST", &rotate, &json!({"rotate_keys": true}), 200);
    orders
        .client
        .data("POST", &rotate, &json!({"rotate_keys": true}), 400);
    // The authority may still hold the names proved.
    let deadline = Instant::now() + PATIENCE;
    let mut answered = false;
    loop {
        let now = orders.once("wild", |_| true);
        if now["serial_number"] != shown["serial_number"] {
            break;
        }
        if now["issuance_info"]["challenges"].is_array() && !answered {
            answered = true;
            orders.pebble.answer(&now["issuance_info"]["challenges"]);
            let validate = format!("{SECRETS}/wild/validate_dns_challenge");
            orders.client.ask("POST", &validate, &Value::Null).unwrap();
        }
        assert!(Instant::now() < deadline, "{now:#}\n{}", orders.log());
        std::thread::sleep(POLL);
    }
    let revoked = orders
        .client
        .data("POST", &format!("{SECRETS}/wild/revoke"), &Value::Null, 200);
    assert_eq!(revoked["state"], 3, "{revoked}");
    let used = orders
        .client
        .ask("DELETE", &format!("{CONFIGS}/p-256"), &Value::Null)
        .unwrap();
    assert_eq!(used.status, 400);
    orders
        .client
        .data("DELETE", &format!("{SECRETS}/wild"), &Value::Null, 200);
    orders
        .client
        .data("DELETE", &format!("{CONFIGS}/p-256"), &Value::Null, 204);
    orders.daemon.take().unwrap().stop().unwrap();
}

#[test]
fn orders_survive_the_daemon_and_fail_in_the_authoritys_words() {
    if skip::left_out("pebble") || skip::left_out("openssl") {
        return;
    }
    let mut orders = Orders::new(Pebble::start(5, 40));
    orders.order("kept", &json!({"ca": "rsa", "bundle_certs": false}));
    orders.order(
        "failed",
        &json!({"common_name": "other.example.org", "alt_names": []}),
    );
    for name in ["kept", "failed"] {
        orders.once(name, |shown| shown["issuance_info"]["challenges"].is_array());
    }
    orders.validate("failed", false);
    orders.validate("kept", true);
    orders.restart();
    let kept = orders.once("kept", |shown| shown["issuance_info"]["state"] != 0);
    assert!(is_active(&kept), "{kept:#}");
    assert_eq!(
        kept["secret_data"]["certificate"]
            .as_str()
            .unwrap()
            .matches("BEGIN CERTIFICATE")
            .count(),
        1
    );
    let failed = orders.once("failed", |shown| shown["issuance_info"]["state"] != 0);
    assert_eq!(
        (&failed["state"], &failed["issuance_info"]["error_code"]),
        (&json!(3), &json!("unauthorized"))
    );
    orders.client.data(
        "POST",
        &format!("{SECRETS}/failed/rotate"),
        &json!({"rotate_keys": true}),
        400,
    );
    orders.daemon.take().unwrap().stop().unwrap();
}
