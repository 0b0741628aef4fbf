//! The registers as the reference manual describes them. A driver that breaks a rule fails the test; what the block itself
//! ignores, the model ignores.

use super::{CONDITIONING_RESET, ENABLE, MAGIC, READY, Register, Registers, SEED_FAILED};
use core::cell::RefCell;

/// Looks until a word, or the end of a conditioning reset, is there.
const SLOW: u32 = 7;
/// Fields that are taken during a conditioning reset alone.
const CONFIGURATION: u32 = 0x03FF_FFA0;

#[derive(Default)]
pub(super) struct Model(RefCell<State>);

#[derive(Default)]
pub(super) struct State {
    pub(super) control: u32,
    pub(super) tests: u32,
    is_unlocked: bool,
    flags: u32,
    looks: u32,
    resetting: u32,
    words: u32,
    /// Starts whose seed fails.
    pub(super) bad_starts: u32,
    /// After which word the seed fails.
    pub(super) fails_after: Option<u32>,
    /// Whether words are zero.
    pub(super) gives_zeros: bool,
    /// Whether it has no clock.
    pub(super) is_dead: bool,
}

impl Model {
    pub(super) fn with(change: impl FnOnce(&mut State)) -> Self {
        let model = Self::default();
        change(&mut model.0.borrow_mut());
        model
    }

    /// What it is set up to: control, and the thresholds of its tests.
    pub(super) fn setup(&self) -> (u32, u32) {
        let state = self.0.borrow();
        (state.control, state.tests)
    }
}

impl State {
    fn set_control(&mut self, value: u32) {
        let resets = value & CONDITIONING_RESET != 0;
        let kept = if resets { 0 } else { CONFIGURATION };
        let is_enabled = value & ENABLE != 0 && self.control & ENABLE == 0;
        if self.control & CONDITIONING_RESET != 0 && !resets {
            self.resetting = SLOW;
        }
        assert!(!is_enabled || self.resetting == 0, "enabled during the reset");
        self.control = self.control & kept | value & !kept;
        if is_enabled {
            self.looks = 0;
            if self.bad_starts > 0 {
                self.bad_starts -= 1;
                self.flags |= SEED_FAILED;
            }
        }
    }

    fn set_tests(&mut self, value: u32) {
        let is_taken = self.is_unlocked && self.control & CONDITIONING_RESET != 0;
        self.is_unlocked = value == MAGIC;
        if is_taken && value != MAGIC {
            self.tests = value;
        }
    }

    fn control(&mut self) -> u32 {
        if self.resetting == 0 {
            return self.control;
        }
        if !self.is_dead {
            self.resetting -= 1;
        }
        self.control | CONDITIONING_RESET
    }

    fn status(&mut self) -> u32 {
        if self.control & ENABLE == 0 || self.is_dead {
            return self.flags;
        }
        if self.fails_after == Some(self.words) {
            self.flags |= SEED_FAILED;
        }
        self.looks += 1;
        let ready = if self.looks > SLOW { READY } else { 0 };
        // The auto-reset brings new words even then.
        self.flags | ready
    }

    fn data(&mut self) -> u32 {
        assert!(self.looks > SLOW, "read before it was ready");
        assert_eq!(self.flags, 0, "a word that failed the tests was taken");
        self.looks = 0;
        self.words += 1;
        if self.gives_zeros {
            0
        } else {
            0x5EED_0000 + self.words
        }
    }
}

impl Registers for Model {
    fn read(&self, register: Register) -> u32 {
        let mut state = self.0.borrow_mut();
        match register {
            Register::Control => state.control(),
            Register::Status => state.status(),
            Register::Data => state.data(),
            Register::HealthTests => panic!("nobody reads it"),
        }
    }

    fn write(&self, register: Register, value: u32) {
        let mut state = self.0.borrow_mut();
        if register != Register::HealthTests {
            state.is_unlocked = false;
        }
        match register {
            Register::Control => state.set_control(value),
            Register::Status => state.flags &= value,
            Register::HealthTests => state.set_tests(value),
            Register::Data => panic!("it can't be written"),
        }
    }
}
