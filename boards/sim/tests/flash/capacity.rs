//! How much a region holds, and what happens when it is full.

use crate::support::{KEYRING_LEN, REGION, Records, TestNor, blank, body, mount, name, records};
use casemate_firmware::flash::{FlashError, Kind};
use casemate_sim::nor::SplitMix64;

const KIND: Kind = Kind::KEYRING;

#[test]
fn a_region_holds_a_thousand_keyrings() {
    fill::<1, 4096>();
    fill::<1, 8192>();
    fill::<4, 4096>();
    fill::<4, 8192>();
    fill::<16, 4096>();
    fill::<16, 8192>();
}

fn fill<const WRITE: usize, const ERASE: usize>() {
    let mut random = SplitMix64::new(5);
    let mut nor: TestNor<WRITE, ERASE> = blank(REGION / ERASE);
    let mut log = mount(&mut nor);
    let mut expected = Records::new();
    let capacity = log.capacity(KEYRING_LEN);
    assert!(capacity >= 1000, "{capacity} keyrings for sectors of {ERASE}");
    for number in 0..capacity as u64 {
        let body = body(&mut random, KEYRING_LEN);
        log.put(KIND, &name(number), &body).expect("there is room");
        expected.insert((KIND, name(number)), body);
    }
    for one_more in [capacity as u64, 0] {
        assert_eq!(
            log.put(KIND, &name(one_more), &[0; KEYRING_LEN]),
            Err(FlashError::Full)
        );
    }
    assert_eq!(log.len(KIND), capacity);
    assert_eq!(records(&mut log, &[KIND]), expected);
    swap_one_for_another(&mut nor, expected, capacity as u64);
}

/// Removing any one record of a full log makes room for another, again and again.
fn swap_one_for_another<const WRITE: usize, const ERASE: usize>(
    nor: &mut TestNor<WRITE, ERASE>,
    mut expected: Records,
    capacity: u64,
) {
    let mut random = SplitMix64::new(6);
    let mut log = mount(nor);
    for round in 0..40 {
        let names: Vec<_> = log.names_after(KIND, None).copied().collect();
        let gone = names[random.below(names.len() as u64) as usize];
        assert_eq!(log.remove(KIND, &gone), Ok(true));
        let new = (KIND, name(capacity + 1 + round));
        let body = body(&mut random, KEYRING_LEN);
        assert_eq!(log.put(KIND, &new.1, &body), Ok(()), "round {round}");
        expected.remove(&(KIND, gone));
        expected.insert(new, body);
    }
    assert_eq!(
        log.put(KIND, &name(capacity), &[0; KEYRING_LEN]),
        Err(FlashError::Full)
    );
    assert_eq!(records(&mut mount(nor), &[KIND]), expected);
    assert_eq!(nor.violation(), None);
}
