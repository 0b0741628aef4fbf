//! The images of the real boards, which nothing here can run.

use crate::{program, skip};
use casemate_common::image::HEADER_LEN;
use std::env;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

const TARGET: &str = "thumbv8m.main-none-eabihf";
/// Where images with logs do not take the others' place.
const DEVELOPMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/development");

/// A board, and what is known of it without one.
pub struct Board {
    /// Its name.
    pub name: &'static str,
    /// Names the finished image for slot A, which the others lie beside.
    variable: &'static str,
    /// Where its processor sees flash.
    pub flash_base: u32,
    /// What the first stage may fill, in offsets.
    pub boot: Range<u32>,
    /// Slots A and B, in offsets.
    pub slots: [Range<u32>; 2],
    /// Bytes at a slot's end for what is noted of its image.
    pub marks: u32,
    /// What the device keeps, in offsets.
    pub regions: &'static [Range<u32>],
    /// Where stack and data are.
    pub ram: Range<u32>,
    /// What of that stays empty.
    pub spared: Range<u32>,
}

/// Each of them.
pub const BOARDS: [Board; 2] = [
    Board {
        name: "b-u585i",
        variable: "CASEMATE_B_U585I_ELF",
        flash_base: casemate_b_u585i::layout::FLASH_BASE,
        boot: casemate_b_u585i::layout::BOOT,
        slots: [casemate_b_u585i::layout::SLOT_A, casemate_b_u585i::layout::SLOT_B],
        marks: casemate_b_u585i::layout::PAGE_LEN,
        regions: &casemate_b_u585i::layout::REGIONS,
        // SRAM3 without the part that may hold its error correction.
        ram: 0x2000_0000..0x200B_0000,
        // SRAM2, which the hardware erases when it detects tampering (RM0456, table "TAMP interconnection").
        spared: 0x2003_0000..0x2004_0000,
    },
    Board {
        name: "pico2",
        variable: "CASEMATE_PICO2_ELF",
        flash_base: casemate_pico2::layout::FLASH_BASE,
        boot: casemate_pico2::layout::BOOT,
        slots: [casemate_pico2::layout::SLOT_A, casemate_pico2::layout::SLOT_B],
        marks: casemate_pico2::layout::SECTOR_LEN,
        regions: &casemate_pico2::layout::REGIONS,
        ram: 0x2000_0000..0x2008_0000,
        spared: 0..0,
    },
];

/// Whether the running test is to be left out because this machine can't build for the boards; says so.
#[must_use]
pub fn left_out() -> bool {
    skip::left_out("thumb")
}

/// A program of a board.
pub struct Image {
    /// Its name.
    pub name: String,
    /// Its ELF file.
    pub elf: PathBuf,
    /// What of the flash it may fill, in addresses; its vector table comes first.
    pub room: Range<u32>,
}

impl Board {
    /// First stage, image for slot A and image for slot B: beside what a variable of the environment names, or else built
    /// afresh by the documented command.
    ///
    /// # Errors
    /// They could not be built; the error holds what cargo said.
    pub fn images(&self) -> io::Result<[Image; 3]> {
        let in_flash = |range: &Range<u32>| self.flash_base + range.start..self.flash_base + range.end;
        let behind_header = |slot: &Range<u32>| {
            let Range { start, end } = in_flash(slot);
            start + HEADER_LEN as u32..end - self.marks
        };
        let image = |ending: &str, room: Range<u32>| {
            let name = format!("casemate-{}{ending}", self.name);
            let elf = self.elf(&name)?;
            io::Result::Ok(Image { name, elf, room })
        };
        let [a, b] = &self.slots;
        Ok([
            image("-boot", in_flash(&self.boot))?,
            image("", behind_header(a))?,
            image("-b", behind_header(b))?,
        ])
    }

    /// The image with logs, as an ELF file: in the directory that a variable of the environment names, or else built afresh
    /// beside the others.
    ///
    /// # Errors
    /// As for [`Self::images`].
    pub fn development_image(&self) -> io::Result<PathBuf> {
        let name = format!("casemate-{}", self.name);
        match env::var_os("CASEMATE_DEVELOPMENT_IMAGES") {
            Some(directory) => Ok(PathBuf::from(directory).join(name)),
            None => self.build(&name, &["--features", "development", "--target-dir", DEVELOPMENT]),
        }
    }

    fn elf(&self, name: &str) -> io::Result<PathBuf> {
        match env::var_os(self.variable) {
            Some(path) => Ok(PathBuf::from(path).with_file_name(name)),
            None => self.build(name, &[]),
        }
    }

    fn build(&self, name: &str, more: &[&str]) -> io::Result<PathBuf> {
        let package = format!("casemate-{}", self.name);
        let documented = [
            "--profile",
            "firmware",
            "-p",
            &package,
            "--bin",
            name,
            "--target",
            TARGET,
        ];
        program::build(&[&documented, more].concat())
    }
}
