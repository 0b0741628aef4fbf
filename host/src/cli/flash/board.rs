use clap::ValueEnum;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

const TARGET: &str = "thumbv8m.main-none-eabihf";

/// A board that there is an image for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Board {
    /// ST's B-U585I-IOT02A
    #[value(name = "b-u585i")]
    BU585I,
    /// Raspberry Pi's Pico 2
    #[value(name = "pico2")]
    Pico2,
}

impl Board {
    /// Its name, of its crate and for `openocd.cfg`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::BU585I => "b-u585i",
            Self::Pico2 => "pico2",
        }
    }

    /// How its image is built.
    pub(super) fn build_command(self) -> String {
        format!(
            "cargo build --locked --profile firmware -p casemate-{} --target {TARGET}",
            self.name()
        )
    }

    /// Where that puts it.
    pub(super) fn image(self) -> PathBuf {
        format!("target/{TARGET}/firmware/casemate-{}", self.name()).into()
    }

    /// Where its processor sees the flash that an image may fill: its `memory.x`.
    pub(super) const fn flash(self) -> Range<u32> {
        match self {
            Self::BU585I => 0x0800_0000..0x0810_0000,
            Self::Pico2 => 0x1000_0000..0x1020_0000,
        }
    }

    /// By what its boot loader knows UF2 files that are for it.
    pub(super) const fn uf2_family(self) -> Option<u32> {
        match self {
            Self::BU585I => None,
            // RP2350, ARM, secure (its data sheet, section 5.5.3).
            Self::Pico2 => Some(0xE48B_FF59),
        }
    }

    /// What to connect when there is no probe.
    pub(super) const fn how_to_connect(self) -> &'static str {
        match self {
            Self::BU585I => "connect the board's ST-LINK connector (CN8) by USB",
            Self::Pico2 => "connect a debug probe to the board's three debug pins",
        }
    }
}

impl fmt::Display for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
