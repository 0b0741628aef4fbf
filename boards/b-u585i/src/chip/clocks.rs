use embassy_stm32::rcc::{
    Hsi48Config, LsConfig, Pll, PllDiv, PllMul, PllPreDiv, PllSource, Sysclk, VoltageScale, mux::Iclksel,
};
use embassy_stm32::{Config, Peripherals, pac};

/// Runs the processor at 160 MHz off the internal oscillator, and USB at 48 MHz off another, which follows the host's
/// start of frames.
pub fn start_clocks() -> Peripherals {
    let mut config = Config::default();
    config.rcc.hsi = true;
    config.rcc.pll1 = Some(Pll {
        source: PllSource::HSI,
        prediv: PllPreDiv::DIV1,
        mul: PllMul::MUL10,
        divp: None,
        divq: None,
        divr: Some(PllDiv::DIV1),
    });
    config.rcc.sys = Sysclk::PLL1_R;
    config.rcc.voltage_range = VoltageScale::RANGE1;
    config.rcc.hsi48 = Some(Hsi48Config { sync_from_usb: true });
    // Another choice than the one before resets the backup registers, and with them half of the root where the input for
    // tampering is watched.
    config.rcc.ls = LsConfig::default_lsi();
    config.rcc.mux.iclksel = Iclksel::HSI48;
    let chip = embassy_stm32::init(config);
    pac::ICACHE.cr().modify(|cache| cache.set_en(true));
    chip
}
