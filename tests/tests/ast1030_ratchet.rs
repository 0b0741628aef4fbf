//! What the firmware costs on ARM: instructions, flash, RAM and stack, against `tests/ratchet/ast1030.toml`. QEMU counts
//! every instruction the same in every run, so that the smallest change shows.

use casemate_tests::ratchet::{Ratchet, Table};
use casemate_tests::{elf, qemu};
use std::fs;

const RATCHET: Ratchet = Ratchet {
    file: "ast1030.toml",
    about: "What the firmware costs on ARM; bytes (B) or instructions in QEMU.",
    test: "ast1030_ratchet",
};
/// The RAM region of the board's `memory.x`.
const RAM: std::ops::Range<u32> = 0x0007_0000..0x000C_0000;

#[test]
fn nothing_gets_worse() {
    if qemu::left_out() {
        return;
    }
    RATCHET.check(&measure());
}

fn measure() -> Table {
    let mut table = qemu::measure(qemu::measurement().unwrap()).unwrap();
    let image = fs::read(qemu::firmware().unwrap()).unwrap();
    let room = elf::room(&image, RAM).unwrap();
    table.insert("flash B".into(), room.flash);
    table.insert("ram B".into(), room.ram);
    table
}
