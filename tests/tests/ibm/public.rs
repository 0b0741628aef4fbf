//! Public certificates on a real daemon, the simulator and Debian's pebble.

use crate::client::Client;
use casemate_tests::daemon::{Daemon, Launch};
use casemate_tests::desk::Desk;
use casemate_tests::openssl::OpenSsl;
use casemate_tests::pebble::Pebble;
use casemate_tests::skip;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const SECRETS: &str = "ibmcloud/public_cert/secrets";
const CONFIGS: &str = "ibmcloud/public_cert/config/certificate_authorities";
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(100);

/// A daemon whose device lets keys out and that has an account at a public authority.
struct Orders {
    desk: Desk,
    pebble: Pebble,
    /// Always there, but while it is replaced.
    daemon: Option<Daemon>,
    client: Client,
}

fn start(data: &Path, pebble: &Pebble) -> Daemon {
    let config = data.join("casemate.toml");
    let settings = format!("[[ibm.acme]]\ntype = 'pebble'\ndirectory = '{}'\n", pebble.url());
    std::fs::write(&config, settings).unwrap();
    let mut launch = Launch::new(data, "sim:").unwrap();
    launch.command().arg("--config").arg(&config);
    launch.command().env("SSL_CERT_FILE", pebble.authority());
    launch.start().unwrap()
}

impl Orders {
    fn new(pebble: Pebble) -> Self {
        let desk = Desk::blank();
        desk.text(&["device", "key", "policy", "any"]);
        let daemon = start(&desk.path("data"), &pebble);
        let client = Client::connect(&daemon, daemon.token()).unwrap();
        let mut orders = Self {
            desk,
            pebble,
            daemon: Some(daemon),
            client,
        };
        for (name, (key, _)) in [
            ("p-256", OpenSsl::default().ec("P-256")),
            ("rsa", OpenSsl::default().rsa(2048)),
        ] {
            let key = pem(&key);
            let body = json!({"name": name, "type": "pebble", "config": {"private_key": key}});
            let made = orders.client.data("PUT", CONFIGS, &body, 200);
            assert!(
                made["config"]["private_key"]
                    .as_str()
                    .unwrap()
                    .starts_with("sha256:"),
                "{made}"
            );
        }
        orders
    }

    fn order(&mut self, name: &str, more: &Value) {
        let mut body = json!({
            "name": name, "ca": "p-256", "dns": "manual", "common_name": "example.com",
            "alt_names": ["www.example.net", "*.example.com"], "key_algorithm": "EC256",
        });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let made = self.client.data("POST", SECRETS, &body, 202);
        assert_eq!(made["state_description"], "Pre-activation", "{made}");
    }

    /// The secret, once this is true of it.
    fn once(&mut self, name: &str, what: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let shown = self
                .client
                .data("GET", &format!("{SECRETS}/{name}"), &Value::Null, 200);
            if what(&shown) {
                return shown;
            }
            assert!(Instant::now() < deadline, "{shown:#}\n{}", self.log());
            std::thread::sleep(POLL);
        }
    }

    /// Answers the challenges of an order, or does not, and says that they are answered.
    fn validate(&mut self, name: &str, answered: bool) {
        let shown = self.once(name, |shown| shown["issuance_info"]["challenges"].is_array());
        if answered {
            self.pebble.answer(&shown["issuance_info"]["challenges"]);
        }
        self.client.data(
            "POST",
            &format!("{SECRETS}/{name}/validate_dns_challenge"),
            &Value::Null,
            204,
        );
    }

    fn log(&self) -> String {
        self.daemon.as_ref().map_or_else(String::new, Daemon::log)
    }

    /// Kills the daemon and starts another.
    fn restart(&mut self) {
        self.daemon.take().unwrap().kill().unwrap();
        let daemon = start(&self.desk.path("data"), &self.pebble);
        self.client = Client::connect(&daemon, daemon.token()).unwrap();
        self.daemon = Some(daemon);
    }
}

fn pem(pkcs8: &[u8]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("key");
    std::fs::write(&file, pkcs8).unwrap();
    let output = Command::new("openssl")
        .args(["pkey", "-inform", "DER", "-in"])
        .arg(&file)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// What OpenSSL says of a certificate.
fn text(certificate: &Value) -> String {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("certificate");
    std::fs::write(&file, certificate.as_str().unwrap()).unwrap();
    let output = Command::new("openssl")
        .args(["x509", "-noout", "-text", "-in"])
        .arg(&file)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn is_active(shown: &Value) -> bool {
    shown["state_description"] == "Active"
}

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
    // Nothing is asked for twice: an order that was torn while it was asked for is given up.
    for index in 0..3 {
        let name = format!("torn-{index}");
        orders.order(
            &name,
            &json!({"common_name": format!("{name}.example.com"), "alt_names": []}),
        );
        orders.restart();
        let torn = orders.once(&name, |shown| {
            shown["issuance_info"]["challenges"].is_array() || shown["state"] == 3
        });
        let code = &torn["issuance_info"]["error_code"];
        assert!(code.is_null() || code == "interrupted", "{torn:#}");
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
