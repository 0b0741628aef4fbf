use crate::otp::PAGE;
use crate::restart::{STAGES, is_needed};
use casemate_board::reset::{ResetRequest, wipe_and};
use embassy_rp::pac::{OTP, PSM, RESETS, WATCHDOG, otp::vals::SwLockSec, psm, resets::regs::Peripherals};
use embassy_rp::watchdog::Watchdog;
use embassy_time::Duration;

/// `WATCHDOG.CTRL.TRIGGER`.
const TRIGGER: ResetRequest = ResetRequest {
    register: 0x400D_8000,
    value: 1 << 31,
};

/// Zeroes all data and stack, then resets the chip, OTP with it.
pub fn wipe_and_restart() -> ! {
    select_stages();
    // SAFETY: this is the watchdog's register, and the processors are among the stages that it resets.
    unsafe { wipe_and(TRIGGER) }
}

/// Starts the watchdog, which resets as much as [`wipe_and_restart`].
pub fn start_watchdog(watchdog: &mut Watchdog, patience: Duration) {
    watchdog.start(patience);
    // The driver selects what the RP2040 has at these bits.
    select_stages();
}

/// Restarts the chip if the page of the root was closed before this image began.
pub(crate) fn restart_if_needed() {
    let lock = OTP.sw_lock(usize::from(PAGE)).read();
    let is_closed = lock.sec() == SwLockSec::INACCESSIBLE;
    if is_needed(is_closed, WATCHDOG.reason().read().force()) {
        wipe_and_restart();
    }
}

/// Puts those peripherals that we use through reset that embassy's `init` takes out of it without: its list ends where the
/// RP2040's does.
pub(crate) fn reset_the_rest() {
    let mut rest = Peripherals(0);
    rest.set_trng(true);
    rest.set_uart0(true);
    rest.set_usbctrl(true);
    RESETS.reset().modify(|held| held.0 |= rest.0);
    RESETS.reset().modify(|held| held.0 &= !rest.0);
    while RESETS.reset_done().read().0 & rest.0 != rest.0 {}
}

fn select_stages() {
    PSM.wdsel().write_value(psm::regs::Wdsel(STAGES));
}
