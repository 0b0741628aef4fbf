use super::*;
use crate::layout::{FLASH_BASE, REGIONS};
use crate::tamper::model::Model;
use crate::tamper::{TampHalf, arm};
use crate::wrapped_root::WrappedRoot;
use casemate_firmware::crypto::{Aes256, SoftwareAes256};
use casemate_sim::nor::Nor;
use embedded_storage::nor_flash::{ErrorType, ReadNorFlash};
use std::format;
use std::vec;
use std::vec::Vec;

type Flash = Nor<Vec<u8>, 16, 8192>;

struct Chip(u8);

impl HardwareKey for Chip {
    fn is_settled(&self) -> bool {
        true
    }

    fn encrypt(&mut self, block: &mut [u8; 16]) -> Result<(), RootError> {
        SoftwareAes256::new(&Key256::new([self.0; 32])).encrypt(block);
        Ok(())
    }
}

fn blank() -> Flash {
    Nor::new(vec![0xFF; 2 * 8192])
}

/// A start of the board.
fn load(flash: &mut Flash, tamp: &Model, chip: u8, fresh: u8) -> Result<[u8; 32], RootError> {
    arm(tamp);
    let mut root = [0; 32];
    SplitRoot::new(flash, Chip(chip), TampHalf::new(tamp.clone()))
        .load_or_create(&[fresh; 32], &mut root)
        .map(|()| root)
}

fn load_whole(flash: &mut Flash) -> Result<[u8; 32], RootError> {
    let mut root = [0; 32];
    WrappedRoot::new(flash, Chip(1))
        .load_or_create(&[5; 32], &mut root)
        .map(|()| root)
}

#[test]
fn the_root_takes_the_flash_the_chip_and_the_half() {
    let (mut flash, tamp) = (blank(), Model::default());
    let root = load(&mut flash, &tamp, 1, 7).unwrap();
    let operations = flash.operations();
    assert_eq!(load(&mut flash, &tamp, 1, 8), Ok(root));
    assert_eq!(
        flash.operations(),
        operations,
        "a start without need wrote to the flash"
    );
    assert_eq!(load(&mut flash, &tamp, 2, 8), Err(RootError::Changed));
    TampHalf::new(tamp.clone()).make(&[3; 32]).unwrap();
    assert_eq!(load(&mut flash, &tamp, 1, 8), Err(RootError::Changed));
}

#[test]
fn a_half_that_is_gone_is_never_replaced() {
    for lose in [
        |tamp: &Model| tamp.open(true),
        |tamp: &Model| {
            tamp.open(true);
            tamp.open(false);
        },
        Model::lose_supply,
    ] {
        let (mut flash, tamp) = (blank(), Model::default());
        let root = load(&mut flash, &tamp, 1, 7).unwrap();
        let image = flash.image().to_vec();
        lose(&tamp);
        for fresh in 8..11 {
            assert_eq!(load(&mut flash, &tamp, 1, fresh), Err(RootError::Tampered));
        }
        assert!(tamp.is_empty() && flash.image() == image);

        tamp.open(false);
        let anew = load(&mut blank(), &tamp, 1, 11).unwrap();
        assert_ne!(anew, root);
    }
}

#[test]
fn an_open_input_makes_no_root() {
    let (mut flash, tamp) = (blank(), Model::default());
    tamp.open(true);
    assert_eq!(load(&mut flash, &tamp, 1, 7), Err(RootError::Tampered));
    tamp.open(false);
    assert!(load(&mut flash, &tamp, 1, 7).is_ok());
}

#[test]
fn neither_kind_of_root_takes_the_others_place() {
    let (mut flash, tamp) = (blank(), Model::default());
    load(&mut flash, &tamp, 1, 7).unwrap();
    assert_eq!(load_whole(&mut flash), Err(RootError::OtherKind));

    let (mut flash, tamp) = (blank(), Model::default());
    load_whole(&mut flash).unwrap();
    assert_eq!(load(&mut flash, &tamp, 1, 7), Err(RootError::OtherKind));
    assert!(tamp.is_empty());
}

/// What a cut start has made of the half is taken by the next: nobody knows whether a seed hangs on it.
#[test]
fn a_half_that_is_there_is_not_made_anew() {
    let (mut flash, tamp) = (blank(), Model::default());
    flash.cut_power_at(1, 3);
    assert!(load(&mut flash, &tamp, 1, 7).is_err());
    let half = |tamp: &Model| TampHalf::new(tamp.clone()).read();
    let made = half(&tamp).expect("the half was made");
    load(&mut blank(), &tamp, 1, 8).unwrap();
    assert_eq!(half(&tamp), Some(made));
}

/// Flash that looks blank at first.
struct Faint<'a> {
    flash: &'a mut Flash,
    blank_reads: u32,
}

