//! A destroyed domain: nothing sealed under it opens again, whatever database is put back, and its key has left the
//! flash.

use casemate_tests::daemon::Daemon;
use casemate_tests::domains::{self, Domains};
use casemate_tests::kv::{self, Kv};
use std::fs;
use std::path::Path;

const SECRET: &str = "what must never be read again";

/// A new domain: its identifier, and its keyring's name.
fn new_domain(daemon: &Daemon) -> (String, Vec<u8>) {
    let reply = Domains::connect(daemon).unwrap().create().unwrap();
    let keyring = domains::text(&reply, "keyring").unwrap();
    let bytes = (0..keyring.len()).step_by(2);
    let bytes = bytes.map(|at| u8::from_str_radix(&keyring[at..at + 2], 16).unwrap());
    (domains::text(&reply, "id").unwrap(), bytes.collect())
}

fn destroy(daemon: &Daemon, domain: &str) -> u16 {
    Domains::connect(daemon).unwrap().destroy(domain).unwrap().status
}

#[test]
fn a_destroyed_domain_stays_destroyed_under_an_old_database() {
    let directory = tempfile::tempdir().unwrap();
    let (data, database) = (directory.path(), directory.path().join("casemate.redb"));
    let daemon = Daemon::start(data, "sim:").unwrap();
    let (domain, _) = new_domain(&daemon);
    let mut doomed = Kv::of_domain(&daemon, &domain).unwrap();
    for path in ["a", "b"] {
        assert_eq!(doomed.write(path, SECRET).unwrap().status, 200);
    }
    assert_eq!(
        Kv::connect(&daemon)
            .unwrap()
            .write("kept", "kept")
            .unwrap()
            .status,
        200
    );
    daemon.stop().unwrap();
    fs::copy(&database, data.join("backup")).unwrap();

    let daemon = Daemon::start(data, "sim:").unwrap();
    assert_eq!(destroy(&daemon, &domain), 204);
    assert_eq!(
        Kv::of_domain(&daemon, &domain)
            .unwrap()
            .read("a", 0)
            .unwrap()
            .status,
        404
    );
    daemon.stop().unwrap();
    fs::copy(data.join("backup"), &database).unwrap();

    let daemon = Daemon::start(data, "sim:").unwrap();
    unreadable(&daemon, &domain);
    let kept = Kv::connect(&daemon).unwrap().read("kept", 0).unwrap();
    assert_eq!(kv::text(&kept).as_deref(), Some("kept"));
    assert_eq!(destroy(&daemon, &domain), 204, "destroyed again");
    daemon.stop().unwrap();
}

fn unreadable(daemon: &Daemon, domain: &str) {
    let mut kv = Kv::of_domain(daemon, domain).unwrap();
    for path in ["a", "b"] {
        let reply = kv.read(path, 0).unwrap();
        assert_eq!(reply.status, 500, "{path}");
        assert!(reply.json()["errors"][0].is_string() && reply.json()["data"].is_null());
        assert!(!String::from_utf8_lossy(&reply.body).contains(SECRET));
    }
    assert_eq!(
        kv.write("a", "more").unwrap().status,
        500,
        "nothing to seal under"
    );
    let log = daemon.log();
    assert!(log.contains("the device has no such keyring"), "{log}");
}

/// Bytes of a keyring's record behind its name: a checksum, then nonce, sealed key and tag.
const CHECKSUM_LEN: usize = 4;
const SEALED_LEN: usize = 60;

#[test]
fn a_destroyed_keyring_leaves_no_bit_of_its_key_in_the_flash() {
    let directory = tempfile::tempdir().unwrap();
    let image = |data: &Path| fs::read(data.join("device.flash")).unwrap();
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    let before = image(directory.path());
    let (domain, keyring) = new_domain(&daemon);
    let standing = image(directory.path());
    let at = standing
        .windows(keyring.len())
        .position(|bytes| bytes == keyring)
        .unwrap();
    let start = at + keyring.len() + CHECKSUM_LEN;
    let sealed = &standing[start..start + SEALED_LEN];
    assert!(
        before[start..start + SEALED_LEN].iter().all(|&byte| byte == 0xFF),
        "written just now"
    );
    assert!(sealed.iter().any(|&byte| byte != 0xFF && byte != 0));

    assert_eq!(destroy(&daemon, &domain), 204);
    let after = image(directory.path());
    assert!(
        after[start..start + SEALED_LEN].iter().all(|&byte| byte == 0),
        "bits of the key are left"
    );
    for part in sealed.windows(8) {
        assert!(
            !after.windows(8).any(|bytes| bytes == part),
            "a copy of the key is left"
        );
    }
    daemon.stop().unwrap();
}
