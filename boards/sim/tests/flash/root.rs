//! The root secret: made once, never lost, never made anew beside a damaged one.

use crate::support::{TestNor, blank};
use casemate_firmware::flash::FlashRoot;
use casemate_firmware::platform::{RootError, RootSource};
use casemate_sim::nor::Nor;

const SECTOR: usize = 4096;
const SEEDS: u64 = 40;

/// Slots of a sector: each holds magic, checksum, secret and mark.
const SLOT: usize = 80;
const MARK: usize = 64;

#[test]
fn the_secret_is_made_once() {
    for sectors in [1, 2] {
        let mut nor: TestNor<16, SECTOR> = blank(sectors);
        assert_eq!(load(&mut nor, 1), Ok([1; 32]));
        let operations = nor.operations();
        assert_eq!(load(&mut nor, 2), Ok([1; 32]));
        assert_eq!(
            nor.operations(),
            operations,
            "a start without need wrote to the flash"
        );
    }
}

#[test]
fn making_the_secret_survives_cuts() {
    for sectors in [1, 2] {
        sweep::<1>(sectors);
        sweep::<4>(sectors);
        sweep::<16>(sectors);
    }
}

/// The first start is cut in each operation, the second in each of its own; what the third returns stays.
fn sweep<const WRITE: usize>(sectors: usize) {
    let (mut first, mut second, mut third) = (0, 0, 0);
    for seed in 0..SEEDS {
        for (nth, then) in (1..6).flat_map(|nth| (1..6).map(move |then| (nth, then))) {
            let mut nor: TestNor<WRITE, SECTOR> = blank(sectors);
            for (fresh, cut) in [(1, nth), (2, then)] {
                nor.cut_power_at(cut, seed);
                let loaded = load(&mut nor, fresh);
                assert_eq!(
                    loaded.is_err(),
                    nor.is_off(),
                    "seed {seed}, cuts at {nth}, {then}: {loaded:?}"
                );
                nor.restart();
            }
            let root = load(&mut nor, 3).expect("a cut never damages the root");
            assert_eq!(load(&mut nor, 4), Ok(root), "seed {seed}, cuts at {nth}, {then}");
            assert_eq!(nor.violation(), None);
            match root[0] {
                1 => first += 1,
                2 => second += 1,
                _ => third += 1,
            }
        }
    }
    assert!(first > 0 && second > 0 && third > 0, "{first}, {second}, {third}");
}

#[test]
fn a_returned_secret_is_the_one_that_stays() {
    for seed in 0..SEEDS {
        for nth in 1..8 {
            let mut nor: TestNor<4, SECTOR> = blank(2);
            nor.cut_power_at(nth, seed);
            let first = load(&mut nor, 1);
            nor.restart();
            let second = load(&mut nor, 2).expect("a cut never damages the root");
            if first.is_ok() {
                assert_eq!(second, [1; 32], "seed {seed}, cut at {nth}");
            }
        }
    }
}

#[test]
fn one_damaged_copy_of_two_costs_nothing() {
    for damaged in [0, SECTOR] {
        let mut image = made(2);
        image[damaged + 20] ^= 4;
        let mut nor: TestNor<4, SECTOR> = Nor::new(image);
        assert_eq!(load(&mut nor, 2), Ok([1; 32]));
    }
}

#[test]
fn nothing_is_made_beside_a_damaged_secret() {
    for byte in 0..MARK {
        let mut image = made(1);
        image[byte] ^= 4;
        assert_refused(image);
    }
    assert_refused(vec![0; SECTOR]);
}

#[test]
fn two_different_secrets_are_refused() {
    let mut image = made(2);
    let mut other: TestNor<4, SECTOR> = blank(1);
    load(&mut other, 2).expect("a blank region takes a secret");
    image[SECTOR..SECTOR + SLOT].copy_from_slice(&other.image()[..SLOT]);
    assert_refused(image);
}

/// Flash in which the secret of ones was made.
fn made(sectors: usize) -> Vec<u8> {
    let mut nor: TestNor<4, SECTOR> = blank(sectors);
    load(&mut nor, 1).expect("a blank region takes a secret");
    nor.image().to_vec()
}

fn assert_refused(image: Vec<u8>) {
    let mut nor: TestNor<4, SECTOR> = Nor::new(image);
    assert_eq!(load(&mut nor, 2), Err(RootError::Failed));
    assert_eq!(nor.operations(), 0, "a refusal wrote to the flash");
}

/// Starts with 32 bytes `fresh` to make a secret from.
fn load<const WRITE: usize>(nor: &mut TestNor<WRITE, SECTOR>, fresh: u8) -> Result<[u8; 32], RootError> {
    let mut root = [0; 32];
    FlashRoot::new(nor).load_or_create(&[fresh; 32], &mut root)?;
    Ok(root)
}
