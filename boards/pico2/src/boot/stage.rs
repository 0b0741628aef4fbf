use casemate_board::{on_failure, slots::start};
use casemate_common::image::SlotAddress;
use casemate_firmware::crypto::Software;
use casemate_firmware::image::NoImage;
use casemate_pico2::layout::{FLASH_LEN, IMAGES};
use cortex_m::{asm::delay, register::msplim};
use cortex_m_rt::entry;
#[cfg(feature = "development")]
use defmt_rtt as _;
use embassy_rp::Peri;
use embassy_rp::flash::{Blocking, Flash};
use embassy_rp::gpio::{Level, Output};
use embassy_rp::pac::WATCHDOG;
use embassy_rp::peripherals::{FLASH, PIN_25};

/// A quarter of a second or more at 150 MHz.
const SLOWLY: u32 = 37_500_000;
/// Four times as fast.
const FAST: u32 = SLOWLY / 4;

#[entry]
fn main() -> ! {
    stop_watchdog();
    let chip = embassy_rp::init(embassy_rp::config::Config::default());
    let slot = match choose(chip.FLASH) {
        Ok(slot) => slot,
        Err(NoImage::Missing) => blink(chip.PIN_25, SLOWLY),
        Err(NoImage::Outdated) => blink(chip.PIN_25, FAST),
    };
    // SAFETY: the image is for this board and this slot; it sets up clocks and all peripherals that it uses from any state, as after a
    // reset of the processor alone, and has a stack of its own without the boot ROM's limit.
    unsafe {
        msplim::write(0);
        start(slot)
    }
}

/// One that an image has started goes on when the processor alone is reset.
fn stop_watchdog() {
    WATCHDOG.ctrl().modify(|control| control.set_enable(false));
}

fn choose(flash: Peri<'static, FLASH>) -> Result<SlotAddress, NoImage> {
    IMAGES.choose::<Software, _>(Flash::<_, Blocking, { FLASH_LEN as usize }>::new_blocking(flash))
}

/// Until the chip is reset: there is no image to start. A probe can flash one, and the button BOOTSEL at a start leads to
/// the boot ROM.
fn blink(led: Peri<'static, PIN_25>, pause: u32) -> ! {
    let mut led = Output::new(led, Level::High);
    loop {
        delay(pause);
        led.toggle();
    }
}

on_failure!(stop);

/// For what should not be.
fn stop() -> ! {
    // SAFETY: whoever had the pin does not run any more.
    blink(unsafe { PIN_25::steal() }, SLOWLY)
}
