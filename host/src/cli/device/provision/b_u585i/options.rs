/// What the firmware needs the chip's option bytes to be: FLASH_OPTR and FLASH_NSBOOTADD0R (RM0456, section "FLASH registers").
/// Under protection they can't be set right without erasing the chip, and at level 2 never.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) flash: u32,
    pub(super) boot: u32,
}

/// In FLASH_OPTR.
const SWAP_BANK: u32 = 1 << 20;
const SRAM3_ECC_OFF: u32 = 1 << 23;
const BOOT0_BY_PIN: u32 = 1 << 26;
const BOOT0_CLEAR: u32 = 1 << 27;
const TRUST_ZONE: u32 = 1 << 31;
/// In FLASH_NSBOOTADD0R, the bits that count.
const BOOT_ADDRESS: u32 = 0xFFFF_FF80;
const FLASH_START: u32 = 0x0800_0000;

impl Options {
    /// FLASH_OPTR's byte 0, the level of read-out protection.
    pub(super) const fn level(self) -> u8 {
        self.flash.to_le_bytes()[0]
    }

    /// Whether they may stay so for ever.
    ///
    /// # Errors
    /// A sentence that names what is wrong, and how it should be.
    pub(super) fn check(self) -> Result<(), String> {
        let wrong = [
            (self.flash & TRUST_ZONE != 0, "TZEN is set, and has to be 0"),
            (self.flash & SWAP_BANK != 0, "SWAP_BANK is set, and has to be 0"),
            (
                self.flash & SRAM3_ECC_OFF == 0,
                "SRAM3_ECC is on, and has to be off (its bit 1)",
            ),
            (
                self.flash & (BOOT0_BY_PIN | BOOT0_CLEAR) == 0,
                "nSWBOOT0 and nBOOT0 are both 0, so that the flash is never started: nSWBOOT0 has to be 1",
            ),
            (
                self.boot & BOOT_ADDRESS != FLASH_START,
                "NSBOOTADD0 is not the flash's start, 0x08000000",
            ),
        ];
        let told: Vec<_> = wrong
            .into_iter()
            .filter_map(|(is_wrong, told)| is_wrong.then_some(told))
            .collect();
        if told.is_empty() {
            return Ok(());
        }
        Err(format!(
            "option bytes are not as the firmware needs them, and could not be changed afterwards: {}. Set them with ST's \
             STM32CubeProgrammer, and flash the board anew: casemate flash --board b-u585i",
            told.join("; ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the chip comes from its maker (RM0456, table "Option byte format").
    const FACTORY: Options = Options {
        flash: 0x1FEF_F8AA,
        boot: 0x0800_007F,
    };

    #[test]
    fn what_the_maker_delivers_is_taken_and_each_wrong_bit_named() {
        assert_eq!((FACTORY.check(), FACTORY.level()), (Ok(()), 0xAA));
        let with = |flash: u32, boot: u32| {
            let options = Options {
                flash: FACTORY.flash ^ flash,
                boot: FACTORY.boot ^ boot,
            };
            options.check().unwrap_err()
        };
        for (flash, boot, told) in [
            (0x8000_0000, 0, "TZEN"),
            (0x0010_0000, 0, "SWAP_BANK"),
            (0x0080_0000, 0, "SRAM3_ECC"),
            (0x0C00_0000, 0, "nSWBOOT0"),
            (0, 0x0010_0000, "NSBOOTADD0"),
        ] {
            let said = with(flash, boot);
            assert!(said.contains(told) && !said.contains(';'), "{said}");
        }
        let both = with(0x8010_0000, 0);
        assert!(both.contains("TZEN") && both.contains("SWAP_BANK"), "{both}");
    }
}
