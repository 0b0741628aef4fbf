use crate::protection::of_level;
use casemate_common::command::Protection;
use embassy_stm32::pac;

/// What keeps a debugger from the flash.
pub fn protection() -> Protection {
    of_level(pac::FLASH.optr().read().rdp().to_bits())
}