impl ErrorType for Faint<'_> {
    type Error = <Flash as ErrorType>::Error;
}

impl ReadNorFlash for Faint<'_> {
    const READ_SIZE: usize = Flash::READ_SIZE;

    fn read(&mut self, at: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        if self.blank_reads == 0 {
            return self.flash.read(at, bytes);
        }
        self.blank_reads -= 1;
        bytes.fill(0xFF);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl NorFlash for Faint<'_> {
    const WRITE_SIZE: usize = Flash::WRITE_SIZE;
    const ERASE_SIZE: usize = Flash::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        self.flash.erase(from, to)
    }

    fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        self.flash.write(at, bytes)
    }
}

/// Both pages of slots that look blank once make nothing: neither while the half is there nor after it has gone.
#[test]
fn a_seed_that_was_not_seen_once_costs_nothing() {
    let (mut flash, tamp) = (blank(), Model::default());
    let root = load(&mut flash, &tamp, 1, 7).unwrap();
    let mut look = |tamp: &Model| {
        let faint = Faint {
            flash: &mut flash,
            blank_reads: 2 * 51,
        };
        let mut root = [0; 32];
        SplitRoot::new(faint, Chip(1), TampHalf::new(tamp.clone()))
            .load_or_create(&[8; 32], &mut root)
            .map(|()| root)
    };
    assert_eq!(look(&tamp), Ok(root));
    tamp.open(true);
    tamp.open(false);
    assert_eq!(look(&tamp), Err(RootError::Tampered));
    assert!(tamp.is_empty());
}

/// The first start is cut behind each write of a register, before anything is in the flash: nothing is lost then.
#[test]
fn making_the_half_survives_cuts() {
    for keeps_supply in [true, false] {
        let cut_after = |writes| {
            let (mut flash, tamp) = (blank(), Model::default());
            tamp.cut_power_after(writes);
            let first = load(&mut flash, &tamp, 1, 7);
            let is_cut = tamp.is_off();
            assert_eq!(first.is_err(), is_cut, "cut after {writes} writes");
            assert!(!is_cut || flash.image().iter().all(|byte| *byte == 0xFF));
            if is_cut && !keeps_supply {
                tamp.lose_supply();
            }
            tamp.restart();
            let second = load(&mut flash, &tamp, 1, 8).unwrap();
            assert!(is_cut || first == Ok(second));
            tamp.restart();
            assert_eq!(load(&mut flash, &tamp, 1, 9), Ok(second));
            tamp.open(true);
            assert!(tamp.raises_interrupt());
            is_cut
        };
        // Five to arm the detectors, three to do so again once what was detected is cleared, and sixteen for the half.
        assert_eq!((1..=25).filter(|writes| cut_after(*writes)).count(), 24);
    }
}

/// The first start is cut in each of its flash's operations, with and without a backup supply. A root that was given stays; one
/// that was not may be lost with the supply, and then nothing was sealed by it.
#[test]
fn making_the_root_survives_cuts() {
    for keeps_supply in [true, false] {
        let (mut torn, mut whole, mut lost) = (0, 0, 0);
        for (seed, nth) in (0..40).flat_map(|seed| (1..8).map(move |nth| (seed, nth))) {
            let (mut flash, tamp) = (blank(), Model::default());
            flash.cut_power_at(nth, seed);
            let first = load(&mut flash, &tamp, 1, 7);
            let is_cut = flash.is_off();
            flash.restart();
            if is_cut && !keeps_supply {
                tamp.lose_supply();
            }
            *(if is_cut { &mut torn } else { &mut whole }) += 1;
            assert_eq!(first.is_err(), is_cut);
            let second = load(&mut flash, &tamp, 1, 8);
            if second == Err(RootError::Tampered) {
                assert!(is_cut && !keeps_supply, "cut {nth}, seed {seed}");
                lost += 1;
                continue;
            }
            let second = second.unwrap();
            assert!(first.is_err() || first == Ok(second), "cut {nth}, seed {seed}");
            assert_eq!(load(&mut flash, &tamp, 1, 9), Ok(second));
        }
        assert!(torn > 50 && whole > 50, "{torn} cut, {whole} whole");
        assert_eq!(lost > 0, !keeps_supply);
    }
}

#[test]
fn openocd_erases_all_that_the_device_keeps_and_nothing_else() {
    let (first, last) = (REGIONS.first().unwrap(), REGIONS.last().unwrap());
    let (at, len) = (FLASH_BASE + first.start, last.end - first.start);
    let command = format!("flash erase_address 0x{at:08X} {len:#X}").replace("0X", "0x");
    assert!(
        include_str!("../../../../openocd.cfg").contains(&command),
        "{command}"
    );
}
