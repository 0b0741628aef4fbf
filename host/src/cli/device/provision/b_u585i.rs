use super::{Board, Failure, openocd};

const BOARD: Board = Board::BU585I;

/// Tells the chip's read-out protection; protects the first stage from writing and sets level 1, from which only erasing
/// everything leads back.
pub(super) async fn provision(write: Option<&str>) -> Result<String, Failure> {
    let shown = openocd::run(BOARD, "show_protection").await?;
    let state = Protection::parse(&shown).ok_or("OpenOCD did not tell the chip's read-out protection")?;
    let Some(chip) = write else {
        return Ok(state.plan());
    };
    if !chip.eq_ignore_ascii_case(&state.chip) {
        return Err(format!("the board's chip is {}, not {chip}", state.chip).into());
    }
    if state.is_protected() {
        return Ok(format!("{}nothing was written\n", state.plan()));
    }
    openocd::run(BOARD, "protect_flash").await?;
    Ok("protected: a debugger can't read the flash any more; unplug the board once\n".to_owned())
}

/// The bits of FLASH_WRP1AR that count, and what they are where the first stage is write-protected: its first and last
/// page, and UNLOCK clear (RM0456, register FLASH_WRP1AR).
const FIRST_STAGE: [u32; 2] = [0x807F_007F, 0x0007_0000];

/// What `openocd.cfg` prints: `CASEMATE chip 0123 protection aa first-stage ff80ffff`.
struct Protection {
    chip: String,
    level: u8,
    first_stage: u32,
}

impl Protection {
    fn parse(said: &str) -> Option<Self> {
        let words = said
            .lines()
            .find_map(|line| line.trim().strip_prefix("CASEMATE chip "))?;
        let (chip, protection) = words.split_once(" protection ")?;
        let (level, first_stage) = protection.split_once(" first-stage ")?;
        Some(Self {
            chip: chip.to_owned(),
            level: u8::from_str_radix(level, 16).ok()?,
            first_stage: u32::from_str_radix(first_stage, 16).ok()?,
        })
    }

    /// Level 0 is 0xAA and level 2 is 0xCC; anything else is level 1 (RM0456, section 7.5.2).
    const fn is_protected(&self) -> bool {
        self.level != 0xAA
    }

    const fn keeps_first_stage(&self) -> bool {
        let [bits, protected] = FIRST_STAGE;
        self.first_stage & bits == protected
    }

    fn plan(&self) -> String {
        let chip = &self.chip;
        match (self.is_protected(), self.keeps_first_stage()) {
            (true, true) => return format!("chip {chip}: it is protected, and so is its first stage\n"),
            (true, false) => {
                return format!(
                    "chip {chip}: read-out protection is on, but the first stage is not protected from being written: \
                     an image with a fault could replace it. Set the level back, which erases the chip, flash it, and \
                     provision it again\n"
                );
            }
            (false, _) => {}
        }
        format!(
            "chip {chip}: read-out protection is off, so a debugger can read the flash\n\
             would be written: write protection of the first stage (WRP1A, pages 0 to 7), and the option byte RDP = 0xBB, \
             level 1; only erasing the whole flash leads back\n\
             to do it: casemate device provision --board b-u585i --write {chip}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_found_in_what_openocd_prints() {
        let said = "Info : x\nCASEMATE chip 0042004e3350 protection aa first-stage ff80ffff\n";
        let open = Protection::parse(said).unwrap();
        assert!(!open.is_protected());
        assert!(open.plan().contains("--write 0042004e3350") && open.plan().contains("WRP1A"));
        let closed = |first_stage| {
            let said = format!("CASEMATE chip 0042 protection bb first-stage {first_stage}");
            Protection::parse(&said).unwrap().plan()
        };
        assert!(closed("ff80ffff").contains("could replace it"));
        assert!(
            closed("80070000").contains("could replace it"),
            "it can be unlocked"
        );
        assert!(closed("7f87ff80").contains("so is its first stage"));
        assert!(Protection::parse("Info : nothing\n").is_none());
    }
}
