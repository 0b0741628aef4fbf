use crate::protection::{self, of_level};
use casemate_common::command::Protection;
use embassy_stm32::pac;

/// What keeps a debugger from the flash.
pub fn protection() -> Protection {
    of_level(level())
}

/// Whether the key that SAES derives is the chip's own.
pub fn has_own_key() -> bool {
    protection::has_own_key(level())
}

/// Whether that key will be the same after the next power-on: the key of a new level is said to be there then, and not yet
/// after the reset in which the option bytes of it are loaded.
pub(super) fn is_settled() -> bool {
    !pac::RCC.csr().read().oblrstf()
}

fn level() -> u8 {
    pac::FLASH.optr().read().rdp().to_bits()
}
