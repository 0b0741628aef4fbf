//! Updates on the model of the chip's flash, cut in every operation and every way.

mod bench;

use super::Controller;
use super::model::{Cut, Model};
use crate::host::{Host, PIN};
use crate::layout::{BANK_LEN, BOARD, COUNTERS, FLASH_BASE, SLOT_A, SLOT_B};
use crate::signed::{Signed, install, name_of, sha256};
use bench::Bench;
use casemate_common::command::{PinVerify, UpdateStatus, UpdateStatusAnswer};
use casemate_common::image::{BoardName, Manifest, SlotAddress, Version};
use core::ops::Range;
use p256::SecretKey;
use p256::pkcs8::DecodePrivateKey;
use std::sync::LazyLock;

/// A header, and so much that the image ends in the slot's second page.
const LEN: usize = 7168 + 312;
/// Words of header and image.
const WORDS: u64 = 64 + 468;
/// Starts after which nothing may have changed any more, where a word reads in another way each time.
const STARTS: usize = 6;

/// The image that an update brings.
static NEW: LazyLock<Signed> = LazyLock::new(|| image(&SLOT_B, 2, 4));

/// Anybody has it; so had whoever built this, unless told otherwise.
fn development_key() -> [u8; 32] {
    let pem = include_str!("../../../../keys/development.pem");
    SecretKey::from_pkcs8_pem(pem).unwrap().to_bytes().into()
}

/// The image of version `version`.0.0 for a slot, with a security version.
fn image(slot: &Range<u32>, version: u16, security_version: u8) -> Signed {
    let key = development_key();
    let image: Vec<u8> = (0..LEN).map(|at| (at % 251) as u8 ^ version as u8).collect();
    let manifest = Manifest {
        board: BoardName::new(BOARD).unwrap(),
        slot: address(slot),
        len: LEN as u32,
        version: Version {
            major: version,
            minor: 0,
            patch: 0,
        },
        security_version,
        digest: sha256(&image),
        signer: name_of(&key),
    };
    Signed::new(image, manifest, &key)
}

fn address(slot: &Range<u32>) -> SlotAddress {
    SlotAddress::new(FLASH_BASE + slot.start).unwrap()
}

/// A board that serves from slot A with version 1, installed over another; in slot B lies what ran before.
fn served() -> Model {
    let bench = Bench::new(Model::blank(1));
    put(&bench, &image(&SLOT_A, 8, 3));
    for (slot, version) in [(&SLOT_B, 9), (&SLOT_A, 1)] {
        let mut host = bench.connect();
        host.call(&PinVerify { pin: PIN }).unwrap();
        install(&mut host, &image(slot, version, 3)).unwrap();
    }
    assert_eq!(version(&mut bench.connect()), 1);
    bench.with(|model| model.clone())
}

/// Writes it as a probe does.
fn put(bench: &Bench, signed: &Signed) {
    let mut bytes = signed.bytes();
    bytes.resize(bytes.len().next_multiple_of(16), 0xFF);
    let (words, _) = bytes.as_chunks();
    for (word, at) in words.iter().zip((SLOT_A.start..).step_by(16)) {
        bench.with(|model| model.program(at, word)).unwrap();
    }
}

fn status(host: &mut Host) -> UpdateStatusAnswer {
    postcard::from_bytes(&host.call(&UpdateStatus {}).unwrap()).unwrap()
}

/// The version that runs.
fn version(host: &mut Host) -> u16 {
    status(host).running.unwrap().version[0]
}

/// Starts, and has the new image taken; whether it was.
fn update(bench: &Bench) -> bool {
    let mut host = bench.start();
    host.hello(7);
    host.call(&PinVerify { pin: PIN }).is_ok() && install(&mut host, &NEW).is_ok()
}

/// Starts, and asks what makes the image one that has served; whether it answers.
fn first_start(bench: &Bench) -> bool {
    let mut host = bench.start();
    host.hello(7).fault == 0 && host.call(&UpdateStatus {}).is_ok()
}

/// Slots and counters get along with words that read in another way each time. The record log, the audit log and the root
/// do not: they believe what they have read once.
fn steady_where_unstable(place: u32) -> bool {
    place < BANK_LEN || COUNTERS.contains(&place)
}

/// Cuts each operation of `act` on this flash in each way, and lets `judge` look at the board, told whether `act` was
/// acknowledged. Gives how many operations there were.
fn sweep(flash: &Model, act: impl Fn(&Bench) -> bool, judge: impl Fn(&Bench, Cut, bool, &str)) -> u64 {
    let bench = Bench::new(flash.clone());
    for nth in 1.. {
        for cut in Cut::ALL {
            bench.with(|model| {
                model.clone_from(flash);
                model.cut_at(nth, cut);
            });
            let acknowledged = act(&bench);
            let Some(place) = bench.with(Model::restart) else {
                return nth - 1;
            };
            if cut == Cut::Unstable && !steady_where_unstable(place) {
                continue;
            }
            judge(&bench, cut, acknowledged, &format!("operation {nth}, {cut:?}"));
            assert_eq!(
                bench.with(|model| model.violations),
                0,
                "operation {nth}, {cut:?}"
            );
        }
    }
    0
}

/// The new image runs, whenever and however often it is started.
fn stays_new(bench: &Bench, cut: Cut, place: &str) {
    let mut host = bench.connect();
    assert_eq!(
        (version(&mut host), status(&mut host).security_floor),
        (2, 4),
        "{place}"
    );
    drop(host);
    for _ in 0..starts(cut) {
        assert_eq!(bench.choose(), Ok(address(&SLOT_B)), "{place}");
    }
}

const fn starts(cut: Cut) -> usize {
    match cut {
        Cut::Unstable => STARTS,
        _ => 1,
    }
}

#[test]
fn at_every_cut_of_its_very_first_start_a_device_can_be_initialised() {
    let bench = Bench::new(Model::blank(1));
    put(&bench, &image(&SLOT_A, 8, 3));
    let flashed = bench.with(|model| model.clone());
    let initialise = |bench: &Bench| {
        let mut host = bench.start();
        host.hello(7).fault == 0 && host.init().is_ok()
    };
    let operations = sweep(&flashed, initialise, |bench, cut, _, place| {
        for _ in 0..=starts(cut) {
            assert_eq!(version(&mut bench.connect()), 8, "{place}");
        }
    });
    assert!(operations > 10, "{operations}: root, counters, log and audit");
}

#[test]
fn at_every_cut_of_an_update_the_old_or_the_new_image_starts() {
    let operations = sweep(&served(), update, |bench, cut, acknowledged, place| {
        let runs = version(&mut bench.connect());
        assert!(runs == 2 || runs == 1 && !acknowledged, "{place}: version {runs}");
        assert!(runs == 2 || update(bench), "{place}: it can't be done again");
        stays_new(bench, cut, place);
    });
    assert!(operations > WORDS, "{operations}");
}

#[test]
fn at_every_cut_of_its_first_start_the_new_image_starts_again() {
    let bench = Bench::new(served());
    assert!(update(&bench));
    let updated = bench.with(|model| model.clone());
    let operations = sweep(&updated, first_start, |bench, cut, _, place| {
        stays_new(bench, cut, place);
    });
    assert!(operations >= 3, "{operations}: try, confirmation and floor");
}
