//! Public certificates on a real daemon, the simulator and Debian's pebble.

mod cis;
mod dns;
mod faults;
mod gate;
mod kill;
mod manual;
mod renewal;

use crate::client::Client;
use casemate_tests::daemon::{Daemon, Launch};
use casemate_tests::desk::Desk;
use casemate_tests::knot::{KEY, KEY_NAME, Knot};
use casemate_tests::later::later;
use casemate_tests::openssl::OpenSsl;
use casemate_tests::pebble::Pebble;
use casemate_tests::stand_in::StandIn;
use gate::{Gate, Stops, name_gate};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SECRETS: &str = "ibmcloud/public_cert/secrets";
const CONFIGS: &str = "ibmcloud/public_cert/config/certificate_authorities";
const PROVIDERS: &str = "ibmcloud/public_cert/config/dns_providers";
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

/// A daemon whose device lets keys out and that has accounts at a public authority.
struct Orders {
    desk: Desk,
    pebble: Pebble,
    settings: String,
    /// The key of the account `p-256`, PKCS#8 in DER.
    account: Vec<u8>,
    /// Always there, but while it is replaced.
    daemon: Option<Daemon>,
    client: Client,
}

fn start(data: &Path, pebble: &Pebble, settings: &str, by: Duration) -> Daemon {
    let config = data.join("casemate.toml");
    std::fs::write(&config, settings).unwrap();
    let mut launch = Launch::new(data, "sim:").unwrap();
    launch.command().arg("--config").arg(&config);
    launch.command().env("SSL_CERT_FILE", pebble.authority());
    if !by.is_zero() {
        later(launch.command(), by);
    }
    launch.start().unwrap()
}

/// Orders, with gates between the daemon and those it asks: the DNS provider `knot` is set up.
struct Gated {
    orders: Orders,
    stops: Arc<Stops>,
    gate: Gate,
    knot: Knot,
    /// Before the name server.
    _names: StandIn,
}

impl Gated {
    fn new(settings: &str) -> Self {
        let (knot, pebble) = with_name_server(90);
        let stops = Stops::new();
        let gate = Gate::new(&pebble, stops.clone());
        let names = name_gate(knot.address().parse().unwrap(), stops.clone());
        let mut orders = Orders::at(pebble, &gate.url(), settings);
        orders.provider("knot", &names.address().to_string(), &json!({}));
        Self {
            orders,
            stops,
            gate,
            knot,
            _names: names,
        }
    }
}

impl Orders {
    fn new(pebble: Pebble) -> Self {
        let url = pebble.url();
        Self::at(pebble, &url, "")
    }

    /// With an authority whose directory is reached there, and more settings.
    fn at(pebble: Pebble, directory: &str, more: &str) -> Self {
        let desk = Desk::blank();
        desk.text(&["device", "key", "policy", "any"]);
        let settings = format!("{more}\n[[ibm.acme]]\ntype = 'pebble'\ndirectory = '{directory}'\n");
        let daemon = start(&desk.path("data"), &pebble, &settings, Duration::ZERO);
        let client = Client::connect(&daemon, daemon.token()).unwrap();
        let (account, _) = OpenSsl::default().ec("P-256");
        let mut orders = Self {
            desk,
            pebble,
            settings,
            account,
            daemon: Some(daemon),
            client,
        };
        let (rsa, _) = OpenSsl::default().rsa(2048);
        for (name, key) in [("p-256", pem(&orders.account)), ("rsa", pem(&rsa))] {
            let body = json!({"name": name, "type": "pebble", "config": {"private_key": key}});
            let made = orders.client.data("PUT", CONFIGS, &body, 200);
            let shown = made["config"]["private_key"].as_str().unwrap();
            assert!(shown.starts_with("sha256:"), "{made}");
        }
        orders
    }

    /// Has records made in a name server; answers the configuration.
    fn provider(&mut self, name: &str, address: &str, more: &Value) -> Value {
        let mut config = json!({
            "nameserver": address, "tsig_key_name": KEY_NAME, "tsig_secret": KEY, "propagation": "0s",
        });
        config
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let body = json!({"name": name, "type": "rfc2136", "config": config});
        self.client.data("PUT", PROVIDERS, &body, 200)
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
        self.restart_later(Duration::ZERO);
    }

    /// Kills the daemon and starts another, for which so much more time has passed.
    fn restart_later(&mut self, by: Duration) {
        self.daemon.take().unwrap().kill().unwrap();
        let daemon = start(&self.desk.path("data"), &self.pebble, &self.settings, by);
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

/// A name server with the zones of the tests, and pebble that asks it.
fn with_name_server(days: u32) -> (Knot, Pebble) {
    let knot = Knot::start(&["example.com", "example.net"]);
    let pebble = Pebble::start_with(0, days, Some(knot.port()));
    (knot, pebble)
}

fn is_active(shown: &Value) -> bool {
    shown["state_description"] == "Active"
}
