//! Power cut at every flash operation of counting, and of every mount after that.

use super::{ALL, SECTOR, SLOTS, STARTS, counted, open, values};
use crate::support::TestNor;
use casemate_firmware::flash::{CounterId, Counters, FlashError};

const SEEDS: u64 = 8;
const ID: CounterId = CounterId::Boots;

#[derive(Default)]
struct Tally {
    counted: u32,
    not_counted: u32,
    second: u32,
}

#[test]
fn the_first_count_of_a_device_survives_cuts() {
    sweep::<1>(&blank(), 3);
    sweep::<16>(&blank(), 3);
}

#[test]
fn counting_survives_cuts() {
    sweep::<1>(&counted(3), 1);
    sweep::<4>(&counted(3), 1);
    sweep::<16>(&counted(3), 1);
}

#[test]
fn taking_the_next_sector_survives_cuts() {
    // Two slots open the region, the others were taken by the other counters.
    let fitting = SLOTS - 1 - 2 - (ALL as u64 - 1);
    let mut nor = counted(fitting);
    assert_eq!(
        operations(&mut nor),
        1 + ALL as u64 + 2 + 1 + 1,
        "erase, values, opened, end, count"
    );
    sweep::<16>(&counted(fitting), 10);
    sweep::<4>(&counted(fitting), 10);
    sweep::<1>(&counted(fitting + SLOTS - 1 - 2 - ALL as u64), 10);
}

fn blank<const WRITE: usize>() -> TestNor<WRITE, SECTOR> {
    crate::support::blank(2)
}

/// Flash operations of counting once more.
fn operations(nor: &mut TestNor<16, SECTOR>) -> u64 {
    let before = nor.operations();
    open(nor).increment(ID).expect("it counts");
    nor.operations() - before
}

/// Cuts each operation of mounting and counting, then each operation of the mount and count after that.
fn sweep<const WRITE: usize>(image: &TestNor<WRITE, SECTOR>, most: u64) {
    let before = values(&mut image.clone());
    let mut tally = Tally::default();
    let mut cuts = 0;
    for seed in 0..SEEDS {
        for nth in 1.. {
            let mut nor = image.clone();
            nor.cut_power_at(nth, seed);
            let answered = count(&mut nor);
            if !nor.is_off() {
                assert_eq!(answered, Ok(before[STARTS] + 1));
                break;
            }
            assert_eq!(answered, Err(FlashError::Device));
            cuts += 1;
            again(&nor, before, seed, &mut tally);
        }
    }
    assert!(cuts >= most * SEEDS / 2, "{cuts} cuts");
    assert!(tally.counted > 0, "no cut came after the count");
    assert!(tally.not_counted > 0, "no cut prevented the count");
    assert!(tally.second > 0, "no cut hit the start after a cut");
}

fn again<const WRITE: usize>(
    torn: &TestNor<WRITE, SECTOR>,
    before: [u64; ALL],
    seed: u64,
    tally: &mut Tally,
) {
    for nth in 1.. {
        let mut nor = torn.clone();
        nor.restart();
        nor.cut_power_at(nth, seed ^ (nth << 8));
        let answered = count(&mut nor);
        if !nor.is_off() {
            let value = answered.expect("it counts after a cut");
            match value - before[STARTS] {
                1 => tally.not_counted += 1,
                2 => tally.counted += 1,
                more => panic!("seed {seed}: {more} counted instead of one or two"),
            }
            assert_goes_on(nor, before, value);
            return;
        }
        tally.second += 1;
        nor.restart();
        let starts = values(&mut nor)[STARTS];
        assert!(
            (before[STARTS]..=before[STARTS] + 2).contains(&starts),
            "seed {seed}"
        );
        assert_goes_on(nor, before, starts);
    }
}

/// Counts through more than a sector without ever going back; the other counters stay where they were.
fn assert_goes_on<const WRITE: usize>(mut nor: TestNor<WRITE, SECTOR>, before: [u64; ALL], mut value: u64) {
    nor.restart();
    assert_eq!(others(values(&mut nor)), others(before));
    for _mount in 0..3 {
        let mut counters = open(&mut nor);
        assert_eq!(counters.value(ID), value);
        for _ in 0..SLOTS / 2 {
            value += 1;
            assert_eq!(counters.increment(ID), Ok(value));
        }
    }
    assert_eq!(others(values(&mut nor)), others(before));
    assert_eq!(nor.violation(), None);
}

fn others(mut values: [u64; ALL]) -> [u64; ALL] {
    values[STARTS] = 0;
    values
}

fn count<const WRITE: usize>(nor: &mut TestNor<WRITE, SECTOR>) -> Result<u64, FlashError> {
    Counters::mount(nor)?.increment(ID)
}
