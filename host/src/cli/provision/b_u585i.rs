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
        return Ok("protected already: nothing was written\n".to_owned());
    }
    openocd::run(BOARD, "protect_flash").await?;
    Ok("protected: a debugger can't read the flash any more; unplug the board once\n".to_owned())
}

/// What `openocd.cfg` prints: `CASEMATE chip 0123 protection aa`.
struct Protection {
    chip: String,
    level: u8,
}

impl Protection {
    fn parse(said: &str) -> Option<Self> {
        let words = said
            .lines()
            .find_map(|line| line.trim().strip_prefix("CASEMATE chip "))?;
        let (chip, level) = words.split_once(" protection ")?;
        Some(Self {
            chip: chip.to_owned(),
            level: u8::from_str_radix(level, 16).ok()?,
        })
    }

    /// Level 0 is 0xAA and level 2 is 0xCC; anything else is level 1 (RM0456, section 7.5.2).
    const fn is_protected(&self) -> bool {
        self.level != 0xAA
    }

    fn plan(&self) -> String {
        let chip = &self.chip;
        if self.is_protected() {
            return format!("chip {chip}: read-out protection is on; nothing would be written\n");
        }
        format!(
            "chip {chip}: read-out protection is off, so a debugger can read the flash\n\
             would be written: write protection of the first stage (WRP1A, pages 0 to 7), and the option byte RDP = 0xBB, \
             level 1; only erasing the whole flash leads back\n\
             to do it: casemate provision --board b-u585i --write {chip}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_found_in_what_openocd_prints() {
        let open = Protection::parse("Info : x\nCASEMATE chip 0042004e3350 protection aa\n").unwrap();
        assert!(!open.is_protected());
        assert!(open.plan().contains("--write 0042004e3350") && open.plan().contains("WRP1A"));
        let closed = Protection::parse("CASEMATE chip 0042 protection bb").unwrap();
        assert!(closed.plan().contains("nothing would be written"));
        assert!(Protection::parse("Info : nothing\n").is_none());
    }
}
