//! Every command on its own.

use crate::board::Bench;
use crate::host::{Answer, Host, id};
use casemate_common::command::*;
use casemate_common::error::ErrorCode;
use casemate_common::exchange::MessageKind;
use casemate_common::keyring::KeyringId;
use casemate_common::limits::MAX_RANDOM;

fn connect(bench: &Bench) -> Host {
    Host::connect(bench.untested())
}

fn info(host: &mut Host) -> (DeviceState, u32, u32, [u8; 16]) {
    let body = host.call(&Info {}).unwrap();
    let info: InfoAnswer<'_> = postcard::from_bytes(&body).unwrap();
    assert_eq!(
        (info.board, info.uptime_ms, info.root, info.protection),
        ("memory", 1234, RootKind::FlashPage, Protection::ReadOut)
    );
    (info.state, info.keyrings, info.keyring_capacity, info.device_id)
}

fn list(host: &mut Host, after: Option<KeyringId>) -> (bool, Vec<KeyringId>) {
    let body = host.call(&KeyringList { after }).unwrap();
    let (KeyringPage { more }, ids) = postcard::take_from_bytes(&body).unwrap();
    let ids = ids
        .chunks_exact(16)
        .map(|id| KeyringId::new(id.try_into().unwrap()));
    (more, ids.collect())
}

#[test]
fn info_names_the_device_for_good() {
    let bench = Bench::blank(32);
    let (state, keyrings, capacity, device_id) = info(&mut connect(&bench));
    assert_eq!((state, keyrings), (DeviceState::Ready, 0));
    assert!(capacity >= 1000, "128 KiB hold {capacity} keyrings");
    let mut again = connect(&bench);
    again.create(id(1));
    assert_eq!(info(&mut again), (DeviceState::Ready, 1, capacity, device_id));
    let other = Bench {
        seed: 2,
        ..Bench::blank(32)
    };
    assert_ne!(info(&mut connect(&other)).3, device_id);
}

#[test]
fn random_bytes_differ_and_have_a_limit() {
    let mut host = connect(&Bench::blank(4));
    let mut draw = |len| host.call(&Random { len });
    let (first, second) = (draw(32).unwrap(), draw(32).unwrap());
    assert_eq!((first.len(), second.len()), (32, 32));
    assert_ne!(first, second);
    assert_eq!(draw(0).unwrap(), []);
    assert_eq!(draw(MAX_RANDOM as u16).unwrap().len(), MAX_RANDOM);
    assert_eq!(draw(MAX_RANDOM as u16 + 1), Err(ErrorCode::TooLarge));
}

#[test]
fn keyrings_are_created_once_and_destroyed_once() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    let created = |body: Vec<u8>| postcard::from_bytes::<KeyringCreated>(&body).unwrap().created;
    let existed = |body: Vec<u8>| postcard::from_bytes::<KeyringDestroyed>(&body).unwrap().existed;
    assert!(created(host.call(&KeyringCreate { id: id(1) }).unwrap()));
    let record = host.seal(id(1), b"", b"secret").unwrap();
    assert!(!created(host.call(&KeyringCreate { id: id(1) }).unwrap()));
    assert_eq!(host.open(id(1), b"", &record).unwrap(), b"secret");
    assert!(existed(host.call(&KeyringDestroy { id: id(1) }).unwrap()));
    assert!(!existed(host.call(&KeyringDestroy { id: id(1) }).unwrap()));
    assert_eq!(host.open(id(1), b"", &record), Err(ErrorCode::KeyringNotFound));
    // A namesake has a key of its own.
    host.create(id(1));
    assert_eq!(host.open(id(1), b"", &record), Err(ErrorCode::RecordInvalid));
}

#[test]
fn keyrings_survive_a_restart_and_are_bound_to_the_root() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    host.create(id(3));
    let record = host.seal(id(3), b"place", b"secret").unwrap();
    assert_eq!(connect(&bench).open(id(3), b"place", &record).unwrap(), b"secret");
    let stolen = Bench {
        root: Bench::blank(1).root,
        seed: 9,
        ..bench.copy()
    };
    assert_eq!(
        connect(&stolen).open(id(3), b"place", &record),
        Err(ErrorCode::FlashFailed)
    );
}

#[test]
fn lists_come_in_order_and_in_pages() {
    let bench = Bench::blank(12);
    let mut host = connect(&bench);
    let mut ids: Vec<_> = (0..=u8::MAX).map(|n| id(n.wrapping_mul(37))).collect();
    ids.iter().for_each(|id| host.create(*id));
    ids.sort();
    let (more, first) = list(&mut host, None);
    assert!(more);
    assert_eq!(first, ids[..PAGE_LEN]);
    let (more, second) = list(&mut host, first.last().copied());
    assert!(!more);
    assert_eq!(second, ids[PAGE_LEN..]);
    assert_eq!(list(&mut host, Some(id(0xff))), (false, vec![]));
}

