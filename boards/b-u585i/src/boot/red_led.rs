use cortex_m::asm::delay;
use embassy_stm32::pac::gpio::vals::Moder;
use embassy_stm32::pac::{GPIOH, RCC};

/// PH6, which shines when low.
const PIN: usize = 6;
/// A quarter of a second or more at the 4 MHz of a reset.
pub(crate) const SLOWLY: u32 = 1_000_000;
/// Four times as fast.
pub(crate) const FAST: u32 = SLOWLY / 4;

/// Blinks with these pauses until the chip is reset: there is no image to start. A probe can flash one meanwhile, and
/// nothing else happens.
pub(crate) fn blink(pause: u32) -> ! {
    RCC.ahb2enr1().modify(|enable| enable.set_gpiohen(true));
    // The manual wants a read before the block is used.
    RCC.ahb2enr1().read();
    GPIOH.moder().modify(|mode| mode.set_moder(PIN, Moder::OUTPUT));
    loop {
        GPIOH.odr().modify(|pins| pins.0 ^= 1 << PIN);
        delay(pause);
    }
}
