use embassy_stm32::pac;
use embassy_stm32::pac::flash::vals::Rdp;

/// Whether a debugger is kept from reading the flash: any level but 0 (RM0456, section 7.5.2).
pub fn is_read_protected() -> bool {
    pac::FLASH.optr().read().rdp() != Rdp::B_0X_AA
}
