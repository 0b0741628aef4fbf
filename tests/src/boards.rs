//! The images of the real boards, which nothing here can run.

use crate::{program, skip};
use std::env;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

const TARGET: &str = "thumbv8m.main-none-eabihf";

/// A board, and what is known of it without one.
pub struct Board {
    /// Its name.
    pub name: &'static str,
    /// Names a finished image.
    variable: &'static str,
    /// Where its processor sees flash.
    pub flash_base: u32,
    /// What an image may fill, in offsets.
    pub image: Range<u32>,
    /// What the device keeps, in offsets.
    pub regions: &'static [Range<u32>],
    /// Where stack and data are.
    pub ram: Range<u32>,
}

/// Each of them.
pub const BOARDS: [Board; 2] = [
    Board {
        name: "b-u585i",
        variable: "CASEMATE_B_U585I_ELF",
        flash_base: casemate_b_u585i::layout::FLASH_BASE,
        image: casemate_b_u585i::layout::IMAGE,
        regions: &casemate_b_u585i::layout::REGIONS,
        ram: 0x2000_0000..0x200C_0000,
    },
    Board {
        name: "pico2",
        variable: "CASEMATE_PICO2_ELF",
        flash_base: casemate_pico2::layout::FLASH_BASE,
        image: casemate_pico2::layout::IMAGE,
        regions: &casemate_pico2::layout::REGIONS,
        ram: 0x2000_0000..0x2008_0000,
    },
];

/// Whether the running test is to be left out because this machine can't build for the boards; says so.
#[must_use]
pub fn left_out() -> bool {
    skip::left_out("thumb")
}

impl Board {
    /// Its image: what a variable of the environment names, or else a fresh build by the documented command.
    ///
    /// # Errors
    /// It could not be built; the error holds what cargo said.
    pub fn elf(&self) -> io::Result<PathBuf> {
        if let Some(path) = env::var_os(self.variable) {
            return Ok(path.into());
        }
        let package = format!("casemate-{}", self.name);
        program::build(&[
            "--profile",
            "firmware",
            "-p",
            &package,
            "--bin",
            &package,
            "--target",
            TARGET,
        ])
    }
}
