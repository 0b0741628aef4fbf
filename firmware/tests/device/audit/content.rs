use super::{connect, pull_all};
use crate::board::Bench;
use crate::host::id;
use casemate_common::audit::{Entry, Event};
use casemate_common::blob::{KeyBlob, KeyType, Template, Usages};
use casemate_common::command::{
    Command, DeviceInit, Generated, KeyAttest, KeyGenerate, KeyringCreate, KeyringDestroy, Open, Seal,
};
use casemate_common::error::ErrorCode;

/// What of an entry these tests are about.
fn told(entry: &Entry) -> (Event, u16, u16, u8, u32, u32) {
    let Entry {
        event,
        command,
        outcome,
        uses,
        failures,
        ..
    } = *entry;
    (event, command, outcome, entry.subject[0], uses, failures)
}

const INIT: u16 = DeviceInit::SPEC.code;
const CREATE: u16 = KeyringCreate::SPEC.code;
const DESTROY: u16 = KeyringDestroy::SPEC.code;
const SEAL: u16 = Seal::SPEC.code;
const OPEN: u16 = Open::SPEC.code;

#[test]
fn each_change_and_the_first_use_of_each_key_are_there() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    host.create(id(1));
    let record = host.seal(id(1), b"", b"plain").unwrap();
    (0..9).for_each(|_| drop(host.seal(id(1), b"", b"plain").unwrap()));
    host.open(id(1), b"", &record).unwrap();
    host.open(id(1), b"another place", &record).unwrap_err();
    host.call(&KeyringDestroy { id: id(1) }).unwrap();
    let (log, _) = pull_all(&mut host);
    let told: Vec<_> = log.iter().map(told).collect();
    let invalid_open = (Event::Uses, OPEN, 0, 1, 0, 1);
    assert_eq!(
        told,
        [
            (Event::Command, INIT, 0, 0, 1, 0),
            (Event::Command, CREATE, 0, 1, 1, 0),
            (Event::FirstUse, SEAL, 0, 1, 1, 0),
            (Event::FirstUse, OPEN, 0, 1, 1, 0),
            (Event::Command, DESTROY, 0, 1, 1, 0),
            (Event::Uses, SEAL, 0, 1, 9, 0),
            invalid_open,
        ]
    );
    assert!(
        log.iter()
            .all(|entry| (entry.starts, entry.uptime_ms) == (1, 1234))
    );
}

#[test]
fn a_use_that_fails_is_there_and_a_keyring_that_is_not_cannot_be_used() {
    let mut host = connect(&Bench::blank(4));
    host.create(id(1));
    assert_eq!(host.seal(id(9), b"", b""), Err(ErrorCode::KeyringNotFound));
    assert_eq!(
        host.open(id(1), b"", &[9; 80]).map(drop),
        Err(ErrorCode::RecordVersion)
    );
    let mut forged = host.seal(id(1), b"", b"plain").unwrap();
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(host.open(id(1), b"", &forged), Err(ErrorCode::RecordInvalid));
    let told: Vec<_> = pull_all(&mut host).0.iter().skip(2).map(told).collect();
    let refused = ErrorCode::RecordInvalid.code();
    assert_eq!(
        told,
        [
            (Event::FirstUse, SEAL, 0, 1, 1, 0),
            (Event::FirstUse, OPEN, refused, 1, 0, 1)
        ]
    );
}

#[test]
fn the_end_of_a_session_writes_its_uses_down() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    host.create(id(1));
    (0..5).for_each(|_| drop(host.seal(id(1), b"", b"plain").unwrap()));
    host.hello(8);
    host.seal(id(1), b"", b"plain").unwrap();
    let told: Vec<_> = pull_all(&mut host).0.iter().skip(2).map(told).collect();
    assert_eq!(
        told,
        [
            (Event::FirstUse, SEAL, 0, 1, 1, 0),
            (Event::Uses, SEAL, 0, 1, 4, 0),
            (Event::FirstUse, SEAL, 0, 1, 1, 0),
        ]
    );
}

/// A statement is a use of the key that it is about.
#[test]
fn an_attestation_is_there() {
    let mut host = connect(&Bench::blank(4));
    host.create(id(1));
    let command = KeyGenerate {
        keyring: id(1),
        template: Template::new(KeyType::P256, Usages::NONE, false, 0).unwrap(),
    };
    let body = host.call(&command).unwrap();
    let (_, blob): (Generated, _) = postcard::take_from_bytes(&body).unwrap();
    let attest = KeyAttest {
        keyring: id(1),
        blob,
        challenge: [0; 32],
    };
    (0..3).for_each(|_| drop(host.call(&attest).unwrap()));
    let log = pull_all(&mut host).0;
    let attested: Vec<_> = log
        .iter()
        .filter(|entry| entry.command == KeyAttest::SPEC.code)
        .collect();
    let key = KeyBlob::parse(blob).unwrap().attributes().id;
    assert!(attested.iter().all(|entry| entry.subject == *key.as_bytes()));
    assert_eq!(
        attested.iter().map(|entry| entry.uses).collect::<Vec<_>>(),
        [1, 2]
    );
}

/// Sealing again and again under the same keys writes nothing to the flash.
#[test]
fn the_hot_path_writes_no_flash() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    (0..30).for_each(|byte| host.create(id(byte)));
    (0..30).for_each(|byte| drop(host.seal(id(byte), b"", b"plain").unwrap()));
    let before = bench.audit.with(|nor| nor.operations());
    for round in 0..500 {
        host.seal(id(round as u8 % 30), b"", b"plain").unwrap();
    }
    assert_eq!(bench.audit.with(|nor| nor.operations()), before);
}
