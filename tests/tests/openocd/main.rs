//! What openocd.cfg does to the STM32, in the OpenOCD that is installed, with `chip.tcl` in the chip's place.

use casemate_b_u585i::layout::{FLASH_BASE, REGIONS};
use casemate_tests::skip;
use std::process::Command;

const CONFIGURATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openocd.cfg");
const CHIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openocd/chip.tcl");

/// Runs a command on a chip that was changed by `change` before; whether it did it, and what was said.
fn run(change: &str, command: &str) -> (bool, String) {
    let output = Command::new("openocd")
        .args(["-c", "set BOARD b-u585i", "-f", CONFIGURATION, "-f", CHIP])
        .args(["-c", change, "-c", command])
        .output()
        .expect("openocd is installed");
    let said = String::from_utf8(output.stderr).expect("text");
    (output.status.success(), said)
}

/// What was done to the chip, and what became of its registers.
fn done(said: &str) -> Vec<&str> {
    let lines = said.lines();
    lines
        .filter(|line| line.starts_with("did ") || line.starts_with("is "))
        .collect()
}

fn erasing() -> String {
    let [first, .., last] = &REGIONS;
    let len = last.end - first.start;
    format!(
        "did flash erase_address {:#010X} {len:#x}",
        FLASH_BASE + first.start
    )
    .replace("0X", "0x")
}

#[test]
fn the_chips_state_is_told_in_one_line() {
    if skip::left_out("openocd") {
        return;
    }
    for (change, line) in [
        (
            "",
            "CASEMATE chip 42004e335050420393553001 options 1feff8aa boot 0800007f first-stage ff80ffff launched 0",
        ),
        (
            "unset number; set registers(0x40022040) 0x1FEFF8BB; set registers(0x46020CF4) 0x0E004400",
            "CASEMATE chip unknown options 1feff8bb boot 0800007f first-stage ff80ffff launched 1",
        ),
    ] {
        let (is_done, said) = run(change, "show_protection");
        assert!(is_done && said.lines().any(|said| said == line), "{said}");
        assert!(done(&said).is_empty(), "{said}");
    }
}

#[test]
fn protecting_erases_first_and_loads_what_reads_back() {
    if skip::left_out("openocd") {
        return;
    }
    for (level, options) in [("0xBB", "is 1feff8bb"), ("0xCC", "is 1feff8cc")] {
        let (is_done, said) = run("", &format!("protect_flash {level}"));
        let erasing = erasing();
        let expected = [
            "did reset halt",
            &erasing,
            "did mww 46020cf4 0c804400",
            "did option_write",
            "is 7f87ff80",
            "did option_write",
            options,
            "did option_load",
        ];
        assert!(is_done, "{said}");
        assert_eq!(done(&said), expected);
    }
    let (is_done, said) = run("set takes_options false", "protect_flash 0xBB");
    assert!(!is_done && said.contains("not written"), "{said}");
    assert!(!said.contains("option_load"), "{said}");
}

#[test]
fn erasing_what_is_kept_leaves_images_and_options_alone() {
    if skip::left_out("openocd") {
        return;
    }
    let (is_done, said) = run("", "erase_kept");
    assert!(is_done, "{said}");
    assert_eq!(done(&said), ["did reset halt", &erasing(), "did reset run"]);
}

#[test]
fn another_chip_is_left_as_it_is() {
    if skip::left_out("openocd") {
        return;
    }
    for command in ["protect_flash 0xBB", "erase_kept", "flash_slots a b 1 2 3"] {
        let (is_done, said) = run("set registers(0xE0044000) 0x10016481", command);
        assert!(
            !is_done && said.contains("the chip says 0x481, a b-u585i says 0x482"),
            "{said}"
        );
        assert!(
            done(&said).iter().all(|what| what.starts_with("did reset")),
            "{said}"
        );
    }
}
