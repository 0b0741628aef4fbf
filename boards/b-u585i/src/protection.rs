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

#[cfg(test)]
mod tests {
    use super::*;

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
