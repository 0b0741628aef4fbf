//! Renewal 31 days before the end, on certificates of 40 days.

use super::{Orders, SECRETS, is_active, text, with_name_server};
use casemate_tests::skip;
use serde_json::{Value, json};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

fn public_key(shown: &Value) -> String {
    let said = text(&shown["secret_data"]["certificate"]);
    let key = said
        .split("pub:")
        .nth(1)
        .and_then(|rest| rest.split("ASN1 OID").next());
    key.expect("a key").to_owned()
}

#[test]
fn certificates_are_renewed_31_days_before_their_end_and_not_earlier() {
    let needs = ["pebble", "openssl", "knot", "faketime"];
    if needs.into_iter().any(skip::left_out) {
        return;
    }
    let (mut knot, pebble) = with_name_server(40);
    let mut orders = Orders::new(pebble);
    orders.provider("knot", &knot.address(), &json!({}));
    orders.provider("broken", &knot.address(), &json!({}));
    for (name, dns, keys) in [
        ("same", "knot", false),
        ("new", "knot", true),
        ("kept", "broken", true),
    ] {
        let rotation = json!({"auto_rotate": true, "rotate_keys": keys});
        let domain = format!("{name}.example.com");
        let more = json!({"dns": dns, "common_name": domain, "alt_names": [], "rotation": rotation});
        orders.order(name, &more);
    }
    let before: Vec<_> = ["same", "new", "kept"]
        .map(|name| orders.once(name, is_active))
        .into();

    // Signed updates have a time.
    knot.restart_later(8 * DAY);
    orders.restart_later(8 * DAY);
    orders.order(
        "later",
        &json!({"dns": "knot", "common_name": "later.example.com", "alt_names": []}),
    );
    orders.once("later", is_active);
    for old in &before {
        let shown = orders.once(old["name"].as_str().unwrap(), |_| true);
        assert_eq!(shown["serial_number"], old["serial_number"], "with 32 days left");
        assert_eq!(shown["issuance_info"]["auto_rotated"], false);
    }

    let wrong = json!({"tsig_secret": "bm90IHRoZSBrZXkgdGhhdCB0aGUgc2VydmVyIGhhcw=="});
    orders.provider("broken", &knot.address(), &wrong);
    knot.restart_later(10 * DAY);
    orders.restart_later(10 * DAY);
    for (old, keys) in [(&before[0], false), (&before[1], true)] {
        let name = old["name"].as_str().unwrap();
        let shown = orders.once(name, |shown| shown["serial_number"] != old["serial_number"]);
        assert_eq!(shown["issuance_info"]["auto_rotated"], true, "{shown:#}");
        assert_eq!(shown["versions_total"], 2, "{shown:#}");
        assert_eq!(public_key(&shown) != public_key(old), keys, "{name}");
    }
    // One that can't be renewed stays as it is, and says why.
    let kept = orders.once("kept", |shown| shown["issuance_info"]["state"] == 3);
    assert!(is_active(&kept), "{kept:#}");
    assert_eq!(kept["serial_number"], before[2]["serial_number"]);
    let info = &kept["issuance_info"];
    assert_eq!(info["error_code"], "dns", "{info}");
    assert!(
        info["error_message"].as_str().unwrap().contains("tsig_secret"),
        "{info}"
    );
    orders
        .client
        .data("DELETE", &format!("{SECRETS}/kept"), &Value::Null, 200);
    orders.daemon.take().unwrap().stop().unwrap();
}
