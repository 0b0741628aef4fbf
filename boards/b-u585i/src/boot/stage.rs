use crate::clock::Hurry;
use crate::red_led::{FAST, SLOWLY, blink};
use casemate_b_u585i::chip::{FlashController, take_ecc_error};
use casemate_b_u585i::flash::U5Flash;
use casemate_b_u585i::layout::IMAGES;
use casemate_board::{on_failure, slots::start};
use casemate_common::image::SlotAddress;
use casemate_firmware::crypto::Software;
use casemate_firmware::image::NoImage;
use cortex_m_rt::{entry, exception};
#[cfg(feature = "development")]
use defmt_rtt as _;
use embassy_stm32::peripherals::FLASH;

#[entry]
fn main() -> ! {
    match choose() {
        // SAFETY: the image is for this board and this slot, and the chip is as a reset leaves it, but for the voltage that
        // the image asks for itself.
        Ok(slot) => unsafe { start(slot) },
        Err(NoImage::Missing) => stop(),
        Err(NoImage::Outdated) => blink(FAST),
    }
}

fn choose() -> Result<SlotAddress, NoImage> {
    let _hurry = Hurry::start();
    // SAFETY: nobody else has it: this is called once.
    let flash = unsafe { FLASH::steal() };
    IMAGES.choose::<Software, _>(U5Flash::new(FlashController::new(flash)))
}

on_failure!(stop);

fn stop() -> ! {
    blink(SLOWLY)
}

/// A word that could not be read is for its reader to deal with; nothing else may interrupt like this.
#[exception]
unsafe fn NonMaskableInt() {
    if !take_ecc_error() {
        stop();
    }
}
