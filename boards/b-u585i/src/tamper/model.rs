//! The block as the reference manual describes it, with the wire at its input, the chip's own detectors, the backup
//! domain's protection and supply, and the processor, which can be off and takes interrupts by its NVIC.

use super::{
    BACKUP, BEHAVIOUR, CLEAR, ENABLE, FILTER, INTERRUPTS, OWN_BEHAVIOUR, Registers, STATUS, SUPPLY,
    TEMPERATURE,
};
use std::cell::RefCell;
use std::rc::Rc;

/// In all of the block's registers: the bit of TAMP_IN7, which is where the wire hangs. Not the driver's own name of it, so
/// that one of them notices when the other is wrong.
const WIRE: u32 = 0x40;
/// In the registers of enabling, interrupts and status: the first of the chip's own detectors.
const OWN_AT: u32 = 16;

/// Shares the block with whoever tampers with it.
#[derive(Clone, Default)]
pub(crate) struct Model(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    enabled: u32,
    behaviour: u32,
    own_behaviour: u32,
    interrupts: u32,
    status: u32,
    backup: [u32; 32],
    is_open: bool,
    /// The input has detected an edge, and waits for being enabled anew.
    has_fired: bool,
    /// The manual: an input that is high already when it is enabled "may be" detected. This one is, then.
    sees_level: bool,
    is_monitored: bool,
    is_writable: bool,
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
    /// One whose input also fires when it is enabled while it is high.
    pub(crate) fn that_sees_levels() -> Self {
        let model = Self::default();
        model.0.borrow_mut().sees_level = true;
        model
    }

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
        (state.nvic, state.writes_left, state.is_writable) = (Nvic::default(), None, false);
        state.ask();
    }

    /// Breaks the wire, or mends it.
    pub(crate) fn open(&self, is_open: bool) {
        let mut state = self.0.borrow_mut();
        let rises = is_open && !state.is_open;
        state.is_open = is_open;
        if rises {
            state.detect_input();
        }
    }

    /// One of the chip's own detectors detects something.
    pub(crate) fn detect(&self, detector: u32) {
        let mut state = self.0.borrow_mut();
        let is_off = detector & (SUPPLY | TEMPERATURE) != 0 && !state.is_monitored;
        if state.enabled & detector != 0 && !is_off {
            let erases = state.own_behaviour & detector >> OWN_AT == 0;
            state.fire(detector, erases);
        }
    }

    /// Another program left these settings and flags there.
    pub(crate) fn leave(&self, own_behaviour: u32, status: u32) {
        let mut state = self.0.borrow_mut();
        (state.own_behaviour, state.status) = (own_behaviour, status);
    }

    /// The backup supply goes and comes back: the block is as new.
    pub(crate) fn lose_supply(&self) {
        let mut state = self.0.borrow_mut();
        *state = State {
            is_open: state.is_open,
            sees_level: state.sees_level,
            ..State::default()
        };
    }

    /// Whether a flag keeps SAES from its key.
    pub(crate) fn blocks_keys(&self) -> bool {
        self.0.borrow().status != 0
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
    fn enable(&mut self, value: u32) {
        let is_new = value & !self.enabled & WIRE != 0;
        self.enabled = value;
        if !is_new {
            return;
        }
        self.has_fired = false;
        if self.is_open && self.sees_level {
            self.detect_input();
        }
    }

    fn detect_input(&mut self) {
        if self.enabled & WIRE != 0 && !self.has_fired {
            self.has_fired = true;
            self.fire(WIRE, self.behaviour & WIRE == 0);
        }
    }

    fn fire(&mut self, detector: u32, erases: bool) {
        self.status |= detector;
        if erases {
            self.backup = [0; 32];
        }
        self.ask();
    }

    fn ask(&mut self) {
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
        if !state.is_writable {
            return;
        }
        match offset {
            ENABLE => state.enable(value),
            BEHAVIOUR => state.behaviour = value,
            OWN_BEHAVIOUR => state.own_behaviour = value,
            FILTER => assert_eq!(value, 0, "no clock runs for a filter"),
            INTERRUPTS => state.interrupts = value,
            CLEAR => state.status &= !value,
            // They are held erased as long as something is detected.
            BACKUP.. if state.status != 0 => {}
            BACKUP.. => state.backup[(offset - BACKUP) / 4] = value,
            other => panic!("{other:#x} is not written"),
        }
        state.ask();
    }

    fn enable_interrupt(&self) {
        let mut state = self.0.borrow_mut();
        state.nvic = Nvic {
            is_enabled: !state.is_off(),
            is_pending: state.asks(),
        };
    }

    fn open_domain(&self) {
        let mut state = self.0.borrow_mut();
        if !state.is_off() {
            state.is_writable = true;
        }
    }

    fn monitor(&self) {
        let mut state = self.0.borrow_mut();
        if !state.is_off() && state.is_writable {
            state.is_monitored = true;
        }
    }

    fn is_input_high(&self) -> bool {
        self.0.borrow().is_open
    }
}
