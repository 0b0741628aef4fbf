//! Flash full of anything: mounting ends, within bounds, and the log works afterwards.

use crate::support::{KEYRING_LEN, REGION, TestNor, blank, body, memory, mount, name};
use casemate_firmware::flash::{FlashError, Kind, Log};
use casemate_sim::nor::{Nor, SplitMix64};

const SECTOR: usize = 4096;
const KIND: Kind = Kind::KEYRING;

/// A device whose flash broke must not pass for a new one.
#[test]
fn noise_is_told_and_left_alone() {
    for (seed, len) in (0..).zip([2 * SECTOR, 3 * SECTOR, REGION / 2, REGION]) {
        let mut image = vec![0xFF; REGION];
        SplitMix64::new(seed).fill(&mut image[..len]);
        let mut nor: TestNor<1, SECTOR> = Nor::new(image);
        let mounted = Log::mount(&mut nor, memory()).map(|_| ());
        assert_eq!(mounted, Err(FlashError::Damaged), "seed {seed}");
        assert_eq!(nor.operations(), 0, "seed {seed}");
    }
}

#[test]
fn scrambled_logs_mount() {
    let mut nor: TestNor<1, SECTOR> = blank(REGION / SECTOR);
    let mut log = mount(&mut nor);
    let mut random = SplitMix64::new(1);
    for number in 0..900 {
        let body = body(&mut random, 20 + number as usize % 80);
        log.put(KIND, &name(number % 700), &body).expect("there is room");
    }
    for seed in 0..30 {
        let mut image = nor.image().to_vec();
        scramble(&mut image, &mut SplitMix64::new(seed));
        try_image(image, seed);
    }
}

/// Copies pieces of the image over others, whole sectors among them, and clears, blanks and randomizes some.
fn scramble(image: &mut [u8], random: &mut SplitMix64) {
    for _ in 0..1 + random.below(60) {
        let (unit, longest) = if random.below(4) == 0 {
            (SECTOR, 1)
        } else {
            (16, 64)
        };
        let len = unit * (1 + random.below(longest) as usize);
        let mut place = || random.below(((image.len() - len) / unit) as u64 + 1) as usize * unit;
        let (from, to) = (place(), place());
        match random.below(5) {
            0 => image[to..to + len].fill(0),
            1 => image[to..to + len].fill(0xFF),
            2 => random.fill(&mut image[to..to + len]),
            _ => image.copy_within(from..from + len, to),
        }
    }
}

fn try_image(image: Vec<u8>, seed: u64) {
    println!("seed {seed}");
    let mut nor: TestNor<1, SECTOR> = Nor::new(image);
    match Log::mount(&mut nor, memory()) {
        Ok(mut log) => work(&mut log),
        Err(error) => assert!(matches!(error, FlashError::Geometry | FlashError::Damaged)),
    }
    assert!(
        nor.operations() < (REGION / 16) as u64,
        "seed {seed}: {} operations",
        nor.operations()
    );
    assert_eq!(nor.violation(), None, "seed {seed}");
}

fn work(log: &mut Log<&mut TestNor<1, SECTOR>, 1200>) {
    let names: Vec<_> = log.names_after(KIND, None).copied().collect();
    for name in names.iter().step_by(3) {
        assert_eq!(log.remove(KIND, name), Ok(true));
    }
    match log.put(KIND, &name(9999), &[1; KEYRING_LEN]) {
        Ok(()) => assert_eq!(
            log.read(KIND, &name(9999), &mut [0; KEYRING_LEN]),
            Ok(Some(KEYRING_LEN))
        ),
        Err(error) => assert_eq!(error, FlashError::Full),
    }
}
