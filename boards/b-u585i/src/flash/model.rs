//! The controller as the reference manual describes it (RM0456, section 7.3), with power that can go in the middle of an
//! operation.

use super::{Controller, ControllerError, EccError, WORD_LEN};
use crate::layout::{FLASH_LEN, PAGE_LEN};
use casemate_sim::nor::SplitMix64;
use std::rc::Rc;

const PAGE_WORDS: usize = PAGE_LEN as usize / WORD_LEN;
const BLANK: [u8; WORD_LEN] = [0xFF; WORD_LEN];
const ZEROS: [u8; WORD_LEN] = [0; WORD_LEN];

type Bytes = [u8; WORD_LEN];

/// What a cut leaves of a word. The manual promises nothing (section 7.3); these are the ways in which 128 bits and the
/// 9 of their error correction can be half done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Nothing has begun.
    Before,
    /// It is done, and nobody was told.
    After,
    /// Two wrong bits: reading it fails.
    Torn,
    /// It reads as blank, and yet can't be programmed.
    Faint,
    /// So many wrong bits that its error correction sees none.
    Garbled,
    /// It reads in another way each time.
    Unstable,
}

impl Cut {
    pub(super) const ALL: [Self; 6] = [
        Self::Before,
        Self::After,
        Self::Torn,
        Self::Faint,
        Self::Garbled,
        Self::Unstable,
    ];
}

#[derive(Debug, Clone, Copy)]
enum Word {
    Blank,
    Holds(Bytes),
    Torn,
    Faint,
    /// Between these two.
    Unstable(Bytes, Bytes),
}

#[derive(Clone)]
pub(super) struct Model {
    /// Its words by pages, which copies share until one of them changes it.
    pages: Vec<Rc<[Word; PAGE_WORDS]>>,
    random: SplitMix64,
    operations: u64,
    cut: Option<(u64, Cut)>,
    /// Where power went.
    went_at: Option<u32>,
    /// Words that were programmed though they held something, which the controller refuses.
    pub(super) violations: u32,
}

impl Model {
    pub(super) fn blank(seed: u64) -> Self {
        let page = Rc::new([Word::Blank; PAGE_WORDS]);
        Self {
            pages: vec![page; (FLASH_LEN / PAGE_LEN) as usize],
            random: SplitMix64::new(seed),
            operations: 0,
            cut: None,
            went_at: None,
            violations: 0,
        }
    }

    /// Power goes during the `nth` operation from now and stays away until [`Self::restart`].
    pub(super) fn cut_at(&mut self, nth: u64, cut: Cut) {
        self.cut = Some((self.operations + nth, cut));
    }

    /// Tells where power had gone, if it had.
    pub(super) fn restart(&mut self) -> Option<u32> {
        self.cut = None;
        self.went_at.take()
    }

    /// Counts an operation; how it is cut, if it is.
    fn begin(&mut self, place: u32) -> Result<Option<Cut>, ControllerError> {
        self.operations += 1;
        match self.cut {
            Some((nth, _)) if self.operations > nth => Err(ControllerError),
            Some((nth, cut)) if self.operations == nth => {
                self.went_at = Some(place);
                Ok(Some(cut))
            }
            _ => Ok(None),
        }
    }

    fn word(&self, place: usize) -> Word {
        self.pages[place / PAGE_WORDS][place % PAGE_WORDS]
    }

    fn set(&mut self, place: usize, word: Word) {
        Rc::make_mut(&mut self.pages[place / PAGE_WORDS])[place % PAGE_WORDS] = word;
    }

    /// Leaves a word in this way between what it held and what it should hold.
    fn cut_word(&mut self, place: usize, after: Bytes, cut: Cut) {
        let before = match self.word(place) {
            Word::Blank | Word::Faint => BLANK,
            Word::Holds(bytes) | Word::Unstable(bytes, _) => bytes,
            Word::Torn => ZEROS,
        };
        let cut_word = match cut {
            Cut::Before => return,
            Cut::After => Word::Holds(after),
            Cut::Torn => Word::Torn,
            Cut::Faint => Word::Faint,
            Cut::Garbled => Word::Holds(self.mix(before, after)),
            Cut::Unstable => Word::Unstable(before, after),
        };
        self.set(place, cut_word);
    }

    fn mix(&mut self, before: Bytes, after: Bytes) -> Bytes {
        let mut done = ZEROS;
        self.random.fill(&mut done);
        std::array::from_fn(|at| before[at] & !done[at] | after[at] & done[at])
    }

    /// Some words of the page are as before, some blank, the others cut.
    fn cut_page(&mut self, first: usize, cut: Cut) {
        for place in first..first + PAGE_WORDS {
            match self.random.below(3) {
                0 => {}
                1 => self.set(place, Word::Blank),
                _ if cut == Cut::After => self.set(place, Word::Blank),
                _ => self.cut_word(place, BLANK, cut),
            }
        }
    }
}

impl Controller for Model {
    fn read(&mut self, at: u32) -> Result<Bytes, EccError> {
        match self.word(at as usize / WORD_LEN) {
            Word::Blank | Word::Faint => Ok(BLANK),
            Word::Holds(word) => Ok(word),
            Word::Torn => Err(EccError),
            Word::Unstable(before, after) => match self.random.below(3) {
                0 => Ok(before),
                1 => Ok(after),
                _ => Err(EccError),
            },
        }
    }

    fn program(&mut self, at: u32, word: &Bytes) -> Result<(), ControllerError> {
        let place = at as usize / WORD_LEN;
        let is_blank = matches!(self.word(place), Word::Blank);
        if *word != ZEROS && !is_blank {
            // Nobody can see that a word is faint before trying.
            let could_be_seen = matches!(self.word(place), Word::Holds(_) | Word::Torn);
            self.violations += u32::from(could_be_seen);
            return Err(ControllerError);
        }
        match self.begin(at)? {
            None => {
                self.set(place, Word::Holds(*word));
                Ok(())
            }
            Some(cut) => {
                // Programming only lets bits fall: what holds something never looks blank again.
                let rises = !is_blank && cut == Cut::Faint;
                let cut = if rises { Cut::Before } else { cut };
                self.cut_word(place, *word, cut);
                Err(ControllerError)
            }
        }
    }

    fn erase(&mut self, page: u32) -> Result<(), ControllerError> {
        let first = page as usize / WORD_LEN;
        match self.begin(page)? {
            None => {
                (first..first + PAGE_WORDS).for_each(|place| self.set(place, Word::Blank));
                Ok(())
            }
            Some(Cut::Before) => Err(ControllerError),
            Some(cut) => {
                self.cut_page(first, cut);
                Err(ControllerError)
            }
        }
    }
}
