//! The firmware's record log on the chip's flash, cut at every operation.

use super::model::{Cut, Model};
use super::{Controller, U5Flash};
use crate::layout::{PAGE_LEN, STORE};
use casemate_board::partition::Partition;
use casemate_firmware::flash::{Kind, Log, Memory};
use core::cell::RefCell;
use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use std::boxed::Box;

/// Every so many operations one is cut; the firmware's own sweeps cut all of them.
const STRIDE: usize = 11;
const RECORDS: usize = 64;
const REGION_LEN: u32 = 3 * PAGE_LEN;

type Nor = RefCell<U5Flash<Model>>;

fn mount(nor: &Nor) -> Log<'static, Partition<'_, U5Flash<Model>>, RECORDS> {
    let memory = Box::leak(Box::new(Memory::<RECORDS>::default()));
    let region = Partition::new(nor, STORE.start..STORE.start + REGION_LEN);
    Log::mount(region, memory).expect("the flash mounts")
}

/// Replaces one record again and again, which fills the region many times. Ends at the first failure; tells the last value
/// that was acknowledged.
fn churn(nor: &Nor, from: u8, times: u8) -> Option<u8> {
    let mut log = mount(nor);
    let mut acknowledged = None;
    for value in from..from + times {
        if log.put(Kind::KEYRING, &[1; 16], &[value; 600]).is_err() {
            break;
        }
        acknowledged = Some(value);
    }
    acknowledged
}

fn value(nor: &Nor) -> Option<u8> {
    let mut body = [0; 1024];
    let len = mount(nor)
        .read(Kind::KEYRING, &[1; 16], &mut body)
        .expect("the record is readable")?;
    assert!(body[..len].iter().all(|&byte| byte == body[0]) && len == 600);
    Some(body[0])
}

#[test]
fn no_acknowledged_record_is_lost_wherever_power_goes() {
    let mut torn = 0;
    for (cut, way) in (1..).step_by(STRIDE).zip(Cut::ALL.into_iter().cycle()) {
        let nor = RefCell::new(U5Flash::new(Model::blank(cut)));
        nor.borrow_mut().controller.cut_at(cut, way);
        let acknowledged = churn(&nor, 1, 40);
        if nor.borrow_mut().controller.restart().is_none() {
            break;
        }
        torn += 1;
        let found = value(&nor);
        assert!(
            found == acknowledged || found == Some(acknowledged.unwrap_or_default() + 1),
            "cut {cut}, {way:?}: acknowledged {acknowledged:?}, found {found:?}"
        );
        assert_eq!(churn(&nor, 100, 5), Some(104), "cut {cut}, {way:?}");
        assert_eq!(nor.borrow().controller.violations, 0, "cut {cut}, {way:?}");
    }
    assert!(torn > 100, "only {torn} operations were cut");
}

#[test]
fn a_torn_word_reads_as_zeros_and_only_zeros_are_programmed_over_anything() {
    let mut nor = U5Flash::new(Model::blank(7));
    nor.write(0, &[0x5A; 32]).unwrap();
    assert!(nor.write(16, &[0x5A; 16]).is_err());
    nor.write(16, &[0; 16]).unwrap();
    let mut bytes = [0xAA; 20];
    nor.read(6, &mut bytes).unwrap();
    assert_eq!((&bytes[..10], &bytes[10..]), (&[0x5A; 10][..], &[0; 10][..]));

    nor.controller.cut_at(1, Cut::Torn);
    assert!(nor.write(64, &[0x5A; 16]).is_err());
    nor.controller.restart();
    assert!(nor.controller.read(64).is_err());
    let mut word = [1; 16];
    nor.read(64, &mut word).unwrap();
    assert_eq!(word, [0; 16]);
}
