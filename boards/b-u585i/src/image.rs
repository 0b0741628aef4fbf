//! Starts the board and serves, until it is reset.

use casemate_b_u585i::board::{BU585I, Board};
use casemate_b_u585i::chip::take_ecc_error;
use casemate_board::{console::line, on_failure, reset::wipe_and_reset, serve::serve_until_restart};
use casemate_firmware::device::Device;
use cortex_m_rt::{entry, exception};
#[cfg(feature = "development")]
use defmt_rtt as _;

#[entry]
fn main() -> ! {
    let Ok(Board {
        platform,
        mut link,
        mut console,
        mut leds,
        mut watchdog,
    }) = Board::start()
    else {
        wipe_and_reset();
    };
    let Some(device) = start(platform) else {
        wipe_and_reset();
    };
    let fingerprint = device.fingerprint();
    let serves = fingerprint.is_some();
    #[cfg(feature = "development")]
    defmt::info!("started, serving: {}", serves);
    // Nobody may be listening.
    let _ = console.blocking_write(line(fingerprint).as_bytes());
    leds.show(serves);
    serve_until_restart(device, &mut link, || watchdog.pet());
    wipe_and_reset()
}

/// Not part of `main`, whose frame would keep room for every copy that a start makes.
#[inline(never)]
fn start(platform: BU585I) -> Option<&'static mut Device<BU585I>> {
    cortex_m::singleton!(: Device<BU585I> = Device::start(platform))
}

on_failure!(wipe_and_reset);

/// A word that could not be read is for its reader to deal with; nothing else may interrupt like this.
#[exception]
unsafe fn NonMaskableInt() {
    if !take_ecc_error() {
        wipe_and_reset();
    }
}
