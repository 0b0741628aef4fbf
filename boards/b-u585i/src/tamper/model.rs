//! The block as the reference manual describes it, with the wire at its input and its supply, and
//! the processor, which can be off and takes interrupts by its NVIC.

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
    nvic: Nvic,
    /// Register writes until power goes.
    writes_left: Option<u32>,
}

/// The interrupt's two bits there: a pending one stays so when the block does not ask any more.
#[derive(Default)]
struct Nvic {
    is_enabled: bool,
    is_pending: bool,
}

impl Model {
    /// The processor goes off after so many register writes.
    pub(crate) fn cut_power_after(&self, writes: u32) {
        self.0.borrow_mut().writes_left = Some(writes);
    }

    pub(crate) fn is_off(&self) -> bool {
        self.0.borrow().is_off()
    }

    /// The processor starts, after it was off or by itself.
    pub(crate) fn restart(&self) {
        let mut state = self.0.borrow_mut();
        (state.nvic, state.writes_left) = (Nvic::default(), None);
        state.detect();
    }

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
        state.nvic.is_enabled && state.nvic.is_pending
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
        self.nvic.is_pending |= self.asks();
    }

    fn asks(&self) -> bool {
        self.status & self.interrupts != 0
    }

    fn is_off(&self) -> bool {
        self.writes_left == Some(0)
    }
}

impl Registers for Model {
    fn read(&self, offset: usize) -> u32 {
        let state = self.0.borrow();
        match offset {
            _ if state.is_off() => 0,
            STATUS => state.status,
            BACKUP.. => state.backup[(offset - BACKUP) / 4],
            other => panic!("{other:#x} is not read"),
        }
    }

    fn write(&self, offset: usize, value: u32) {
        let mut state = self.0.borrow_mut();
        if state.is_off() {
            return;
        }
        state.writes_left = state.writes_left.map(|left| left - 1);
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

    fn enable_interrupt(&self) {
        let mut state = self.0.borrow_mut();
        state.nvic = Nvic {
            is_enabled: !state.is_off(),
            is_pending: state.asks(),
        };
    }
}
