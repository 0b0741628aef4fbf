//! The block as the reference manual describes it, with the wire at its input and its supply.

use super::{BACKUP, BEHAVIOUR, CLEAR, ENABLE, FILTER, INPUT_8, INTERRUPTS, Registers, STATUS};
use std::cell::RefCell;
use std::rc::Rc;

/// Shares the block with whoever tampers with it.
#[derive(Clone, Default)]
pub(crate) struct Model(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    enabled: u32,
    behaviour: u32,
    interrupts: u32,
    status: u32,
    backup: [u32; 32],
    is_open: bool,
}

impl Model {
    /// Breaks the wire, or mends it.
    pub(crate) fn open(&self, is_open: bool) {
        let mut state = self.0.borrow_mut();
        state.is_open = is_open;
        state.detect();
    }

    /// The backup supply goes and comes back: the block is as new.
    pub(crate) fn lose_supply(&self) {
        let is_open = self.0.borrow().is_open;
        *self.0.borrow_mut() = State {
            is_open,
            ..State::default()
        };
    }

    pub(crate) fn raises_interrupt(&self) -> bool {
        let state = self.0.borrow();
        state.status & state.interrupts != 0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().backup == [0; 32]
    }
}

impl State {
    fn detect(&mut self) {
        if self.is_open && self.enabled & INPUT_8 != 0 {
            self.status |= INPUT_8;
            if self.behaviour & INPUT_8 == 0 {
                self.backup = [0; 32];
            }
        }
    }
}

impl Registers for Model {
    fn read(&self, offset: usize) -> u32 {
        let state = self.0.borrow();
        match offset {
            STATUS => state.status,
            BACKUP.. => state.backup[(offset - BACKUP) / 4],
            other => panic!("{other:#x} is not read"),
        }
    }

    fn write(&self, offset: usize, value: u32) {
        let mut state = self.0.borrow_mut();
        match offset {
            ENABLE => state.enabled = value,
            BEHAVIOUR => state.behaviour = value,
            FILTER => assert_eq!(value, 0, "no clock runs for a filter"),
            INTERRUPTS => state.interrupts = value,
            CLEAR => state.status &= !value,
            // They are held erased as long as something is detected.
            BACKUP.. if state.status != 0 => {}
            BACKUP.. => state.backup[(offset - BACKUP) / 4] = value,
            other => panic!("{other:#x} is not written"),
        }
        state.detect();
    }
}
