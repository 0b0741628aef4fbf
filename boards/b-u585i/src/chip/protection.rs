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

/// Whether that key will be the same after the next power-on.
pub(super) fn is_settled() -> bool {
    protection::is_settled(pac::RCC.csr().read().0)
}

fn level() -> u8 {
    pac::FLASH.optr().read().rdp().to_bits()
}
