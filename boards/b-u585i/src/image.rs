//! Starts the board and serves, until it is reset.

use casemate_b_u585i::board::{BU585I, Board};
use casemate_b_u585i::chip::take_ecc_error;
use casemate_board::{console::line, executor::block_on, reset::wipe_and_reset, watchdog::feed};
use casemate_firmware::device::Device;
use core::panic::PanicInfo;
use cortex_m_rt::{entry, exception};
#[cfg(feature = "development")]
use defmt_rtt as _;
use embassy_futures::select::select;
use embassy_time::Timer;

const FAREWELL_MS: u64 = 100;

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
    loop {
        link.begin();
        block_on(select(device.serve(&mut link), feed(|| watchdog.pet())));
        if device.must_restart() {
            // The host fetches the answer within that time, or does not want it.
            block_on(Timer::after_millis(FAREWELL_MS));
            wipe_and_reset();
        }
    }
}

/// Not part of `main`, whose frame would keep room for every copy that a start makes.
#[inline(never)]
fn start(platform: BU585I) -> Option<&'static mut Device<BU585I>> {
    cortex_m::singleton!(: Device<BU585I> = Device::start(platform))
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    wipe_and_reset()
}

/// A word that could not be read is for its reader to deal with; nothing else may interrupt like this.
#[exception]
unsafe fn NonMaskableInt() {
    if !take_ecc_error() {
        wipe_and_reset();
    }
}

#[exception(trampoline = false)]
unsafe fn HardFault() -> ! {
    wipe_and_reset()
}