#[test]
fn a_full_store_says_so_and_loses_nothing() {
    let bench = Bench::blank(3);
    let mut host = connect(&bench);
    let capacity = info(&mut host).2;
    let ids: Vec<_> = (0..capacity).map(|n| id(n as u8)).collect();
    ids.iter().for_each(|id| host.create(*id));
    let record = host.seal(ids[0], b"", b"secret").unwrap();
    let one_more = KeyringCreate { id: id(0xff) };
    assert_eq!(host.call(&one_more), Err(ErrorCode::StoreFull));
    let mut host = connect(&bench);
    assert_eq!(host.call(&one_more), Err(ErrorCode::StoreFull));
    assert_eq!(info(&mut host).1, capacity);
    assert_eq!(host.open(ids[0], b"", &record).unwrap(), b"secret");
    host.call(&KeyringDestroy { id: ids[1] }).unwrap();
    host.call(&one_more).unwrap();
}

#[test]
fn more_keyrings_than_the_cache_holds_are_used_in_turn() {
    let mut host = connect(&Bench::blank(4));
    let ids: Vec<_> = (0..20).map(id).collect();
    ids.iter().for_each(|id| host.create(*id));
    let seal = |id: &KeyringId| host.seal(*id, b"", &id.as_bytes()[..4]).unwrap();
    let records: Vec<_> = ids.iter().map(seal).collect();
    for round in 0..3 {
        for (id, record) in ids.iter().zip(&records) {
            assert_eq!(
                host.open(*id, b"", record).unwrap(),
                id.as_bytes()[..4],
                "round {round}"
            );
        }
    }
    assert_eq!(host.open(ids[0], b"", &records[1]), Err(ErrorCode::RecordInvalid));
}

#[test]
fn every_command_refuses_a_body_that_is_not_its_own() {
    let mut host = connect(&Bench::blank(4));
    let takes_something = |spec: &&Spec| {
        ![
            "info",
            "role-list",
            "self-test",
            "share-offer",
            "device-reset",
            "export-policy-get",
            "update-status",
            "update-finish",
            "device-restart",
        ]
        .contains(&spec.name)
    };
    let served = |spec: &&Spec| spec.states.contains(DeviceState::Ready) && !spec.pin;
    for spec in COMMANDS.iter().filter(served).filter(takes_something) {
        let answers = host.send(MessageKind::Request(spec.code), 1, true, &[]);
        assert_eq!(
            answers,
            [Answer::error(1, ErrorCode::MalformedRequest)],
            "{}",
            spec.name
        );
    }
    let with_data = [
        "seal",
        "open",
        "key-import",
        "sign",
        "key-encrypt",
        "key-decrypt",
        "key-mac",
        "key-decipher",
        "key-unwrap",
        "export-policy-set",
        "update-write",
    ];
    let permitted = |spec: &&Spec| spec.states.contains(DeviceState::Ready) && !spec.pin;
    let without_data = |spec: &&Spec| !with_data.contains(&spec.name);
    for spec in COMMANDS.iter().filter(permitted).filter(without_data) {
        let answers = host.send(MessageKind::Request(spec.code), 1, true, &[0; 40]);
        assert_eq!(
            answers,
            [Answer::error(1, ErrorCode::MalformedRequest)],
            "{}",
            spec.name
        );
    }
}

#[test]
fn commands_without_data_are_one_message_long() {
    let mut host = connect(&Bench::blank(4));
    let answers = host.send(MessageKind::Request(Info::SPEC.code), 1, false, &[]);
    assert_eq!(answers, [Answer::error(1, ErrorCode::MalformedRequest)]);
    assert_eq!(host.send(MessageKind::RequestPart, 1, true, &[]), []);
}

#[test]
fn unknown_commands_are_refused() {
    let mut host = connect(&Bench::blank(4));
    for code in [0, 0x0003, 0x0100, 0xffff] {
        let answers = host.send(MessageKind::Request(code), 1, true, b"x");
        assert_eq!(answers, [Answer::error(1, ErrorCode::UnknownCommand)]);
    }
}

#[test]
fn a_device_that_is_told_to_starts_anew_once_it_has_answered() {
    let mut host = connect(&Bench::blank(4));
    host.call(&DeviceRestart {}).unwrap();
    assert_eq!(host.send(MessageKind::Request(Info::SPEC.code), 1, true, &[]), []);
}
