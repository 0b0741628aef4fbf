//! Random changes and remounts, compared with a map in memory.

use crate::support::{KEYRING_LEN, Records, TestNor, blank, body, mount, name, records};
use casemate_firmware::flash::{FlashError, Kind};
use casemate_sim::nor::SplitMix64;

const KINDS: [Kind; 2] = [Kind::KEYRING, Kind::new(7)];
const SECTORS: usize = 4;
const STEPS: u64 = 2500;

#[test]
fn the_log_agrees_with_a_map_on_bytes() {
    run::<1>(1);
}

#[test]
fn the_log_agrees_with_a_map_on_words_of_4() {
    run::<4>(2);
}

#[test]
fn the_log_agrees_with_a_map_on_words_of_16() {
    run::<16>(3);
}

fn run<const WRITE: usize>(seed: u64) {
    println!("seed {seed}");
    let mut random = SplitMix64::new(seed);
    let mut nor: TestNor<WRITE, 4096> = blank(SECTORS);
    let mut expected = Records::new();
    let mut full = 0;
    for _mount in 0..STEPS / 50 {
        let mut log = mount(&mut nor);
        assert_eq!(records(&mut log, &KINDS), expected, "after a mount");
        for _step in 0..50 {
            let key = (KINDS[random.below(2) as usize], name(random.below(45)));
            if random.below(4) == 0 {
                let removed = log.remove(key.0, &key.1);
                assert_eq!(removed, Ok(expected.remove(&key).is_some()));
                continue;
            }
            let body = any_body(&mut random);
            match log.put(key.0, &key.1, &body) {
                Ok(()) => drop(expected.insert(key, body)),
                Err(error) => {
                    assert_eq!(error, FlashError::Full);
                    full += 1;
                }
            }
        }
        assert_eq!(records(&mut log, &KINDS), expected, "before a mount");
        assert_eq!(log.damaged(), 0);
    }
    assert_eq!(nor.violation(), None);
    assert!(full > 0, "the log was never full, so its limit was never met");
    assert!(full < STEPS / 4, "the log was full nearly all the time");
}

fn any_body(random: &mut SplitMix64) -> Vec<u8> {
    let len = match random.below(4) {
        0 => random.below(KEYRING_LEN as u64) as usize,
        1 => random.below(400) as usize,
        _ => KEYRING_LEN,
    };
    body(random, len)
}
