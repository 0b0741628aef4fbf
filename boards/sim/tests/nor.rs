//! The NOR model refuses what real parts forbid, and a cut leaves torn what it hits and nothing else.

use casemate_sim::nor::{Nor, NorError};
use embedded_storage::nor_flash::{NorFlash, NorFlashErrorKind, ReadNorFlash};

type Flash = Nor<Vec<u8>, 4, 4096>;

fn blank() -> Flash {
    Nor::new(vec![0xFF; 3 * 4096])
}

#[test]
fn a_word_is_programmed_once_then_only_cleared() {
    let mut nor = blank();
    assert_eq!(nor.write(8, &[1, 2, 3, 4, 0xFF, 0xFF, 0xFF, 0xFF]), Ok(()));
    assert_eq!(nor.write(12, &[5; 4]), Ok(()), "a blank word is free");
    let refused = Err(NorError::Overwrite { word: 8 });
    assert_eq!(nor.write(8, &[1, 2, 3, 0]), refused, "even if bits only fall");
    assert_eq!(nor.write(4, &[9, 9, 9, 9, 1, 2, 3, 4]), refused);
    assert_eq!(nor.write(8, &[0; 8]), Ok(()));
    assert_eq!(
        nor.image()[4..16],
        [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0]
    );
    assert_eq!(nor.violation(), refused.err());
    assert_eq!(nor.operations(), 3);
}

#[test]
fn words_and_sectors_are_aligned() {
    let mut nor = blank();
    let refused = |kind| Err(NorError::Range(kind));
    assert_eq!(nor.write(2, &[0; 4]), refused(NorFlashErrorKind::NotAligned));
    assert_eq!(nor.write(0, &[0; 3]), refused(NorFlashErrorKind::NotAligned));
    assert_eq!(
        nor.write(3 * 4096, &[0; 4]),
        refused(NorFlashErrorKind::OutOfBounds)
    );
    assert_eq!(nor.erase(0, 2048), refused(NorFlashErrorKind::NotAligned));
    assert_eq!(
        nor.read(3 * 4096, &mut [0]),
        refused(NorFlashErrorKind::OutOfBounds)
    );
}

#[test]
fn an_erase_blanks_its_sectors_only() {
    let mut nor: Flash = Nor::new(vec![0; 3 * 4096]);
    assert_eq!(nor.erase(4096, 8192), Ok(()));
    assert!(nor.image()[..4096].iter().all(|byte| *byte == 0));
    assert!(nor.image()[4096..8192].iter().all(|byte| *byte == 0xFF));
    assert!(nor.image()[8192..].iter().all(|byte| *byte == 0));
}

#[test]
fn a_cut_stays_off_until_the_restart() {
    let mut nor = blank();
    nor.cut_power_at(2, 1);
    assert_eq!(nor.write(0, &[1; 4]), Ok(()));
    assert_eq!(nor.write(4, &[2; 4]), Err(NorError::PowerLost));
    let torn = nor.image().to_vec();
    assert_eq!(nor.write(8, &[3; 4]), Err(NorError::PowerLost));
    assert_eq!(nor.erase(0, 4096), Err(NorError::PowerLost));
    assert_eq!(nor.read(0, &mut [0; 4]), Err(NorError::PowerLost));
    assert_eq!(nor.image(), torn);
    nor.restart();
    assert_eq!(nor.write(8, &[3; 4]), Ok(()));
}

#[test]
fn a_torn_program_lets_only_its_own_bits_fall() {
    let wanted: Vec<u8> = (0..64).collect();
    let (mut untouched, mut finished, mut between) = (0, 0, 0);
    for seed in 0..200 {
        let mut nor = blank();
        nor.cut_power_at(1, seed);
        assert_eq!(nor.write(128, &wanted), Err(NorError::PowerLost));
        let (before, rest) = nor.image().split_at(128);
        let (torn, after) = rest.split_at(64);
        assert!(
            before.iter().chain(after).all(|byte| *byte == 0xFF),
            "seed {seed}"
        );
        assert!(
            torn.iter()
                .zip(&wanted)
                .all(|(torn, wanted)| torn & wanted == *wanted),
            "seed {seed}"
        );
        match torn {
            _ if torn == wanted => finished += 1,
            _ if torn.iter().all(|byte| *byte == 0xFF) => untouched += 1,
            _ => between += 1,
        }
    }
    assert!(
        untouched > 5 && finished > 5 && between > 100,
        "{untouched}, {finished}, {between}"
    );
}

#[test]
fn a_torn_erase_stays_in_its_sector() {
    let mut images = std::collections::BTreeSet::new();
    for seed in 0..50 {
        let mut nor: Flash = Nor::new(vec![0x5A; 3 * 4096]);
        nor.cut_power_at(1, seed);
        assert_eq!(nor.erase(4096, 8192), Err(NorError::PowerLost));
        assert!(
            nor.image()[..4096].iter().all(|byte| *byte == 0x5A),
            "seed {seed}"
        );
        assert!(
            nor.image()[8192..].iter().all(|byte| *byte == 0x5A),
            "seed {seed}"
        );
        images.insert(nor.image().to_vec());
    }
    assert!(images.len() > 20, "only {} ways of tearing", images.len());
}
