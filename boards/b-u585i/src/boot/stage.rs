use crate::clock::Hurry;
use crate::red_led::blink;
use casemate_b_u585i::chip::{FlashController, take_ecc_error};
use casemate_b_u585i::flash::U5Flash;
use casemate_b_u585i::layout::IMAGES;
use casemate_board::{on_failure, slots::start};
use casemate_common::image::SlotAddress;
use casemate_firmware::crypto::Software;
use cortex_m_rt::{entry, exception};
#[cfg(feature = "development")]
use defmt_rtt as _;
use embassy_stm32::peripherals::FLASH;

#[entry]
fn main() -> ! {
    match choose() {
        // SAFETY: the image is for this board and this slot, and the chip is as a reset leaves it, but for the voltage that
        // the image asks for itself.
        Some(slot) => unsafe { start(slot) },
        None => blink(),
    }
}

fn choose() -> Option<SlotAddress> {
    let _hurry = Hurry::start();
    // SAFETY: nobody else has it: this is called once.
    let flash = unsafe { FLASH::steal() };
    IMAGES.choose::<Software, _>(U5Flash::new(FlashController::new(flash)))
}

on_failure!(blink);

/// A word that could not be read is for its reader to deal with; nothing else may interrupt like this.
#[exception]
unsafe fn NonMaskableInt() {
    if !take_ecc_error() {
        blink();
    }
}
