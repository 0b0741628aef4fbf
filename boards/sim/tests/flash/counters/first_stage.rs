//! What first stages read of the counters: they stay as they are in the field, whatever firmware comes later.

use super::{SECTOR, SLOTS, counted, open};
use crate::support::{TestNor, blank};
use casemate_firmware::flash::{CounterId, Counters, FlashError};
use casemate_sim::nor::{Nor, SplitMix64};

const FLOOR: CounterId = CounterId::SecurityVersion;
const BLANK: [u8; 16] = [0xFF; 16];

/// A region in which the security version was raised to 7, and a start counted: opened twice, then two values.
const GOLDEN: [[u8; 16]; 4] = [
    [
        0x00, 0xFF, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x5B, 0x55, 0x44, 0xAD,
    ],
    [
        0x00, 0xFF, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x5B, 0x55, 0x44, 0xAD,
    ],
    [
        0x06, 0xF9, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x7F, 0x33, 0xA3, 0x6C,
    ],
    [
        0x05, 0xFA, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x09, 0x8E, 0xB0, 0x44,
    ],
];

fn golden() -> Vec<u8> {
    let mut image = vec![0xFF; 2 * SECTOR];
    image[..4 * 16].copy_from_slice(GOLDEN.as_flattened());
    image
}

/// What a first stage learns, which must not write anything.
fn look(nor: &mut TestNor<16, SECTOR>) -> Result<u64, FlashError> {
    let (before, operations) = (nor.image().to_vec(), nor.operations());
    let found = Counters::look(&mut *nor, FLOOR);
    assert!(
        nor.image() == before && nor.operations() == operations,
        "it wrote"
    );
    found
}

fn look_at(image: Vec<u8>) -> Result<u64, FlashError> {
    look(&mut Nor::new(image))
}

#[test]
fn the_bytes_are_those_that_first_stages_know() {
    let mut nor: TestNor<16, SECTOR> = blank(2);
    let mut counters = open(&mut nor);
    counters.raise(FLOOR, 7).expect("it counts");
    counters.increment(CounterId::Boots).expect("it counts");
    assert_eq!(nor.image(), golden());
    assert_eq!(look_at(golden()), Ok(7));
}

#[test]
fn a_blank_region_tells_of_no_floor_and_stays_blank() {
    assert_eq!(look(&mut blank(2)), Ok(0));
}

#[test]
fn what_is_written_otherwise_tells_nothing() {
    for at in [0, 16, SECTOR, SECTOR - 16, 2 * SECTOR - 16] {
        let mut image = vec![0xFF; 2 * SECTOR];
        SplitMix64::new(at as u64).fill(&mut image[at..at + 16]);
        assert_eq!(look_at(image), Err(FlashError::Damaged), "a slot at {at}");
    }
    // Newer firmware took over, and said so.
    let mut image = golden();
    image[SECTOR - 16..SECTOR].fill(0);
    SplitMix64::new(1).fill(&mut image[SECTOR..SECTOR + 64]);
    assert_eq!(look_at(image), Err(FlashError::Damaged));
}

#[test]
fn at_every_cut_the_floor_is_there_or_none_is_told() {
    for starts in [0, 3, SLOTS - 1 - 2 - 5] {
        for (nth, seed) in (1..12).flat_map(|nth| (0..8).map(move |seed| (nth, seed))) {
            let mut nor = counted::<16>(starts);
            open(&mut nor).raise(FLOOR, 7).expect("it counts");
            nor.cut_power_at(nth, seed);
            let raised = Counters::mount(&mut nor).and_then(|mut counters| {
                counters.increment(CounterId::Boots)?;
                counters.raise(FLOOR, 9)
            });
            nor.restart();
            let found = look(&mut nor);
            let known = if raised.is_ok() { &[9][..] } else { &[7, 9] };
            assert!(known.iter().any(|floor| found == Ok(*floor)), "{found:?}");
        }
    }
}

#[test]
fn counters_of_newer_firmware_survive_older() {
    let newer = [(32, 5), (9, u64::MAX)];
    let mut image = golden();
    for ((number, value), slot) in newer.into_iter().zip(image.chunks_mut(16).skip(4)) {
        slot.copy_from_slice(&slot_of(number, value));
    }
    let mut nor: TestNor<16, SECTOR> = Nor::new(image);
    let mut counters = open(&mut nor);
    for _ in 0..5 * SLOTS {
        counters.increment(CounterId::Boots).expect("it counts");
    }
    let sectors = nor.image().chunks(SECTOR);
    let used = sectors.filter(|sector| sector[..16] != BLANK && sector.ends_with(&BLANK));
    let used: Vec<_> = used.collect();
    assert_eq!(used.len(), 1, "one is in use");
    for (number, value) in newer {
        let slot = slot_of(number, value);
        assert!(used[0].chunks(16).any(|other| other == slot), "counter {number}");
    }
    assert_eq!(look(&mut nor), Ok(7));
}

fn slot_of(number: u8, value: u64) -> [u8; 16] {
    let mut slot = [0; 16];
    slot[..2].copy_from_slice(&[number, !number]);
    slot[4..12].copy_from_slice(&value.to_le_bytes());
    let crc = crc32(&slot[..12]);
    slot[12..].copy_from_slice(&crc.to_le_bytes());
    slot
}

/// Bit by bit, so that it does not share a mistake.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc: u32, _| {
            (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))
        })
    })
}
