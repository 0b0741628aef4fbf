//! Records that somebody moves about in the flash, who has neither the root secret nor the PIN.

use crate::board::{Bench, Flash};
use crate::domain::{join, other_device};
use crate::host::{Host, assert_serves_only_info, id};
use casemate_common::error::ErrorCode;
use casemate_firmware::flash::{Kind, Log, Memory, NAME_LEN};

/// More than any store here has.
const RECORDS: usize = 100;

type Records = Vec<(Kind, [u8; NAME_LEN], Vec<u8>)>;

fn log<T>(flash: &Flash, work: impl FnOnce(&mut Log<'_, Flash, RECORDS>) -> T) -> T {
    let mut memory = Memory::default();
    work(&mut Log::mount(flash.clone(), &mut memory).unwrap())
}

fn records(flash: &Flash, kinds: &[Kind]) -> Records {
    log(flash, |log| {
        let mut found = Vec::new();
        for &kind in kinds {
            let names: Vec<_> = log.names_after(kind, None).copied().collect();
            for name in names {
                let mut body = [0; 600];
                let len = log.read(kind, &name, &mut body).unwrap().unwrap();
                found.push((kind, name, body[..len].to_vec()));
            }
        }
        found
    })
}

/// A device with a keyring and a record under it; and the same, blanked and initialised by somebody else.
fn two_lives() -> (Bench, Vec<u8>, Bench) {
    let bench = Bench::blank(4);
    let mut owner = Host::connect(bench.untested());
    owner.create(id(1));
    let record = owner.seal(id(1), b"", b"secret").unwrap();
    drop(owner);
    let mut stolen = bench.copy();
    (stolen.store, stolen.seed) = (Flash::blank(4), 2);
    let mut thief = Host::start(stolen.untested());
    thief.be(0x66);
    assert_eq!(thief.hello(6).fault, 0);
    thief.init().unwrap();
    drop(thief);
    (bench, record, stolen)
}

/// What a thief gets from the owner's store with these of their own records put in.
fn with_spliced(kinds: &[Kind]) -> Result<Vec<u8>, ErrorCode> {
    let (bench, record, stolen) = two_lives();
    let spliced = records(&stolen.store, kinds);
    assert_eq!(spliced.len(), kinds.len());
    log(&bench.store, |log| {
        for (kind, name, body) in spliced {
            log.put(kind, &name, &body).unwrap();
        }
    });
    let mut thief = Host::start(bench.untested());
    thief.be(0x66);
    thief.hello(7);
    thief.open(id(1), b"", &record)
}

#[test]
fn hosts_of_another_life_do_not_govern_the_keyrings_of_this_one() {
    let one = with_spliced(&[Kind::HOST]);
    assert_eq!(one, Err(ErrorCode::FlashFailed));
    let both = with_spliced(&[Kind::HOST, Kind::PIN]);
    assert_eq!(both, Err(ErrorCode::FlashFailed));
    // That opens the hosts, but no keyring.
    let all = with_spliced(&[Kind::HOST, Kind::PIN, Kind::ERA]);
    assert_eq!(all, Err(ErrorCode::FlashFailed));
}

#[test]
fn the_owner_is_still_served_after_all_that() {
    let (bench, record, _) = two_lives();
    let mut owner = Host::connect(bench.untested());
    assert_eq!(owner.open(id(1), b"", &record).unwrap(), b"secret");
}

#[test]
fn secrets_that_nobody_governs_any_more_stop_the_device() {
    let with_keyring = Bench::blank(4);
    Host::connect(with_keyring.untested()).create(id(1));
    let (in_domain, other) = (Bench::blank(4), other_device(2));
    join(
        &mut Host::connect(other.untested()),
        &mut Host::connect(in_domain.untested()),
    )
    .unwrap();
    for bench in [with_keyring, in_domain] {
        for (kind, name, _) in records(&bench.store, &[Kind::HOST]) {
            log(&bench.store, |log| log.remove(kind, &name).unwrap());
        }
        let mut host = Host::connect(bench.board::<casemate_firmware::crypto::Software>());
        assert_serves_only_info(&mut host, ErrorCode::FlashFailed);
    }
}

#[test]
fn a_store_that_has_lost_its_era_stops_the_device() {
    let (bench, ..) = two_lives();
    for (kind, name, _) in records(&bench.store, &[Kind::ERA]) {
        log(&bench.store, |log| log.remove(kind, &name).unwrap());
    }
    let mut host = Host::connect(bench.board::<casemate_firmware::crypto::Software>());
    assert_serves_only_info(&mut host, ErrorCode::FlashFailed);
}
