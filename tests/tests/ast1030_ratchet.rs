//! What the firmware costs on ARM: instructions, flash, RAM and stack, against `tests/ratchet/ast1030.toml`. QEMU counts
//! every instruction the same in every run, so that the smallest change shows.

use casemate_tests::ratchet::{self, Table};
use casemate_tests::{elf, qemu};
use std::path::Path;
use std::{env, fs};

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ratchet/ast1030.toml");
const UPDATE: &str = "CASEMATE_RATCHET=update cargo test -p casemate-tests --test ast1030_ratchet";
/// The RAM region of the board's `memory.x`.
const RAM: std::ops::Range<u32> = 0x0007_0000..0x000C_0000;

#[test]
fn nothing_gets_worse() {
    if qemu::left_out() {
        return;
    }
    let measured = measure();
    if env::var("CASEMATE_RATCHET").is_ok_and(|wish| wish == "update") {
        return keep(&measured);
    }
    let kept: Table = toml::from_str(&fs::read_to_string(KEPT).unwrap()).unwrap();
    println!("{}", ratchet::comparison(&kept, &measured));
    let complaints = ratchet::complaints(&kept, &measured);
    assert!(
        complaints.is_empty(),
        "worse than {KEPT} says by more than {} %, which was measured with rustc 1.95.0:\n{}\nif it has to be: {UPDATE}",
        ratchet::SLACK_PERCENT,
        complaints.join("\n")
    );
}

fn measure() -> Table {
    let mut table = qemu::measure(qemu::measurement().unwrap()).unwrap();
    let image = fs::read(qemu::firmware().unwrap()).unwrap();
    let room = elf::room(&image, RAM).unwrap();
    table.insert("flash B".into(), room.flash);
    table.insert("ram B".into(), room.ram);
    table
}

fn keep(measured: &Table) {
    let rows: String = measured
        .iter()
        .map(|(name, number)| format!("{name:?} = {number}\n"))
        .collect();
    let text = format!(
        "# What the firmware costs on ARM; bytes (B) or instructions in QEMU. A test fails when a number gets worse by over\n\
         # {} %. To change the table: {UPDATE}\n{rows}",
        ratchet::SLACK_PERCENT
    );
    fs::create_dir_all(Path::new(KEPT).parent().unwrap()).unwrap();
    fs::write(KEPT, text).unwrap();
}
