//! What the critical flags of the RP2350 mean (its data sheet, section 13.10, `CRIT1`).

use casemate_common::command::Protection;

/// What these flags mean. Without secure boot the ROM runs any program, which reads as much as a debugger; both together
/// can't be taken back.
pub const fn of_flags(secure_boot: bool, debug_disabled: bool) -> Protection {
    if secure_boot && debug_disabled {
        Protection::Locked
    } else {
        Protection::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_flag_alone_protects_nothing() {
        assert_eq!(of_flags(true, true), Protection::Locked);
        for (secure_boot, debug_disabled) in [(false, false), (false, true), (true, false)] {
            assert_eq!(of_flags(secure_boot, debug_disabled), Protection::Open);
        }
    }
}
