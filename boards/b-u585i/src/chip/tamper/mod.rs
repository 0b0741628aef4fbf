#[cfg(feature = "tamper")]
mod watch;

#[cfg(feature = "tamper")]
pub use watch::start_tamper;

use crate::tamper::Registers;
#[cfg(not(feature = "tamper"))]
use crate::tamper::disarm;
use embassy_stm32::interrupt::{self, InterruptExt};
use embassy_stm32::pac;
use embassy_stm32::pac::gpio::vals::Idr;

/// The tamper detection and its backup registers.
#[derive(Default)]
pub struct Tamp;

/// The input's place in port E.
const PIN: usize = 4;

/// Turns off what another image may have armed.
#[cfg(not(feature = "tamper"))]
pub fn stop_tamper() {
    let_in();
    disarm(&Tamp);
}

fn let_in() {
    pac::RCC.apb3enr().modify(|enable| enable.set_rtcapben(true));
    // The manual wants a read before the block is used.
    pac::RCC.apb3enr().read();
}

fn register(offset: usize) -> *mut u32 {
    pac::TAMP.as_ptr().wrapping_byte_add(offset).cast()
}

impl Registers for Tamp {
    fn read(&self, offset: usize) -> u32 {
        // SAFETY: it is one of the block's registers, which nobody but the worker uses.
        unsafe { register(offset).read_volatile() }
    }

    fn write(&self, offset: usize, value: u32) {
        // SAFETY: as for reading.
        unsafe { register(offset).write_volatile(value) }
    }

    fn enable_interrupt(&self) {
        interrupt::TAMP.unpend();
        // SAFETY: no code relies on this interrupt's being masked.
        unsafe { interrupt::TAMP.enable() };
    }

    fn open_domain(&self) {
        pac::PWR.dbpcr().modify(|domain| domain.set_dbp(true));
    }

    fn monitor(&self) {
        pac::PWR.bdcr1().modify(|domain| domain.set_monen(true));
    }

    fn is_input_high(&self) -> bool {
        pac::GPIOE.idr().read().idr(PIN) == Idr::HIGH
    }
}
