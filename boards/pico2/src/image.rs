//! Starts the board and serves, until it is reset.

use casemate_board::{console::line, executor::block_on, usb::PRODUCT, watchdog::feed};
use casemate_firmware::device::Device;
use casemate_firmware::platform::Presence;
use casemate_pico2::board::{Board, Pico2};
use casemate_pico2::chip::{Bootsel, start_watchdog, wipe_and_restart};
use core::panic::PanicInfo;
use cortex_m_rt::{entry, exception};
#[cfg(feature = "development")]
use defmt_rtt as _;
use embassy_futures::select::select;
use embassy_rp::gpio::Level;
use embassy_time::{Duration, Timer};

const FAREWELL_MS: u64 = 100;
/// Far longer than any single step of the device's work, and no longer than the watchdog can wait.
const PATIENCE: Duration = Duration::from_secs(16);

#[entry]
fn main() -> ! {
    let Ok(Board {
        platform,
        mut link,
        mut console,
        mut led,
        mut watchdog,
        ..
    }) = Board::start(PRODUCT)
    else {
        wipe_and_restart();
    };
    let Some(device) = start(platform) else {
        wipe_and_restart();
    };
    let fingerprint = device.fingerprint();
    let serves = fingerprint.is_some();
    #[cfg(feature = "development")]
    defmt::info!("started, serving: {}", serves);
    // Nobody may be listening.
    let _ = console.blocking_write(line(fingerprint).as_bytes());
    led.set_level(Level::from(serves));
    start_watchdog(&mut watchdog, PATIENCE);
    loop {
        link.begin();
        block_on(select(device.serve(&mut link), feed(|| watchdog.feed(PATIENCE))));
        if device.must_restart() {
            // The host fetches the answer within that time, or does not want it.
            block_on(Timer::after_millis(FAREWELL_MS));
            // With the button down, the boot ROM would offer its drive.
            while Bootsel.is_shown() {
                watchdog.feed(PATIENCE);
            }
            wipe_and_restart();
        }
    }
}

/// Not part of `main`, whose frame would keep room for every copy that a start makes.
#[inline(never)]
fn start(platform: Pico2) -> Option<&'static mut Device<Pico2>> {
    cortex_m::singleton!(: Device<Pico2> = Device::start(platform))
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    wipe_and_restart()
}

#[exception(trampoline = false)]
unsafe fn HardFault() -> ! {
    wipe_and_restart()
}
