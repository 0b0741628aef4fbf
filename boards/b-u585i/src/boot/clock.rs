use embassy_stm32::pac::rcc::vals::{Msirange, Msirgsel};
use embassy_stm32::pac::{PWR, RCC, pwr::vals::Vos};

/// The processor at 24 MHz instead of the 4 MHz of a reset, for as long as this is there.
///
/// In voltage range 1 the flash needs no wait states up to 32 MHz (RM0456, chapter 7, read access latency). The range goes
/// up before the clock (section 10.5.4) and stays up: it is the one that images ask for.
pub(crate) struct Hurry;

impl Hurry {
    pub(crate) fn start() -> Self {
        RCC.ahb3enr().modify(|enable| enable.set_pwren(true));
        // The manual wants a read before the block is used.
        RCC.ahb3enr().read();
        PWR.vosr().modify(|scaling| scaling.set_vos(Vos::RANGE1));
        while !PWR.vosr().read().vosrdy() {}
        set_clock(Msirange::RANGE_24MHZ);
        Self
    }
}

impl Drop for Hurry {
    fn drop(&mut self) {
        set_clock(Msirange::RANGE_4MHZ);
    }
}

/// The frequency may be changed only while the oscillator is ready (section 11.8.2).
fn set_clock(range: Msirange) {
    while !RCC.cr().read().msisrdy() {}
    RCC.icscr1().modify(|clock| {
        clock.set_msisrange(range);
        clock.set_msirgsel(Msirgsel::ICSCR1);
    });
    while !RCC.cr().read().msisrdy() {}
}
