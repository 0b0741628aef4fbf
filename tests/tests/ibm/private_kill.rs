//! The daemon ended with SIGKILL under clients that have certificates made and revoked: what was acknowledged is there,
//! each certificate has its own serial number, and the revocation list has each that was revoked.

use crate::client::Client;
use casemate_tests::daemon::Daemon;
use casemate_tests::dice::{Dice, fresh_seed};
use casemate_tests::skip;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

const CONFIG: &str = "ibmcloud/private_cert/config";
const SECRETS: &str = "ibmcloud/private_cert/secrets";
const CLIENTS: usize = 3;
const ROUNDS: usize = 6;

/// What clients were told.
#[derive(Debug, Default)]
struct Told {
    /// Names and serial numbers of what was made.
    made: Vec<(String, String)>,
    /// Serial numbers of what was revoked.
    revoked: Vec<String>,
}

fn csr() -> String {
    let output = Command::new("openssl")
        .args([
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ])
        .args(["-keyout", "/dev/null", "-subj", "/CN=killed.example.com"])
        .stderr(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Makes and revokes certificates until the daemon is gone.
fn work(mut client: Client, prefix: &str, csr: &str) -> Told {
    let mut told = Told::default();
    for number in 0.. {
        let name = format!("{prefix}-{number}");
        let body = json!({"name": name, "certificate_template": "template", "csr": csr});
        let Ok(reply) = client.ask("POST", SECRETS, &body) else {
            break;
        };
        assert_eq!(reply.status, 200, "{}", reply.json());
        let made = reply.json()["data"].clone();
        let serial = made["serial_number"].as_str().unwrap().to_owned();
        told.made.push((name, serial.clone()));
        if number % 2 == 0 {
            let path = format!("{SECRETS}/{}/revoke", made["id"].as_str().unwrap());
            let Ok(reply) = client.ask("POST", &path, &Value::Null) else {
                break;
            };
            assert_eq!(reply.status, 200, "{}", reply.json());
            told.revoked.push(serial);
        }
    }
    told
}

/// The serial numbers in the revocation list, as the API writes them.
fn listed(root: &mut Client) -> BTreeSet<String> {
    let path = format!("{CONFIG}/certificate_authorities/root/crl/pem");
    let list = root.ask("GET", &path, &Value::Null).unwrap().body;
    let mut openssl = Command::new("openssl")
        .args(["crl", "-noout", "-text"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    openssl.stdin.take().unwrap().write_all(&list).unwrap();
    let text = String::from_utf8(openssl.wait_with_output().unwrap().stdout).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Serial Number: "));
    lines.map(|serial| serial.to_lowercase()).collect()
}

#[test]
fn certificates_that_were_acknowledged_are_there_and_revoked_ones_are_listed() {
    if skip::left_out("openssl") {
        return;
    }
    let seed = fresh_seed();
    eprintln!("seed {seed}");
    let mut dice = Dice::new(seed);
    let directory = tempfile::tempdir().unwrap();
    let csr = csr();
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    let mut root = Client::connect(&daemon, daemon.token()).unwrap();
    for (collection, body) in [
        (
            "root_certificate_authorities",
            json!({"name": "root", "type": "root_certificate_authority", "config": {"max_ttl": "43830h", "common_name": "Root", "key_type": "ec"}}),
        ),
        (
            "certificate_templates",
            json!({"name": "template", "type": "certificate_template", "config": {"certificate_authority": "root", "key_type": "ec", "allow_any_name": true}}),
        ),
    ] {
        root.data("POST", &format!("{CONFIG}/{collection}"), &body, 200);
    }
    daemon.stop().unwrap();
    let mut told = Told::default();
    for round in 0..ROUNDS {
        let daemon = Daemon::start(directory.path(), "sim:").unwrap();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let client = Client::connect(&daemon, daemon.token()).unwrap();
                let (prefix, csr) = (format!("c{round}-{number}"), csr.clone());
                thread::spawn(move || work(client, &prefix, &csr))
            })
            .collect();
        thread::sleep(Duration::from_millis(100 + dice.below(300) as u64));
        daemon.kill().unwrap();
        for client in clients {
            let Told { made, revoked } = client.join().unwrap();
            told.made.extend(made);
            told.revoked.extend(revoked);
        }
    }
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    let mut root = Client::connect(&daemon, daemon.token()).unwrap();
    assert!(told.made.len() > ROUNDS && !told.revoked.is_empty(), "{told:?}");
    let serials: BTreeSet<_> = told.made.iter().map(|(_, serial)| serial).collect();
    assert_eq!(serials.len(), told.made.len(), "serial numbers are unique");
    for (name, serial) in &told.made {
        let read = root.data("GET", &format!("{SECRETS}/{name}"), &Value::Null, 200);
        assert_eq!(read["serial_number"], serial.as_str(), "{name}");
        assert!(read["secret_data"]["certificate"].is_string());
    }
    let rotate = format!("{CONFIG}/root_certificate_authorities/root/rotate_crl");
    root.data("POST", &rotate, &Value::Null, 200);
    let listed = listed(&mut root);
    for serial in &told.revoked {
        let plain = serial.replace(':', "");
        let plain = plain.trim_start_matches("00");
        assert!(
            listed.iter().any(|own| own.trim_start_matches("00") == plain),
            "{serial} in {listed:?}"
        );
    }
    let all = root.data("GET", &format!("{SECRETS}?limit=200"), &Value::Null, 200);
    assert!(all["secrets_total"].as_u64().unwrap() >= told.made.len() as u64);
    daemon.stop().unwrap();
}
