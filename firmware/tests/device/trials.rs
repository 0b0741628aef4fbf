//! Images that are tried and turn out unfit make way, without anybody's hand.

use crate::board::{Bench, Flash, slots, trust};
use crate::host::Host;
use crate::images::{connect, flashed, image, start, versions};
use crate::signed::install;
use casemate_common::command::RoleList;
use casemate_common::error::ErrorCode;
use casemate_firmware::crypto::Software;
use casemate_firmware::image::{Slot, choose, security_floor};
use casemate_firmware::platform::Clock;
use casemate_firmware::selftest::faults::{AES_PAIR, Break};
use casemate_sim::nor::NorError;
use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};

/// Milliseconds for which an image that can't serve says why, and for which one that could is waited for.
const REASON: u64 = 15_000;
const PATIENCE: u64 = 600_000;

/// A board that runs version 1, which has served, and has version 2 beside it.
fn updated() -> Bench {
    let bench = flashed();
    install(&mut connect(&bench), &image(1, 2, 4)).unwrap();
    bench
}

/// Whether the board that this host speaks with is to be reset.
fn is_over(bench: &Bench, host: &Host) -> bool {
    host.trial.is_over(bench.clock.uptime_ms())
}

/// A start of an image whose AES is broken: it tells the host, and gives whether the board is reset then.
fn starts_broken(bench: &Bench) -> bool {
    let mut host = Host::start(bench.board::<Break<AES_PAIR>>());
    bench.pass(REASON - 2000);
    assert!(!is_over(bench, &host), "nobody could read why");
    assert_eq!(host.hello(7).fault, ErrorCode::SelfTestFailed.code());
    bench.pass(2000);
    is_over(bench, &host)
}

#[test]
fn an_image_with_broken_cryptography_gives_way_by_itself() {
    let bench = updated();
    for _ in 0..3 {
        assert_eq!(start(&bench.copy()), 1);
        assert!(starts_broken(&bench));
    }
    assert_eq!(start(&bench.copy()), 0);
    assert_eq!(versions(&mut connect(&bench)), (1, 2));
}

#[test]
fn an_image_that_no_host_reaches_gives_way_by_itself() {
    let bench = updated();
    for _ in 0..3 {
        assert_eq!(start(&bench.copy()), 1);
        let host = Host::start(bench.untested());
        bench.pass(PATIENCE - 2000);
        assert!(!is_over(&bench, &host));
        bench.pass(2000);
        assert!(is_over(&bench, &host));
    }
    assert_eq!(start(&bench), 0);
}

#[test]
fn one_that_fails_after_its_start_gives_way_too() {
    let bench = updated();
    let mut host = Host::start(bench.untested());
    bench.noise_is_stuck.set(true);
    let fault = (7..2000)
        .map(|session| host.hello(session).fault)
        .find(|fault| *fault != 0);
    assert_eq!(fault, Some(ErrorCode::EntropyFailed.code()));
    assert!(!is_over(&bench, &host));
    bench.pass(REASON);
    assert!(is_over(&bench, &host));
}

#[test]
fn an_image_that_has_served_stays_whatever_befalls_it() {
    let bench = updated();
    let mut host = connect(&bench);
    host.call(&RoleList {}).unwrap();
    bench.pass(100 * PATIENCE);
    assert!(!is_over(&bench, &host));
    for _ in 0..5 {
        assert!(!starts_broken(&bench));
        bench.pass(100 * PATIENCE);
    }
    assert_eq!(start(&bench), 1);
}

#[test]
fn an_image_without_another_starts_anew_only_as_often_as_it_may_be_tried() {
    let bench = flashed();
    assert_eq!(
        [(); 6].map(|()| starts_broken(&bench)),
        [true, true, true, false, false, false]
    );
}

#[test]
fn what_was_never_signed_is_not_on_trial() {
    let bench = Bench::blank(4);
    assert!(!starts_broken(&bench));
    bench.pass(100 * PATIENCE);
    assert!(!starts_broken(&bench));
}

/// A flash that may have become read-only.
struct Worn {
    flash: Flash,
    takes_writes: bool,
}

impl ErrorType for Worn {
    type Error = NorError;
}

impl ReadNorFlash for Worn {
    const READ_SIZE: usize = Flash::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorError> {
        self.flash.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl NorFlash for Worn {
    const WRITE_SIZE: usize = Flash::WRITE_SIZE;
    const ERASE_SIZE: usize = Flash::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorError> {
        self.flash.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorError> {
        match self.takes_writes {
            true => self.flash.write(offset, bytes),
            false => Err(NorError::Overwrite { word: offset }),
        }
    }
}

/// A start of a board of which only these slots can be written.
fn start_worn(bench: &Bench, takes_writes: [bool; 2]) -> Option<usize> {
    let addresses = slots(bench).map(|slot| slot.address());
    let mut slots = [0, 1].map(|slot| {
        let flash = bench.slots[slot].clone();
        let worn = Worn {
            flash,
            takes_writes: takes_writes[slot],
        };
        Slot::new(worn, addresses[slot])
    });
    let floor = security_floor(bench.counters.clone());
    choose::<Software, _>(&mut slots, &trust(), floor)
        .ok()
        .map(|chosen| chosen.slot)
}

#[test]
fn an_image_whose_tries_cannot_be_noted_comes_after_the_other() {
    let bench = updated();
    assert_eq!([(); 5].map(|()| start_worn(&bench, [true, false])), [Some(0); 5]);
    assert_eq!([(); 2].map(|()| start_worn(&bench, [false, true])), [Some(1); 2]);
    bench.slots[0].with(|nor| nor.medium_mut()[1024 + 700] ^= 4);
    assert_eq!(
        start_worn(&bench, [true, false]),
        Some(1),
        "still better than none"
    );
}
