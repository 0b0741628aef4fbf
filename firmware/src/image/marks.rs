//! What is noted of an image, in the last sector of its slot, by words of 16 bytes:
//!
//! | word | what |
//! | --- | --- |
//! | 0 | its number: 8 bytes, and their CRC-32; each image that is installed has a higher one than the other slot's |
//! | 1 to 3 | zeros: it was tried |
//! | 4 | zeros: it has served |
//! | 5 | zeros: its header is whole |
//! | 6 | zeros: it was started though all tries were used up, for there was no other |
//!
//! Where word 5 is missing beside a number, power went while the header was written: it may read as whole now and not the next
//! time, and does not count. Zeros may be programmed again where a cut has torn them, on parts with ECC too; torn ones count by most of their bits,
//! and either reading is right then. An image that was flashed by a probe has no number, which is the lowest.
//!
//! *This is an interface with first stages in the field*, which are never replaced: words may be added behind these, and none
//! may come to mean anything else.

use crate::flash::{FlashError, is_cleared};
use casemate_common::image::{BLANK, TRIES, WORD_LEN};
use embedded_storage::nor_flash::NorFlash;

const SERVED: usize = 1 + TRIES;
const WHOLE: usize = 1 + SERVED;
const BEYOND: usize = 1 + WHOLE;
const WORDS: usize = 1 + BEYOND;

/// The marks of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks([[u8; WORD_LEN]; WORDS]);

impl Marks {
    /// Reads those that begin at `at`.
    pub(super) fn read<F: NorFlash>(flash: &mut F, at: u32) -> Result<Self, FlashError> {
        let mut words = [[0; WORD_LEN]; WORDS];
        flash
            .read(at, words.as_flattened_mut())
            .map_err(|_| FlashError::Device)?;
        Ok(Self(words))
    }

    /// Writes the number of an image, over blank marks.
    pub(super) fn number_it<F: NorFlash>(flash: &mut F, at: u32, number: u64) -> Result<(), FlashError> {
        flash
            .write(at, &number_word(number))
            .map_err(|_| FlashError::Device)
    }

    /// Notes one more try, or that there is none left.
    pub(super) fn count_try<F: NorFlash>(&self, flash: &mut F, at: u32) -> Result<(), FlashError> {
        match self.tries().iter().position(|word| !is_cleared(word)) {
            Some(tried) => set(flash, at, tried.saturating_add(1)),
            None if self.is_beyond() => Ok(()),
            None => set(flash, at, BEYOND),
        }
    }

    /// Notes that the image has served.
    pub(super) fn confirm<F: NorFlash>(flash: &mut F, at: u32) -> Result<(), FlashError> {
        set(flash, at, SERVED)
    }

    /// Notes that the header is whole: once it is written, and again before it is relied on, for a cut may have left this
    /// mark between set and not.
    pub(super) fn complete<F: NorFlash>(flash: &mut F, at: u32) -> Result<(), FlashError> {
        set(flash, at, WHOLE)
    }

    /// The image's number; 0 for none.
    pub(super) fn number(&self) -> u64 {
        let [word, ..] = &self.0;
        let number = word.first_chunk().copied().map_or(0, u64::from_le_bytes);
        if *word == number_word(number) { number } else { 0 }
    }

    /// Whether it has served.
    pub(super) fn is_confirmed(&self) -> bool {
        self.0.get(SERVED).is_some_and(is_cleared)
    }

    /// Whether the header is whole, as far as is noted: images without a number were not installed.
    pub(super) fn is_whole(&self) -> bool {
        let [number, ..] = &self.0;
        *number == [BLANK; WORD_LEN] || self.0.get(WHOLE).is_some_and(is_cleared)
    }

    /// Whether it may be tried, for it has served or there are tries left.
    pub(super) fn is_hopeful(&self) -> bool {
        self.is_confirmed() || !self.tries().iter().all(is_cleared)
    }

    /// Whether another start may bring another image: it was tried, has not served, and is not started for want of others.
    pub(super) fn is_on_trial(&self) -> bool {
        !self.is_confirmed() && !self.is_beyond()
    }

    fn is_beyond(&self) -> bool {
        self.0.get(BEYOND).is_some_and(is_cleared)
    }

    fn tries(&self) -> &[[u8; WORD_LEN]] {
        self.0.get(1..=TRIES).unwrap_or_default()
    }
}

fn number_word(number: u64) -> [u8; WORD_LEN] {
    let number = number.to_le_bytes();
    let fields = number.into_iter().chain(crc32fast::hash(&number).to_le_bytes());
    let mut word = [0; WORD_LEN];
    word.iter_mut().zip(fields).for_each(|(to, from)| *to = from);
    word
}

fn set<F: NorFlash>(flash: &mut F, at: u32, word: usize) -> Result<(), FlashError> {
    let at = at.saturating_add(word.saturating_mul(WORD_LEN) as u32);
    flash.write(at, &[0; WORD_LEN]).map_err(|_| FlashError::Device)
}
