//! What the level of read-out protection means (RM0456, section 7.5.2).

use casemate_common::command::Protection;

/// Byte 0 of `FLASH_OPTR` in the levels that one value alone stands for.
const LEVEL_0: u8 = 0xAA;
const LEVEL_0_5: u8 = 0x55;
const LEVEL_2: u8 = 0xCC;

/// What this value of byte 0 of `FLASH_OPTR` means. Level 0.5 protects TrustZone's secure side alone, which is not used here.
pub const fn of_level(value: u8) -> Protection {
    match value {
        LEVEL_0 | LEVEL_0_5 => Protection::Open,
        LEVEL_2 => Protection::Locked,
        _ => Protection::ReadOut,
    }
}

/// Whether at this value SAES derives a key that no other chip has.
pub const fn has_own_key(value: u8) -> bool {
    value != LEVEL_0
}

/// In RCC_CSR, which is 0x0C00_4400 after power-on: the chip has loaded new option bytes since; it was powered on, which
/// `protect_flash` of openocd.cfg forgets before it sets them (RM0456, section 11.8.50).
const OPTIONS_LOADED: u32 = 1 << 25;
const POWERED_ON: u32 = 1 << 27;

/// Whether, by this value of RCC_CSR, the key that SAES derives will be the same after the next power-on: that of a new level
/// is said to be there then, and not yet after the reset in which its option bytes are loaded.
pub const fn is_settled(resets: u32) -> bool {
    resets & (POWERED_ON | OPTIONS_LOADED) == POWERED_ON
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::published;

    #[test]
    fn a_new_level_is_settled_by_power_on() {
        assert_eq!(published::bit("RCC", "csr", "oblrstf"), OPTIONS_LOADED);
        assert_eq!(published::bit("RCC", "csr", "borrstf"), POWERED_ON);
        // After power-on; once provisioned; with options that were not loaded; with options that another tool has set.
        for (resets, settled) in [
            (0x0C00_4400, true),
            (0x0600_4400, false),
            (0x1400_4400, false),
            (0x0E00_4400, false),
        ] {
            assert_eq!(is_settled(resets), settled, "{resets:#x}");
        }
    }

    #[test]
    fn any_value_but_three_is_level_1() {
        let open = (0..=255).filter(|value| of_level(*value) == Protection::Open);
        assert!(open.eq([0x55, 0xAA]));
        let locked = (0..=255).filter(|value| of_level(*value) == Protection::Locked);
        assert!(locked.eq([0xCC]));
        // What `casemate device provision` sets: openocd.cfg, `protect_flash`.
        assert_eq!(of_level(0xBB), Protection::ReadOut);
    }
}
