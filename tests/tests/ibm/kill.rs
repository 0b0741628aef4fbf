//! The daemon ended with SIGKILL under clients that rotate and lock: what was acknowledged is there, and the rules hold.

use crate::client::Client;
use casemate_tests::daemon::Daemon;
use casemate_tests::dice::{Dice, fresh_seed};
use serde_json::{Value, json};
use std::thread;
use std::time::Duration;

const CLIENTS: usize = 8;
const ROUNDS: usize = 15;

/// What one client knows of its secret.
#[derive(Debug, Clone, Default)]
struct Known {
    /// The last value that was acknowledged.
    acknowledged: u64,
    /// The last value that was sent.
    sent: u64,
    /// Whether the last lock or unlocking that was acknowledged left a lock; `None` while one is under way.
    locked: Option<bool>,
}

fn secret(client: usize) -> String {
    format!("ibmcloud/arbitrary/secrets/secret-{client}")
}

/// Rotates, locks and unlocks until the daemon is gone.
fn work(mut client: Client, number: usize, mut known: Known) -> Known {
    let locks = secret(number).replace("secrets/", "locks/");
    let (lock, unlock) = (json!({"locks": [{"name": "app"}]}), json!({"locks": ["*"]}));
    loop {
        known.sent += 1;
        let body = json!({"payload": known.sent.to_string()});
        let Ok(reply) = client.ask("POST", &format!("{}/rotate", secret(number)), &body) else {
            return known;
        };
        assert_eq!(reply.status, 200, "{}", reply.json());
        known.acknowledged = known.sent;
        for (action, body, locked) in [("lock", &lock, true), ("unlock", &unlock, false)] {
            known.locked = None;
            let Ok(reply) = client.ask("POST", &format!("{locks}/{action}"), body) else {
                return known;
            };
            assert_eq!(reply.status, 200, "{}", reply.json());
            known.locked = Some(locked);
        }
    }
}

/// Compares what is there with what is known, and makes it free of locks.
fn check(client: &mut Client, number: usize, known: &mut Known) {
    let read = client.data("GET", &secret(number), &Value::Null, 200);
    let value: u64 = read["secret_data"]["payload"].as_str().unwrap().parse().unwrap();
    assert!(
        (known.acknowledged..=known.sent).contains(&value),
        "{value} {known:?}"
    );
    if let Some(locked) = known.locked {
        assert_eq!(read["locks_total"] == 1, locked, "{known:?}");
    }
    let locks = secret(number).replace("secrets/", "locks/");
    client.data("POST", &format!("{locks}/unlock"), &json!({"locks": ["*"]}), 200);
    *known = Known {
        acknowledged: value,
        sent: value,
        locked: Some(false),
    };
}

#[test]
fn nothing_that_was_acknowledged_is_lost() {
    let seed = fresh_seed();
    eprintln!("seed {seed}");
    let mut dice = Dice::new(seed);
    let directory = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    let mut root = Client::connect(&daemon, daemon.token()).unwrap();
    for client in 0..CLIENTS {
        let body = json!({"name": format!("secret-{client}"), "payload": "0"});
        root.data("POST", "ibmcloud/arbitrary/secrets", &body, 200);
    }
    daemon.stop().unwrap();
    let mut all = vec![Known::default(); CLIENTS];
    for _ in 0..ROUNDS {
        let daemon = Daemon::start(directory.path(), "sim:").unwrap();
        let mut root = Client::connect(&daemon, daemon.token()).unwrap();
        for (number, known) in all.iter_mut().enumerate() {
            check(&mut root, number, known);
        }
        let clients: Vec<_> = all
            .iter()
            .cloned()
            .enumerate()
            .map(|(number, known)| {
                let client = Client::connect(&daemon, daemon.token()).unwrap();
                thread::spawn(move || work(client, number, known))
            })
            .collect();
        thread::sleep(Duration::from_millis(50 + dice.below(200) as u64));
        daemon.kill().unwrap();
        all = clients.into_iter().map(|client| client.join().unwrap()).collect();
    }
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    let mut root = Client::connect(&daemon, daemon.token()).unwrap();
    for (number, known) in all.iter_mut().enumerate() {
        check(&mut root, number, known);
        assert!(known.acknowledged > 0, "client {number} did nothing");
    }
    daemon.stop().unwrap();
}
