use super::*;
use casemate_common::domain::DomainId;
use casemate_common::session::noise::PublicKey;

fn id(byte: u8) -> KeyringId {
    KeyringId::new([byte; 16])
}

fn holding(device: &str, keyrings: &[KeyringId]) -> Serving {
    Serving {
        id: device.to_owned(),
        identity: PublicKey::new([1; 32]),
        domain: DomainId::new([7; 16]),
        keyrings: keyrings.iter().copied().collect(),
    }
}

/// A ledger of the devices `a` and `b`, and where it stands.
fn of_two(directory: &tempfile::TempDir) -> (Ledger, PathBuf) {
    let path = directory.path().join("pool");
    let mut ledger = Ledger::open(&path).unwrap();
    ledger.holds(&holding("a", &[])).unwrap();
    ledger.holds(&holding("b", &[])).unwrap();
    (ledger, path)
}

#[test]
fn what_is_noted_survives() {
    let directory = tempfile::tempdir().unwrap();
    let (mut ledger, path) = of_two(&directory);
    let [a, b] = ["a", "b"].map(DeviceId::from);
    ledger.doom(id(1)).unwrap();
    ledger.destroyed(id(1), std::slice::from_ref(&a)).unwrap();
    ledger.make(id(2), &a).unwrap();
    let mut ledger = Ledger::open(&path).unwrap();
    assert_eq!((ledger.doomed(&a), ledger.doomed(&b)), (vec![], vec![id(1)]));
    assert_eq!(ledger.holds_out(id(1)).collect::<Vec<_>>(), [&b]);
    assert_eq!(ledger.notes.making.get(&id(2).to_string()), Some(&a));
    ledger.make(id(2), &b).unwrap();
    assert_eq!(
        ledger.doomed(&a),
        [id(2)],
        "what the first may have made is another key"
    );
    ledger.doom(id(2)).unwrap();
    assert!(Ledger::open(&path).unwrap().notes.making.is_empty());
}

#[test]
fn who_holds_a_keyring_is_known_until_it_is_destroyed() {
    let directory = tempfile::tempdir().unwrap();
    let (mut ledger, path) = of_two(&directory);
    let holders = |keyring| {
        let ledger = Ledger::open(&path).unwrap();
        ledger.holders(keyring).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(ledger.domain(), None, "nothing depends on it yet");
    ledger.make(id(1), &"a".into()).unwrap();
    ledger.made(id(1), &["a".into()]).unwrap();
    assert_eq!(holders(id(1)), ["a"]);
    ledger.make(id(2), &"a".into()).unwrap();
    ledger.holds(&holding("a", &[id(1), id(2)])).unwrap();
    ledger.holds(&holding("b", &[id(2)])).unwrap();
    assert!(ledger.notes.making.is_empty(), "seen on a device, it is made");
    assert_eq!(
        (holders(id(2)), ledger.count()),
        (vec!["a".into(), "b".into()], 2)
    );
    assert_eq!(ledger.only_on("a"), [id(1)]);
    assert_eq!(ledger.domain(), Some(&*DomainId::new([7; 16]).to_string()));
    ledger.doom(id(2)).unwrap();
    assert!(holders(id(2)).is_empty());
    ledger.holds(&holding("a", &[])).unwrap();
    assert!(holders(id(1)).is_empty(), "the device knows best");
}

#[test]
fn nothing_is_expected_of_a_device_that_is_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let (mut ledger, path) = of_two(&directory);
    ledger.holds(&holding("a", &[id(1)])).unwrap();
    ledger.doom(id(2)).unwrap();
    ledger.make(id(3), &"a".into()).unwrap();
    ledger.forget("a").unwrap();
    let mut ledger = Ledger::open(&path).unwrap();
    assert!(ledger.devices().eq(["b"]) && ledger.holds_out(id(2)).eq(["b"]));
    assert!(ledger.holders(id(1)).next().is_none() && ledger.notes.making.is_empty());
    ledger.doom(id(4)).unwrap();
    assert!(ledger.holds_out(id(4)).eq(["b"]));
    assert!(ledger.has_forgotten("a"));
    ledger.holds(&holding("a", &[])).unwrap();
    assert!(!ledger.has_forgotten("a") && ledger.has("a"));
}

#[test]
fn notes_of_older_versions_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pool");
    small_file::write(&path, r#"{"devices":["a"],"doomed":{},"making":{}}"#).unwrap();
    let ledger = Ledger::open(&path).unwrap();
    assert!(ledger.has("a") && ledger.holders(id(1)).next().is_none());
}

#[test]
fn a_damaged_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pool");
    small_file::write(&path, "{").unwrap();
    let error = Ledger::open(&path).err().unwrap().to_string();
    assert!(error.contains("pool") && error.contains("backup"), "{error}");
}
