//! What is around the block: its clocks, the random numbers, how long everything takes, and what goes wrong.

use super::super::BUSY;
use super::super::KEY_VALID;

/// Looks until the oscillator runs.
const STARTING: u32 = 5;
/// Looks at the flag of completion until it is set.
const COMPUTING: u32 = 3;
/// `RNGEIF`
const NO_RANDOM: u32 = 1 << 3;

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) enum Oscillator {
    /// As for AES, which runs by the bus's clock.
    #[default]
    NotNeeded,
    Off,
    Starting(u32),
    Runs,
    Broken,
}

#[derive(Clone, Copy, Default)]
pub(in super::super) struct Surroundings {
    pub(in super::super) oscillator: Oscillator,
    /// Looks at the status until random numbers or a key were fetched.
    pub(in super::super) fetching: u32,
    /// Looks at the status until the key is valid.
    pub(in super::super) key_after: u32,
    /// Which fetching fails, counted from 1.
    pub(in super::super) fails: u32,
    /// Which computation comes out wrong, counted from 1.
    pub(in super::super) wrong: u32,
    /// Which computation never ends, counted from 1, until the block is reset.
    pub(in super::super) hangs: u32,
    pub(in super::super) fetched: u32,
    computed: u32,
    has_hung: bool,
    is_let_in: bool,
    busy: u32,
    key_in: u32,
    complete_in: u32,
}

impl Surroundings {
    /// Those of SAES as a reset leaves it.
    pub(in super::super) fn of_saes() -> Self {
        Self {
            oscillator: Oscillator::Off,
            fetching: 4,
            key_after: 2,
            ..Self::default()
        }
    }

    pub(in super::super) fn switch_on(&mut self) {
        if self.oscillator == Oscillator::Off {
            self.oscillator = Oscillator::Starting(STARTING);
        }
    }

    pub(in super::super) fn is_ready(&mut self) -> bool {
        self.oscillator = match self.oscillator {
            Oscillator::Starting(0) => Oscillator::Runs,
            Oscillator::Starting(left) => Oscillator::Starting(left - 1),
            other => other,
        };
        self.oscillator == Oscillator::Runs
    }

    pub(in super::super) fn let_in(&mut self) {
        if !self.is_let_in {
            self.is_let_in = true;
            self.fetch();
        }
    }

    /// Whether the block does anything at all.
    pub(super) fn is_clocked(&self) -> bool {
        match self.oscillator {
            Oscillator::NotNeeded => true,
            Oscillator::Runs => self.is_let_in,
            _ => false,
        }
    }

    pub(super) const fn is_busy(&self) -> bool {
        self.busy > 0
    }

    pub(super) const fn has_key(&self) -> bool {
        self.key_in == 0
    }

    /// A reset of the block: it fetches random numbers, once it has its clock.
    pub(super) fn reset(&mut self) {
        (self.key_in, self.complete_in, self.has_hung) = (0, 0, false);
        if self.is_clocked() {
            self.fetch();
        }
    }

    fn fetch(&mut self) {
        self.busy = self.fetching;
        self.fetched += u32::from(self.fetching > 0);
    }

    /// Begins to fetch the key.
    pub(super) fn fetch_key(&mut self) {
        self.busy = self.fetching;
        self.key_in = self.key_after;
    }

    /// What `BUSY` and `KEYVALID` say, and what `RNGEIF` does then.
    pub(super) fn look(&mut self, wants_key: bool) -> (u32, u32) {
        if !self.is_clocked() {
            return (if self.is_let_in { BUSY } else { 0 }, 0);
        }
        let busy = if self.is_busy() || self.has_hung { BUSY } else { 0 };
        let key = if wants_key && self.has_key() { KEY_VALID } else { 0 };
        let ends = self.busy == 1;
        self.busy = self.busy.saturating_sub(1);
        self.key_in = self.key_in.saturating_sub(1);
        let fails = ends && !wants_key && self.fetched == self.fails;
        (busy | key, if fails { NO_RANDOM } else { 0 })
    }

    /// Begins a computation; whether it comes out wrong.
    pub(super) fn compute(&mut self) -> bool {
        self.complete_in = COMPUTING;
        self.computed += 1;
        self.has_hung = self.computed == self.hangs;
        self.computed == self.wrong
    }

    /// Whether the computation is complete by now.
    pub(super) fn completes(&mut self) -> bool {
        self.complete_in = self.complete_in.saturating_sub(1);
        self.complete_in == 0 && !self.has_hung
    }
}
