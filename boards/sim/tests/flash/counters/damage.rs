//! Lost values are told, never replaced by older ones; single flipped bits cost next to nothing.

use super::{SECTOR, SLOTS, counted, values};
use crate::support::{TestNor, blank};
use casemate_firmware::flash::{Counters, FlashError};
use casemate_sim::nor::{Nor, SplitMix64};

fn mount(image: Vec<u8>) -> Result<(), FlashError> {
    let mut nor: TestNor<16, SECTOR> = Nor::new(image);
    Counters::mount(&mut nor).map(|_| ())
}

#[test]
fn noise_is_damage() {
    for seed in 0..20 {
        let mut image = vec![0; 2 * SECTOR];
        SplitMix64::new(seed).fill(&mut image);
        assert_eq!(mount(image), Err(FlashError::Damaged), "seed {seed}");
    }
}

#[test]
fn a_lost_sector_is_damage_even_when_an_older_one_is_sound() {
    // The second sector is in use, the first holds older values.
    let image = counted::<16>(SLOTS + 20).image().to_vec();
    for fill in [0x00, 0xFF, 0x5A] {
        let mut lost = image.clone();
        lost[SECTOR..].fill(fill);
        assert_eq!(mount(lost), Err(FlashError::Damaged), "filled with {fill:02x}");
    }
    let mut older_lost = image;
    older_lost[..SECTOR].fill(0x5A);
    let mut nor: TestNor<16, SECTOR> = Nor::new(older_lost);
    assert_eq!(values(&mut nor), [1, 1, 1, 1, SLOTS + 20, 1]);
}

#[test]
fn an_emptied_region_with_a_trace_of_values_is_damage() {
    let mut image = counted::<16>(3).image().to_vec();
    image[..2 * 16].fill(0x00);
    assert_eq!(
        mount(image),
        Err(FlashError::Damaged),
        "the slots that open it are gone"
    );
}

/// Whatever older contents the sector that is not in use has, they do not count.
#[test]
fn older_copies_do_not_count() {
    let mut history = Vec::new();
    for starts in (0..5 * SLOTS).step_by(97) {
        history.push(counted::<16>(starts).image().to_vec());
    }
    let newest = counted::<16>(5 * SLOTS);
    let expected = values(&mut newest.clone());
    let used = (0..2)
        .max_by_key(|sector| newest_value(&newest.image()[sector * SECTOR..][..SECTOR]))
        .expect("two sectors");
    for old in history {
        for from in [0, SECTOR] {
            let mut image = newest.image().to_vec();
            let other = (1 - used) * SECTOR;
            image[other..other + SECTOR].copy_from_slice(&old[from..from + SECTOR]);
            let mut nor: TestNor<16, SECTOR> = Nor::new(image);
            assert_eq!(values(&mut nor), expected);
        }
    }
}

/// The highest number in any slot of a sector, whatever it counts.
fn newest_value(sector: &[u8]) -> u64 {
    let slots = sector.chunks(16).filter(|slot| slot[0] ^ slot[1] == 0xFF);
    let numbers = slots.map(|slot| u64::from_le_bytes(slot[4..12].try_into().expect("8 bytes")));
    numbers.max().unwrap_or(0)
}

#[test]
fn a_flipped_bit_costs_at_most_one_count() {
    let image = counted::<16>(40).image().to_vec();
    // Every bit that was written, and some of the rest.
    let used = 50 * 16 * 8;
    for bit in (0..used).chain((used..image.len() * 8).step_by(61)) {
        let mut flipped = image.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let mut nor: TestNor<16, SECTOR> = Nor::new(flipped);
        let found = values(&mut nor);
        let lost: u64 = [1, 1, 1, 1, 40].iter().zip(found).map(|(was, is)| was - is).sum();
        assert!(lost <= 1, "bit {bit}: {found:?}");
    }
}

#[test]
fn a_region_of_one_sector_is_refused() {
    let mut nor: TestNor<16, SECTOR> = blank(1);
    assert_eq!(Counters::mount(&mut nor).map(|_| ()), Err(FlashError::Geometry));
}

#[test]
fn counting_erases_once_in_a_sectors_slots() {
    let mut nor = counted::<16>(0);
    let before = nor.operations();
    let mut counters = super::open(&mut nor);
    for _ in 0..10_000 {
        counters
            .increment(casemate_firmware::flash::CounterId::Boots)
            .expect("it counts");
    }
    let extra = nor.operations() - before - 10_000;
    // Erase, six values, two slots that open it and one that ends the other: ten operations for 247 counts.
    assert!(extra <= 10 * (10_000 / 240), "{extra} operations beside counting");
}
