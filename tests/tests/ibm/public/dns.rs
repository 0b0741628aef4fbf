//! Records that Casemate makes in a name server, by signed updates.

use super::{CONFIGS, Orders, PATIENCE, POLL, PROVIDERS, SECRETS, is_active, text, with_name_server};
use casemate_tests::knot::KEY;
use casemate_tests::skip;
use serde_json::{Value, json};
use std::time::Instant;

#[test]
fn a_name_server_is_updated_and_cleaned_up() {
    if skip::left_out("pebble") || skip::left_out("openssl") || skip::left_out("knot") {
        return;
    }
    let (knot, pebble) = with_name_server(90);
    let mut orders = Orders::new(pebble);
    let made = orders.provider("knot", &knot.address(), &json!({}));
    assert_eq!(made["type"], "rfc2136");
    let shown = orders
        .client
        .data("GET", &format!("{PROVIDERS}/knot"), &Value::Null, 200);
    assert_eq!(shown, made);
    assert!(!made.to_string().contains(KEY), "{made}");
    assert_eq!(made["config"]["nameserver"], knot.address());

    orders.order("wild", &json!({"dns": "knot"}));
    let shown = orders.once("wild", |shown| shown["issuance_info"]["state"] != 0);
    assert!(is_active(&shown), "{shown:#}\n{}\n{}", orders.log(), knot.log());
    let said = text(&shown["secret_data"]["certificate"]);
    for name in ["DNS:example.com", "DNS:www.example.net", "DNS:*.example.com"] {
        assert!(said.contains(name), "{said}");
    }
    let used = orders
        .client
        .ask("DELETE", &format!("{PROVIDERS}/knot"), &Value::Null)
        .unwrap();
    assert_eq!(used.status, 400, "{}", used.json());

    // What lets us in is kept where it is not said anew, and what is wrong is told in the name server's words.
    let body =
        json!({"type": "rfc2136", "config": {"nameserver": knot.address(), "tsig_key_name": "stranger"}});
    let path = format!("{PROVIDERS}/knot");
    let refused = orders.client.ask("PUT", &path, &body).unwrap();
    assert_eq!(
        refused.status,
        400,
        "another key name is another server: {}",
        refused.json()
    );
    orders.provider("stranger", &knot.address(), &json!({"tsig_key_name": "stranger"}));
    orders.provider("elsewhere", &knot.address(), &json!({"zone": "example.org"}));
    for (dns, why) in [("stranger", "tsig_key_name"), ("elsewhere", "refused the update")] {
        orders.order(
            dns,
            &json!({"dns": dns, "common_name": format!("{dns}.example.com"), "alt_names": []}),
        );
        let failed = orders.once(dns, |shown| shown["issuance_info"]["state"] != 0);
        let info = &failed["issuance_info"];
        assert_eq!(
            (&failed["state"], &info["error_code"]),
            (&json!(3), &json!("dns")),
            "{failed:#}"
        );
        assert!(info["error_message"].as_str().unwrap().contains(why), "{info}");
    }

    let deadline = Instant::now() + PATIENCE;
    while ["_acme-challenge.example.com", "_acme-challenge.www.example.net"]
        .into_iter()
        .any(|name| knot.texts(name) > 0)
    {
        assert!(Instant::now() < deadline, "{}", orders.log());
        std::thread::sleep(POLL);
    }
    for name in ["wild", "stranger", "elsewhere"] {
        orders
            .client
            .data("DELETE", &format!("{SECRETS}/{name}"), &Value::Null, 200);
    }
    for name in ["knot", "stranger", "elsewhere"] {
        orders
            .client
            .data("DELETE", &format!("{PROVIDERS}/{name}"), &Value::Null, 204);
    }
    orders
        .client
        .data("DELETE", &format!("{CONFIGS}/p-256"), &Value::Null, 204);
    orders.daemon.take().unwrap().stop().unwrap();
}

#[test]
fn what_a_provider_needs_is_said() {
    if skip::left_out("pebble") || skip::left_out("openssl") || skip::left_out("knot") {
        return;
    }
    let (knot, pebble) = with_name_server(90);
    let mut orders = Orders::new(pebble);
    let good = json!({"nameserver": knot.address(), "tsig_key_name": "k", "tsig_secret": KEY});
    for (member, value, why) in [
        ("nameserver", Value::Null, "nameserver"),
        ("nameserver", json!("a b"), "nameserver"),
        ("tsig_key_name", Value::Null, "tsig_key_name"),
        ("tsig_secret", Value::Null, "tsig_secret"),
        ("tsig_secret", json!("c2hvcnQ="), "16 bytes"),
        ("tsig_secret", json!("!"), "base64"),
        ("tsig_algorithm", json!("hmac-md5"), "hmac-sha256"),
        ("propagation", json!("2h"), "an hour"),
    ] {
        let mut config = good.clone();
        config[member] = value;
        let body = json!({"name": "knot", "type": "rfc2136", "config": config});
        let refused = orders.client.ask("PUT", PROVIDERS, &body).unwrap();
        let said = refused.json().to_string();
        assert!(refused.status == 400 && said.contains(why), "{config}: {said}");
    }
    for (name, kind) in [("manual", "rfc2136"), ("knot", "other")] {
        let body = json!({"name": name, "type": kind, "config": good});
        assert_eq!(
            orders.client.ask("PUT", PROVIDERS, &body).unwrap().status,
            400,
            "{name} {kind}"
        );
    }
    let body = json!({"name": "nowhere", "ca": "p-256", "dns": "nowhere", "common_name": "example.com"});
    let refused = orders.client.ask("POST", SECRETS, &body).unwrap();
    let said = refused.json().to_string();
    assert!(
        refused.status == 400 && said.contains("DNS provider named nowhere"),
        "{said}"
    );
    for number in 0..10 {
        orders.provider(&format!("knot-{number}"), &knot.address(), &json!({}));
    }
    let body = json!({"name": "one-more", "type": "rfc2136", "config": good});
    let refused = orders.client.ask("PUT", PROVIDERS, &body).unwrap();
    assert!(refused.status == 400 && refused.json().to_string().contains("10 configurations"));
    let all = orders.client.data("GET", PROVIDERS, &Value::Null, 200);
    assert_eq!(all["dns_providers"].as_array().unwrap().len(), 10);
    assert_eq!(
        all["dns_providers"][0],
        json!({"name": "knot-0", "type": "rfc2136"})
    );
    orders.daemon.take().unwrap().stop().unwrap();
}
