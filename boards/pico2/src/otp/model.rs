//! A page as the data sheet describes it: a row with error correction is written once; a lock is for good, a page is
//! closed until OTP is reset, which not every reset does; power can go between two writes.

use super::{OtpError, ROWS, Rows};
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Clone)]
pub(crate) struct Otp(Rc<RefCell<State>>);

struct State {
    rows: [Option<u16>; ROWS as usize],
    is_locked: bool,
    is_closed: bool,
    writes_left: Option<u32>,
}

impl Otp {
    pub(crate) fn blank() -> Self {
        Self(Rc::new(RefCell::new(State {
            rows: [None; ROWS as usize],
            is_locked: false,
            is_closed: false,
            writes_left: None,
        })))
    }

    pub(crate) fn cut_after(&self, writes: u32) {
        self.0.borrow_mut().writes_left = Some(writes);
    }

    /// After power was off.
    pub(crate) fn power_on(&self) {
        self.0.borrow_mut().is_closed = false;
        self.processor_reset();
    }

    /// Of the processors alone.
    pub(crate) fn processor_reset(&self) {
        self.0.borrow_mut().writes_left = None;
    }

    /// The power-on state machine runs again from the first of `stages` on, bits as in `PSM.WDSEL`; OTP is bit 1.
    pub(crate) fn watchdog_reset(&self, stages: u32) {
        if stages.trailing_zeros() <= 1 {
            self.0.borrow_mut().is_closed = false;
        }
        self.processor_reset();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.borrow().is_closed
    }

    pub(crate) fn damage(&self, row: usize) {
        self.0.borrow_mut().rows[row] = Some(0xDEAD);
    }

    pub(crate) fn written(&self) -> usize {
        self.0.borrow().rows.iter().flatten().count()
    }
}

impl State {
    fn spend(&mut self) -> Result<(), OtpError> {
        match &mut self.writes_left {
            Some(0) => Err(OtpError),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Rows for Otp {
    fn read(&mut self, row: u8) -> Result<u16, OtpError> {
        let state = self.0.borrow();
        if state.is_closed {
            return Err(OtpError);
        }
        Ok(state.rows[usize::from(row)].unwrap_or_default())
    }

    fn write(&mut self, row: u8, value: u16) -> Result<(), OtpError> {
        let mut state = self.0.borrow_mut();
        state.spend()?;
        if state.is_locked || state.is_closed || state.rows[usize::from(row)].is_some() {
            return Err(OtpError);
        }
        state.rows[usize::from(row)] = Some(value);
        Ok(())
    }

    fn close(&mut self) {
        self.0.borrow_mut().is_closed = true;
    }

    fn lock_forever(&mut self) -> Result<(), OtpError> {
        let mut state = self.0.borrow_mut();
        state.spend()?;
        state.is_locked = true;
        Ok(())
    }

    fn is_locked_forever(&mut self) -> Result<bool, OtpError> {
        Ok(self.0.borrow().is_locked)
    }
}
