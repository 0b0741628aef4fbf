//! The real boards, as far as the host knows them: what each is called, where its flash is seen and how it is divided. The
//! same is in `boards/*/src/layout.rs`; `tests/tests/boards.rs` finds out when they differ.

use super::files::read;
use casemate_common::image::{BoardName, HEADER_LEN};
use casemate_common::usb;
use clap::ValueEnum;
use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

type Failure = Box<dyn Error + Send + Sync>;

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
    pub(in crate::cli) const fn name(self) -> &'static str {
        match self {
            Self::BU585I => "b-u585i",
            Self::Pico2 => "pico2",
        }
    }

    /// What its firmware and its images call it.
    pub(in crate::cli) fn image_name(self) -> Option<BoardName> {
        BoardName::new(match self {
            Self::BU585I => "b-u585i-iot02a",
            Self::Pico2 => "pico2",
        })
    }

    /// What commands call the board that firmware and images call so; that itself where they know none.
    pub(in crate::cli) fn told_by(image_name: BoardName) -> String {
        let boards = Self::value_variants().iter();
        let mut named = boards.filter(|board| board.image_name() == Some(image_name));
        named
            .next()
            .map_or_else(|| image_name.to_string(), Self::to_string)
    }

    /// What it calls itself on USB.
    pub(in crate::cli) const fn usb_name(self) -> &'static str {
        match self {
            Self::BU585I => usb::B_U585I,
            Self::Pico2 => usb::PICO2,
        }
    }

    /// How its images are built.
    pub(in crate::cli) fn build_command(self) -> String {
        format!(
            "cargo build --locked --profile firmware -p casemate-{} --target {TARGET}",
            self.name()
        )
    }

    /// Reads what that makes, or what was named in its place; where nothing is there, the error tells how it is built.
    pub(in crate::cli) fn read_built(self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
        read(path).map_err(|error| match path.try_exists() {
            Ok(false) => format!("{error}; build it with: {}", self.build_command()).into(),
            _ => error,
        })
    }

    /// Where that puts its first stage.
    pub(in crate::cli) fn boot_stage(self) -> PathBuf {
        self.built("-boot")
    }

    /// Where that puts its images, for slots A and B.
    pub(in crate::cli) fn images(self) -> [PathBuf; 2] {
        ["", "-b"].map(|ending| self.built(ending))
    }

    fn built(self, ending: &str) -> PathBuf {
        format!("target/{TARGET}/firmware/casemate-{}{ending}", self.name()).into()
    }

    /// Where its processor sees the flash that first stage and slots have.
    pub(in crate::cli) const fn flash(self) -> Range<u32> {
        match self {
            Self::BU585I => 0x0800_0000..0x0810_0000,
            Self::Pico2 => 0x1000_0000..0x1020_0000,
        }
    }

    /// Where its processor sees the first stage's part.
    pub(in crate::cli) const fn boot_part(self) -> Range<u32> {
        let flash = self.flash();
        flash.start..flash.start + 0x1_0000
    }

    /// Where its processor sees slots A and B, of one size, which the first stage is followed by.
    pub(in crate::cli) fn slots(self) -> [Slot; 2] {
        let (start, end) = (self.boot_part().end, self.flash().end);
        let middle = start + (end - start) / 2;
        [start..middle, middle..end].map(|place| Slot {
            marks: place.end - self.sector_len(),
            place,
        })
    }

    /// Bytes that are erased at once.
    const fn sector_len(self) -> u32 {
        match self {
            Self::BU585I => 8192,
            Self::Pico2 => 4096,
        }
    }

    /// By what its boot loader knows UF2 files that are for it.
    pub(in crate::cli) const fn uf2_family(self) -> Option<u32> {
        match self {
            Self::BU585I => None,
            // RP2350, ARM, secure (its data sheet, section 5.5.3).
            Self::Pico2 => Some(0xE48B_FF59),
        }
    }

    /// What to connect when there is no probe.
    pub(in crate::cli) const fn how_to_connect(self) -> &'static str {
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

/// A place for an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Slot {
    /// All of it.
    pub(in crate::cli) place: Range<u32>,
    /// Where the last sector begins, in which the board notes what came of the image.
    pub(in crate::cli) marks: u32,
}

impl Slot {
    /// Where the linker puts the image: behind the header.
    pub(in crate::cli) const fn image(&self) -> Range<u32> {
        self.place.start + HEADER_LEN as u32..self.marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_as_large_as_each_other_and_fill_the_flash() {
        for board in [Board::BU585I, Board::Pico2] {
            let [a, b] = board.slots();
            assert_eq!(a.place.len(), b.place.len());
            assert_eq!((a.place.end, b.place.end), (b.place.start, board.flash().end));
            assert!(board.image_name().is_some());
            for slot in [a, b] {
                assert!((slot.place.start - board.flash().start).is_multiple_of(board.sector_len()));
            }
        }
    }
}
