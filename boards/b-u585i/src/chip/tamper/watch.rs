use super::{PIN, Tamp, let_in};
use crate::tamper::arm;
use casemate_board::reset::wipe_and_reset;
use embassy_stm32::interrupt;
use embassy_stm32::pac;
use embassy_stm32::pac::gpio::vals::{Moder, Pupdr};

/// Watches from now on, also while only the backup supply is there. When a detector fires, all that is in memory is wiped
/// at once; the start after that finds what has happened.
pub fn start_tamper() {
    let_in();
    pac::RCC.ahb2enr1().modify(|enable| enable.set_gpioeen(true));
    // The manual wants a read before the port is used.
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
