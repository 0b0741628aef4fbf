use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn device(byte: u8) -> PublicKey {
    PublicKey::new([byte; 32])
}

#[test]
fn a_directory_keeps_who_is_who_and_nobody_else_reads_it() {
    let directory = tempfile::tempdir().unwrap();
    let trust = Trust::open(directory.path()).unwrap();
    trust.pair(device(1)).unwrap();
    trust.pair(device(2)).unwrap();
    let pin = trust.officer_pin().unwrap();
    let again = Trust::open(directory.path()).unwrap();
    assert_eq!(again.public_key(), trust.public_key());
    assert_eq!(again.devices(), [device(1), device(2)]);
    assert_eq!(again.officer_pin().unwrap(), pin);
    for name in ["host-key", "device-key", "officer-pin"] {
        let mode = fs::metadata(directory.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn only_a_trusted_device_is_talked_to() {
    let directory = tempfile::tempdir().unwrap();
    let trust = Trust::open(directory.path()).unwrap();
    assert!(matches!(trust.judge(device(1)), Err(TrustError::Unpaired { .. })));
    trust.pair(device(1)).unwrap();
    assert!(trust.judge(device(1)).is_ok());
    assert!(matches!(trust.judge(device(2)), Err(TrustError::Changed { .. })));
    trust.pair(device(3)).unwrap();
    let stranger = trust.judge(device(2)).unwrap_err().to_string();
    for said in [
        &fingerprint(&device(1)).to_string(),
        &fingerprint(&device(3)).to_string(),
        "--another",
        "--replace",
    ] {
        assert!(stranger.contains(said), "{said}: {stranger}");
    }
    trust.unpair().unwrap();
    assert!(matches!(trust.judge(device(1)), Err(TrustError::Unpaired { .. })));
}

#[test]
fn the_first_use_is_the_only_one_that_decides() {
    let trust = Trust::in_memory([1; 32]);
    assert!(trust.judge(device(1)).is_ok());
    assert!(
        trust.judge(device(2)).is_ok(),
        "nothing is decided before a session stands"
    );
    trust.met(device(1)).unwrap();
    assert!(matches!(
        trust.clone().judge(device(2)),
        Err(TrustError::Changed { .. })
    ));
}

#[test]
fn damaged_files_are_named() {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("host-key", &b"zz"[..]),
        ("host-key", b"\xff\xfe no text"),
        ("device-key", b"0123"),
        ("device-key", b"\xff"),
    ] {
        fs::write(directory.path().join(name), text).unwrap();
        let error = Trust::open(directory.path()).err().unwrap().to_string();
        assert!(
            error.contains(name) && error.contains("restore it from a backup, or remove it"),
            "{error}"
        );
        fs::remove_file(directory.path().join(name)).unwrap();
    }
}
