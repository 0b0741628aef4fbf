use super::options::Options;

/// The bits of FLASH_WRP1AR that count, and what they are where the first stage is write-protected: its first and last
/// page, and UNLOCK clear (RM0456, register FLASH_WRP1AR).
const FIRST_STAGE: [u32; 2] = [0x807F_007F, 0x0007_0000];

/// What the level of read-out protection means, as `boards/b-u585i/src/protection.rs` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// 2: no debugger, for good.
    Locked,
    /// 0: a debugger reads everything.
    Open,
    /// 1: a debugger reads nothing, but can erase all.
    ReadOut,
    /// 0.5, which there is only with TrustZone, and which protects its secure side alone.
    TrustZone,
}

impl Level {
    /// Of byte 0 of FLASH_OPTR (RM0456, section 7.5.2).
    const fn of(value: u8) -> Self {
        match value {
            0xAA => Self::Open,
            0x55 => Self::TrustZone,
            0xCC => Self::Locked,
            _ => Self::ReadOut,
        }
    }
}

/// What `openocd.cfg` prints: `CASEMATE chip 0123 options 1feff8aa boot 0800007f first-stage ff80ffff launched 0`.
#[derive(Debug)]
pub(super) struct Protection {
    /// Its unique identifier, which protected chips may keep to themselves.
    pub(super) chip: Option<String>,
    pub(super) level: Level,
    pub(super) options: Options,
    first_stage: u32,
    /// Whether option bytes were loaded since its power was last on.
    pub(super) was_launched: bool,
}

impl Protection {
    pub(super) fn parse(said: &str) -> Option<Self> {
        let words = said
            .lines()
            .find_map(|line| line.trim().strip_prefix("CASEMATE "))?;
        let mut words = words.split_whitespace();
        let mut value = |name| (words.next()? == name).then(|| words.next())?;
        let chip = value("chip")?;
        let options = Options {
            flash: number(value("options")?)?,
            boot: number(value("boot")?)?,
        };
        Some(Self {
            chip: (chip != "unknown").then(|| chip.to_owned()),
            level: Level::of(options.level()),
            options,
            first_stage: number(value("first-stage")?)?,
            was_launched: number(value("launched")?)? != 0,
        })
    }

    /// Whether a debugger can't read the flash, and nobody write the first stage.
    pub(super) const fn is_whole(&self) -> bool {
        matches!(self.level, Level::ReadOut | Level::Locked) && self.keeps_first_stage()
    }

    /// Whether it is that, and at this level.
    pub(super) fn is_whole_at(&self, level: Level) -> bool {
        self.is_whole() && self.level == level
    }

    const fn keeps_first_stage(&self) -> bool {
        let [bits, protected] = FIRST_STAGE;
        self.first_stage & bits == protected
    }

    /// What it is.
    pub(super) fn tell(&self) -> String {
        let told = match (self.level, self.keeps_first_stage()) {
            (Level::Open, _) => {
                "read-out protection is off, so a debugger can read the flash, and with it the root secret, which lies \
                 there until then"
            }
            (Level::TrustZone, _) => {
                "read-out protection is at level 0.5, which there is only with TrustZone (option bit TZEN). Casemate does \
                 not use that: a debugger can read the flash. Set level 1 and then level 0 with TZEN cleared, which erases \
                 the chip, and flash it"
            }
            (Level::ReadOut, true) => {
                "it is protected, and so is its first stage. A debugger that is attached while the device runs can't read \
                 the flash, but most of the memory (all but SRAM2), where keys in use lie"
            }
            (Level::Locked, true) => "it is locked for good, and so is its first stage",
            (Level::ReadOut, false) => {
                "read-out protection is on, but the first stage is not protected from being written: an image with a \
                 fault could replace it. Set the level back, which erases the chip, flash it, and provision it again"
            }
            (Level::Locked, false) => {
                "it is locked for good, but the first stage is not protected from being written, and never can be: an \
                 image with a fault could replace it"
            }
        };
        let chip = self
            .chip
            .as_ref()
            .map_or_else(|| "the chip".to_owned(), |chip| format!("chip {chip}"));
        format!("{chip}: {told}\n")
    }
}

fn number(word: &str) -> Option<u32> {
    u32::from_str_radix(word, 16).ok()
}

/// What would be written to an open board, and what that means.
pub(super) fn plan(level: Level) -> &'static str {
    if level == Level::Locked {
        return "would be erased: all that the device keeps, keys, pairings and audit log\n\
                would be written: write protection of the first stage (WRP1A, pages 0 to 7), and the option byte \
                RDP = 0xCC, level 2. Nothing leads back, ever: no debugger reaches the chip, and no probe can flash or \
                erase it. New images are installed by casemate device update alone, and a device that can't serve any \
                more, such as one whose tamper input has fired, is lost\n";
    }
    "would be erased: all that the device keeps, keys, pairings and audit log\n\
     would be written: write protection of the first stage (WRP1A, pages 0 to 7), and the option byte \
     RDP = 0xBB, level 1; only erasing the whole flash leads back\n\
     mind: at level 1 a debugger that is attached while the device runs can't read the flash, but most of the memory (all \
     but SRAM2), where keys in use lie. Where others can get at the board's pins, --for-good sets level 2, from which \
     nothing leads back; from level 1 that takes erasing the chip first\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(chip: &str, level: &str, first_stage: &str) -> Protection {
        let options = format!("1feff8{level} boot 0800007f");
        let said = format!(
            "Info : x\nCASEMATE chip {chip} options {options} first-stage {first_stage} launched 1\n"
        );
        Protection::parse(&said).unwrap()
    }

    fn told(level: &str, first_stage: &str) -> (bool, String) {
        let state = shown("0042", level, first_stage);
        (state.is_whole(), state.tell())
    }

    #[test]
    fn the_level_is_found_in_what_openocd_prints() {
        let open = told("aa", "ff80ffff");
        assert!(!open.0 && open.1.contains("chip 0042") && open.1.contains("root secret"));
        for unprotected in ["ff80ffff", "80070000"] {
            let closed = told("bb", unprotected);
            assert!(
                !closed.0 && closed.1.contains("could replace it"),
                "{unprotected}"
            );
        }
        let closed = told("bb", "7f87ff80");
        assert!(closed.0 && closed.1.contains("so is its first stage"));
        assert!(told("cc", "ff80ffff").1.contains("never can be"));
        assert!(Protection::parse("Info : nothing\n").is_none());
        let unknown = shown("unknown", "bb", "7f87ff80");
        assert!(unknown.chip.is_none() && unknown.was_launched);
        assert!(unknown.tell().starts_with("the chip: it is protected"));
    }

    #[test]
    fn the_plan_says_what_is_lost_and_what_stays_open() {
        let [read_out, locked] = [Level::ReadOut, Level::Locked].map(plan);
        assert!(read_out.contains("0xBB") && locked.contains("0xCC"));
        for plan in [read_out, locked] {
            assert!(plan.contains("would be erased: all that the device keeps") && plan.contains("WRP1A"));
        }
        assert!(read_out.contains("SRAM2") && read_out.contains("--for-good"));
        assert!(locked.contains("Nothing leads back, ever"));
        assert!(told("bb", "7f87ff80").1.contains("SRAM2"));
    }

    #[test]
    fn trust_zones_level_protects_nothing_here() {
        let (is_whole, told) = told("55", "7f87ff80");
        assert!(!is_whole && told.contains("TZEN") && told.contains("a debugger can read"));
    }
}
