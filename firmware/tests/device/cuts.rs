//! Power cut in every flash operation of creating and destroying keyrings, and of the very first start.

use crate::board::Bench;
use crate::host::{Host, id};
use casemate_common::command::{KeyringCreate, KeyringDestroy, KeyringList};
use casemate_common::error::ErrorCode;

/// Ways in which each operation is torn.
const SEEDS: u64 = 12;

/// What the sweep saw, so that one that tore nothing or finished nothing fails.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    torn: bool,
    finished: bool,
}

fn connect(bench: &Bench) -> Host {
    Host::connect(bench.untested())
}

/// Runs `step` on copies of `bench`, its store cut at the n-th operation for every n until one is not cut; `oracle`
/// judges the device that starts afterwards, and is told whether the step was acknowledged.
fn sweep(bench: &Bench, step: impl Fn(&mut Host) -> bool, oracle: impl Fn(&Bench, &mut Host, bool)) {
    let mut seen = Seen::default();
    for nth in 1.. {
        let mut reached = false;
        for seed in 0..SEEDS {
            let copy = bench.copy();
            let mut host = connect(&copy);
            copy.store.with(|nor| nor.cut_power_at(nth, seed));
            let acknowledged = step(&mut host);
            let torn = copy.store.with(|nor| nor.is_off());
            drop(host);
            copy.store.with(|nor| nor.restart());
            oracle(&copy, &mut connect(&copy), acknowledged);
            assert_eq!(
                copy.store.with(|nor| nor.violation()),
                None,
                "operation {nth}, seed {seed}"
            );
            reached |= torn;
        }
        seen.torn |= reached;
        if !reached {
            seen.finished = true;
            break;
        }
    }
    assert_eq!(
        seen,
        Seen {
            torn: true,
            finished: true
        }
    );
}

fn exists(host: &mut Host, byte: u8) -> bool {
    match host.seal(id(byte), b"", b"probe") {
        Ok(record) => host.open(id(byte), b"", &record).unwrap() == b"probe",
        Err(ErrorCode::KeyringNotFound) => false,
        Err(error) => panic!("half a keyring: {error:?}"),
    }
}

/// A store that is nearly full, so that changes have to move records about.
fn crowded() -> Bench {
    let bench = Bench::blank(3);
    let mut host = connect(&bench);
    (0..30).for_each(|byte| host.create(id(byte)));
    for round in 0..20 {
        host.create(id(100 + round));
        host.call(&KeyringDestroy { id: id(100 + round) }).unwrap();
    }
    bench
}

fn sweep_create(bench: &Bench) {
    let record = connect(bench).seal(id(1), b"", b"kept").unwrap();
    sweep(
        bench,
        |host| host.call(&KeyringCreate { id: id(200) }).is_ok(),
        |_, host, acknowledged| {
            let there = exists(host, 200);
            assert!(there || !acknowledged, "an acknowledged keyring is gone");
            assert_eq!(host.open(id(1), b"", &record).unwrap(), b"kept");
            host.create(id(200));
            assert!(exists(host, 200));
        },
    );
}

fn sweep_destroy(bench: &Bench) {
    let mut host = connect(bench);
    let kept = host.seal(id(1), b"", b"kept").unwrap();
    let doomed = host.seal(id(2), b"", b"doomed").unwrap();
    sweep(
        bench,
        |host| host.call(&KeyringDestroy { id: id(2) }).is_ok(),
        |_, host, acknowledged| {
            match host.open(id(2), b"", &doomed) {
                Ok(plaintext) => assert!(
                    plaintext == b"doomed" && !acknowledged,
                    "a destroyed keyring is back"
                ),
                Err(error) => assert_eq!(error, ErrorCode::KeyringNotFound),
            }
            assert_eq!(host.open(id(1), b"", &kept).unwrap(), b"kept");
            host.call(&KeyringDestroy { id: id(2) }).unwrap();
            assert_eq!(host.open(id(2), b"", &doomed), Err(ErrorCode::KeyringNotFound));
        },
    );
}

#[test]
fn creating_is_whole_or_not_at_all() {
    let bench = Bench::blank(3);
    connect(&bench).create(id(1));
    sweep_create(&bench);
}

#[test]
fn creating_in_a_crowded_store_is_whole_or_not_at_all() {
    sweep_create(&crowded());
}

#[test]
fn destroying_is_whole_or_not_at_all() {
    let bench = Bench::blank(3);
    let mut host = connect(&bench);
    host.create(id(1));
    host.create(id(2));
    sweep_destroy(&bench);
}

#[test]
fn destroying_in_a_crowded_store_is_whole_or_not_at_all() {
    sweep_destroy(&crowded());
}

#[test]
fn the_first_start_can_be_cut_anywhere() {
    for nth in 1.. {
        let mut reached = false;
        for seed in 0..SEEDS {
            let bench = Bench::blank(3);
            bench.root.with(|nor| nor.cut_power_at(nth, seed));
            drop(connect(&bench));
            reached |= bench.root.with(|nor| nor.is_off());
            bench.root.with(|nor| nor.restart());
            let mut host = connect(&bench);
            host.create(id(1));
            let record = host.seal(id(1), b"", b"secret").unwrap();
            assert_eq!(connect(&bench).open(id(1), b"", &record).unwrap(), b"secret");
        }
        if !reached {
            assert!(nth > 1, "nothing was cut");
            return;
        }
    }
}

#[test]
fn a_destroyed_key_leaves_no_bit_behind() {
    let bench = Bench::blank(3);
    let mut host = connect(&bench);
    host.create(id(1));
    let blank = bench.store.with(|nor| nor.image().to_vec());
    host.create(id(2));
    let held = bench.store.with(|nor| nor.image().to_vec());
    host.call(&KeyringDestroy { id: id(2) }).unwrap();
    let left = bench.store.with(|nor| nor.image().to_vec());
    let written = blank
        .iter()
        .zip(&held)
        .zip(&left)
        .filter(|((before, after), _)| before != after);
    let (mut changed, mut wiped) = (0, 0);
    for (_, left) in written {
        changed += 1;
        wiped += usize::from(*left == 0);
    }
    // The record's header may stay: kind, name and lengths, 32 bytes. Sealed key and nonce take 60.
    assert!(
        changed >= 60 && wiped + 32 >= changed,
        "{wiped} of {changed} bytes wiped"
    );
    assert!(host.call(&KeyringList { after: None }).is_ok());
}
