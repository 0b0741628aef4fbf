//! The controller as the reference manual describes it, with power that can go in the middle of an operation.

use super::{Controller, ControllerError, EccError, WORD_LEN};
use crate::layout::{FLASH_LEN, PAGE_LEN};
use casemate_sim::nor::SplitMix64;
use std::vec;
use std::vec::Vec;

const WORDS: usize = FLASH_LEN as usize / WORD_LEN;
const PAGE_WORDS: usize = PAGE_LEN as usize / WORD_LEN;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Blank,
    Holds([u8; WORD_LEN]),
    /// Its error correction fails.
    Torn,
}

pub(super) struct Model {
    words: Vec<Word>,
    random: SplitMix64,
    operations: u64,
    cut_at: Option<u64>,
    /// Words that were programmed though they held something, which the controller refuses.
    pub(super) violations: u32,
}

impl Model {
    pub(super) fn blank(seed: u64) -> Self {
        Self {
            words: vec![Word::Blank; WORDS],
            random: SplitMix64::new(seed),
            operations: 0,
            cut_at: None,
            violations: 0,
        }
    }

    /// Power goes during the `nth` operation from now and stays away until [`Self::restart`].
    pub(super) fn cut_at(&mut self, nth: u64) {
        self.cut_at = Some(self.operations + nth);
    }

    /// Tells whether power had gone.
    pub(super) fn restart(&mut self) -> bool {
        self.cut_at.take().is_some_and(|at| self.operations >= at)
    }

    /// Counts an operation; whether it is cut, which leaves it done, undone or torn.
    fn begin(&mut self) -> Result<Outcome, ControllerError> {
        self.operations += 1;
        match self.cut_at {
            Some(at) if self.operations > at => Err(ControllerError),
            Some(at) if self.operations == at => Ok(Outcome::Cut),
            _ => Ok(Outcome::Done),
        }
    }

    fn torn(&mut self, before: Word, after: Word) -> Word {
        let mut dice = [0];
        self.random.fill(&mut dice);
        match dice[0] % 4 {
            0 => before,
            1 => after,
            _ => Word::Torn,
        }
    }
}

enum Outcome {
    Done,
    Cut,
}

impl Controller for Model {
    fn read(&mut self, at: u32) -> Result<[u8; WORD_LEN], EccError> {
        match self.words[at as usize / WORD_LEN] {
            Word::Blank => Ok([0xFF; WORD_LEN]),
            Word::Holds(word) => Ok(word),
            Word::Torn => Err(EccError),
        }
    }

    fn program(&mut self, at: u32, word: &[u8; WORD_LEN]) -> Result<(), ControllerError> {
        let place = at as usize / WORD_LEN;
        let before = self.words[place];
        if before != Word::Blank && *word != [0; WORD_LEN] {
            self.violations += 1;
            return Err(ControllerError);
        }
        let outcome = self.begin()?;
        let after = Word::Holds(*word);
        match outcome {
            Outcome::Done => {
                self.words[place] = after;
                Ok(())
            }
            Outcome::Cut => {
                self.words[place] = self.torn(before, after);
                Err(ControllerError)
            }
        }
    }

    fn erase(&mut self, page: u32) -> Result<(), ControllerError> {
        let first = page as usize / WORD_LEN;
        let outcome = self.begin()?;
        for place in first..first + PAGE_WORDS {
            self.words[place] = match outcome {
                Outcome::Done => Word::Blank,
                Outcome::Cut => self.torn(self.words[place], Word::Blank),
            };
        }
        match outcome {
            Outcome::Done => Ok(()),
            Outcome::Cut => Err(ControllerError),
        }
    }
}
