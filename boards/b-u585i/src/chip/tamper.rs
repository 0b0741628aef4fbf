use crate::tamper::{Registers, arm};
use casemate_board::reset::wipe_and_reset;
use embassy_stm32::interrupt::{self, InterruptExt};
use embassy_stm32::pac;
use embassy_stm32::pac::gpio::vals::{Idr, Moder, Pupdr};

/// The tamper detection and its backup registers.
#[derive(Default)]
pub struct Tamp;

/// The input's place in port E.
const PIN: usize = 4;

/// Watches from now on, also while only the backup supply is there. When a detector fires, all that is in memory is wiped
/// at once; the start after that finds what has happened.
pub fn start_tamper() {
    pac::RCC.apb3enr().modify(|enable| enable.set_rtcapben(true));
    pac::RCC.ahb2enr1().modify(|enable| enable.set_gpioeen(true));
    // The manual wants a read before the blocks are used.
    pac::RCC.apb3enr().read();
    pac::RCC.ahb2enr1().read();
    pac::GPIOE
        .pupdr()
        .modify(|pull| pull.set_pupdr(PIN, Pupdr::FLOATING));
    pac::GPIOE
        .moder()
        .modify(|mode| mode.set_moder(PIN, Moder::INPUT));
    arm(&Tamp);
}

#[embassy_stm32::interrupt]
unsafe fn TAMP() {
    wipe_and_reset();
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
        pac::PWR.bdcr1().modify(|domain| domain.set_monen(true));
    }

    fn is_input_high(&self) -> bool {
        pac::GPIOE.idr().read().idr(PIN) == Idr::HIGH
    }
}
