//! Sectors take their turn, those with records that never change included.

use crate::support::{KEYRING_LEN, Records, TestNor, blank, body, mount, name, records};
use crate::sweep::{KIND, SECTOR};
use casemate_sim::nor::SplitMix64;

const SECTORS: usize = 6;

/// Records that never change: three sectors full.
const COLD: u64 = 100;

/// Replacements of the one that does: each sector is opened some twenty times.
const CHANGES: u32 = 4500;

#[test]
fn records_that_never_change_give_up_their_sectors_too() {
    let mut random = SplitMix64::new(41);
    let mut nor: TestNor<4, SECTOR> = blank(SECTORS);
    let mut log = mount(&mut nor);
    let mut expected = Records::new();
    for number in 0..COLD {
        let body = body(&mut random, KEYRING_LEN);
        log.put(KIND, &name(number), &body).expect("there is room");
        expected.insert((KIND, name(number)), body);
    }
    let sectors_at_first = sectors(nor.image(), &expected);
    let mut log = mount(&mut nor);
    for _change in 0..CHANGES {
        let body = body(&mut random, KEYRING_LEN);
        log.put(KIND, &name(COLD), &body).expect("there is room");
    }
    log.remove(KIND, &name(COLD)).expect("the record is there");
    assert_eq!(records(&mut log, &[KIND]), expected);
    let moved = sectors(nor.image(), &expected).into_iter().zip(sectors_at_first);
    let stayed = moved.filter(|(now, first)| now == first).count();
    assert!(
        stayed < COLD as usize / 2,
        "{stayed} of {COLD} records are where they were"
    );
}

/// A sector may read as blank because its erase was cut just before the end; its bits would not last.
#[test]
fn a_sector_found_blank_is_erased_before_use() {
    let mut nor: TestNor<4, SECTOR> = blank(SECTORS);
    mount(&mut nor)
        .put(KIND, &name(0), &[1; KEYRING_LEN])
        .expect("there is room");
    let (erase, sector_header, record) = (1, 1, 3);
    assert_eq!(nor.operations(), erase + sector_header + record);
    mount(&mut nor)
        .put(KIND, &name(1), &[2; KEYRING_LEN])
        .expect("there is room");
    assert_eq!(nor.operations(), erase + sector_header + 2 * record);
}

/// The sector that each record lies in.
fn sectors(image: &[u8], records: &Records) -> Vec<usize> {
    let place = |body: &Vec<u8>| {
        image
            .windows(body.len())
            .step_by(16)
            .position(|window| window == *body)
    };
    let places = records
        .values()
        .map(|body| place(body).expect("the body is on the flash"));
    places.map(|unit| unit * 16 / SECTOR).collect()
}
