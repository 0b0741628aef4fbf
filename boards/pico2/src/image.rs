//! Starts the board and serves, until it is reset.

use casemate_board::{console::line, on_failure, serve::serve_until_restart};
use casemate_common::usb::PRODUCT;
use casemate_firmware::device::Device;
use casemate_firmware::platform::Presence;
use casemate_pico2::board::{Board, Pico2};
use casemate_pico2::chip::{Bootsel, start_watchdog, wipe_and_restart};
use cortex_m_rt::entry;
#[cfg(feature = "development")]
use defmt_rtt as _;
use embassy_rp::gpio::Level;
use embassy_time::Duration;

/// Far longer than a start and any single step of the device's work, and no longer than the watchdog can wait.
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
    start_watchdog(&mut watchdog, PATIENCE);
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
    serve_until_restart(device, &mut link, || watchdog.feed(PATIENCE));
    // With the button down, the boot ROM would offer its drive.
    while Bootsel.is_shown() {
        watchdog.feed(PATIENCE);
    }
    wipe_and_restart()
}

/// Not part of `main`, whose frame would keep room for every copy that a start makes.
#[inline(never)]
fn start(platform: Pico2) -> Option<&'static mut Device<Pico2>> {
    cortex_m::singleton!(: Device<Pico2> = Device::start(platform))
}

on_failure!(wipe_and_restart);
