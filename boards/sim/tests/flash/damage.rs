//! Flipped bits cost the records they hit, and no other.

use crate::support::{KEYRING_LEN, REGION, Records, TestNor, blank, body, mount, name};
use casemate_firmware::flash::{FlashError, Kind, Log};
use casemate_sim::nor::{Nor, SplitMix64};
use std::collections::BTreeSet;
use std::ops::Range;

const KIND: Kind = Kind::KEYRING;
const SECTOR: usize = 4096;

/// Bytes of a record before and behind its body of [`KEYRING_LEN`] bytes: header, and padding with mark.
const BEFORE: usize = 32;
const BEHIND: usize = 20;

#[test]
fn sound_records_stay_readable_beside_damaged_ones() {
    for seed in 0..25 {
        let (mut image, records) = filled(seed);
        let mut random = SplitMix64::new(seed);
        let flips: Vec<usize> = (0..40)
            .map(|_| random.below(image.len() as u64 * 8) as usize)
            .collect();
        flips.iter().for_each(|bit| image[bit / 8] ^= 1 << (bit % 8));
        check(image, &records, &flips, seed);
    }
}

#[test]
fn damaged_sector_headers_cost_no_record() {
    for seed in 0..4 {
        let (mut image, records) = filled(seed);
        let flips: Vec<usize> = (0..image.len())
            .step_by(SECTOR)
            .map(|sector| (sector + 9) * 8)
            .collect();
        flips.iter().for_each(|bit| image[bit / 8] ^= 1);
        check(image, &records, &flips, seed);
    }
}

#[test]
fn a_damaged_body_is_told_and_can_be_replaced_or_removed() {
    let (mut image, records) = filled(1);
    let names: Vec<_> = records.keys().map(|key| key.1).collect();
    for body in records.values().take(2) {
        let place = place(&image, body).start + BEFORE;
        image[place] ^= 1;
    }
    let mut nor: TestNor<4, SECTOR> = Nor::new(image);
    let mut log = mount(&mut nor);
    assert_eq!(log.damaged(), 2);
    assert_eq!(
        log.read(KIND, &names[0], &mut [0; KEYRING_LEN]),
        Err(FlashError::Damaged)
    );
    assert_eq!(log.remove(KIND, &names[0]), Ok(true));
    assert_eq!(log.put(KIND, &names[1], b"mended"), Ok(()));
    let mut log = mount(&mut nor);
    assert_eq!(log.damaged(), 0);
    assert!(!log.contains(KIND, &names[0]));
    assert_eq!(log.read(KIND, &names[1], &mut [0; KEYRING_LEN]), Ok(Some(6)));
}

/// A region more than half full, with a history of removals and moves.
fn filled(seed: u64) -> (Vec<u8>, Records) {
    let mut random = SplitMix64::new(seed);
    let mut nor: TestNor<4, SECTOR> = blank(REGION / SECTOR);
    let mut log = mount(&mut nor);
    let mut records = Records::new();
    for _ in 0..1500 {
        let name = name(random.below(900));
        let body = body(&mut random, KEYRING_LEN);
        log.put(KIND, &name, &body).expect("there is room");
        records.insert((KIND, name), body);
    }
    (nor.image().to_vec(), records)
}

fn check(image: Vec<u8>, records: &Records, flips: &[usize], seed: u64) {
    let hit: BTreeSet<usize> = flips.iter().map(|bit| bit / 8).collect();
    let places: Vec<_> = records.values().map(|body| find(&image, body)).collect();
    let mut nor: TestNor<4, SECTOR> = Nor::new(image);
    let mut log = mount(&mut nor);
    let mut lost = 0;
    for ((key, body), place) in records.iter().zip(places) {
        let mut found = [0; KEYRING_LEN];
        let result = log.read(key.0, &key.1, &mut found);
        let is_sound = place.is_some_and(|place| hit.range(place).next().is_none());
        match result {
            Ok(Some(_)) => assert_eq!(found, **body, "seed {seed}: a wrong body"),
            Ok(None) | Err(FlashError::Damaged) if !is_sound => lost += 1,
            _ => panic!("seed {seed}: a sound record answers {result:?}"),
        }
    }
    assert!(
        log.damaged() >= u32::from(lost > 0),
        "seed {seed}: {lost} records were dropped silently"
    );
    assert!(
        lost < flips.len(),
        "seed {seed}: {lost} records lost by {} flips",
        flips.len()
    );
    outlive(log, records, seed);
    assert_eq!(nor.violation(), None);
}

/// The log still takes removals and puts, enough of them to move every sector.
fn outlive(mut log: Log<&mut TestNor<4, SECTOR>, 1200>, records: &Records, seed: u64) {
    for key in records.keys().step_by(2) {
        log.remove(key.0, &key.1).expect("a record can be removed");
    }
    for number in 0..300 {
        assert_eq!(
            log.put(KIND, &name(5000 + number), &[0x77; KEYRING_LEN]),
            Ok(()),
            "seed {seed}"
        );
    }
}

/// Where the record with this body lies, if the body itself is not hit.
fn find(image: &[u8], body: &[u8]) -> Option<Range<usize>> {
    let mut windows = image.windows(KEYRING_LEN).step_by(16);
    let start = windows.position(|window| window == body)? * 16;
    Some(start - BEFORE..start + KEYRING_LEN + BEHIND)
}

fn place(image: &[u8], body: &[u8]) -> Range<usize> {
    find(image, body).expect("the body is on the flash")
}
