//! `casemate device provision --board b-u585i`, with a stand-in for OpenOCD that keeps the board's flash and option bytes in
//! files, and that says nothing more where no file says what. What a chip makes of them is not shown here.

use casemate_b_u585i::protection::of_level;
use casemate_common::command::Protection;
use casemate_tests::{elf, program};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use std::fs;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const CHIP: &str = "0042004e3350500420393553";
const FLASH: u32 = 0x0800_0000;
const FLASH_LEN: usize = 1 << 20;
const SLOT_A: usize = 0x1_0000;
const HEADER_LEN: usize = 1024;
const STAGE_LEN: usize = 3000;
const IMAGE_LEN: usize = 5000;
/// FLASH_OPTR as the chip comes.
const FACTORY: u32 = 0x1FEF_F8AA;
/// Values of FLASH_WRP1AR: as the chip comes, and as `protect_flash` of openocd.cfg makes it.
const UNPROTECTED: &str = "ff80ffff";
const PROTECTED: &str = "7f87ff80";

/// Does what the last argument says, to the files beside it.
const STAND_IN: &str = r#"#!/bin/sh
here=$(dirname "$0")
for command; do :; done
echo "$command" >> "$here/asked"
set -- $command
case $1 in
show_protection) cat "$here/protection" >&2 || exit 1 ;;
read_flash) file=${2#?}; cp "$here/flash" "${file%?}" ;;
protect_flash) echo "$2" > "$here/level"; rm "$here/protection"; cp "$here/afterwards" "$here/protection"; true ;;
*) exit 1 ;;
esac
"#;

/// A board on a probe, and the files that it was flashed from.
struct Board(TempDir);

impl Board {
    /// One that was flashed with what was built for a new key, and signed by it.
    fn flashed() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
        Self::flashed_for(key.as_ref())
    }

    /// The same, with a key that everybody has.
    fn flashed_for_everybody() -> Self {
        let pem = include_str!("../../boards/keys/development.pem");
        Self::flashed_for(pem.as_bytes())
    }

    fn flashed_for(key: &[u8]) -> Self {
        let board = Self(tempfile::tempdir().expect("a directory"));
        board.write("openocd", STAND_IN.as_bytes());
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(board.path("openocd"), executable).expect("a mode");
        board.says("protection", 0xAA, UNPROTECTED);
        board.says("afterwards", 0xBB, PROTECTED);
        board.write("key", key);
        let stage = [&[1; STAGE_LEN][..], &point(key)].concat();
        board.write("boot", &elf::loading(FLASH, &stage));
        let image = [&[2; IMAGE_LEN][..], &point(key)].concat();
        board.write(
            "a.elf",
            &elf::loading(FLASH + (SLOT_A + HEADER_LEN) as u32, &image),
        );
        let sign = "image sign --board b-u585i --key key --out package a.elf";
        let (done, said) = board.casemate(sign);
        assert!(done, "{said}");
        let mut flash = vec![0xFF; FLASH_LEN];
        flash[..stage.len()].copy_from_slice(&stage);
        let package = fs::read(board.path("package")).expect("a package");
        flash[SLOT_A..][..package.len()].copy_from_slice(&package);
        board.write("flash", &flash);
        board
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("a file");
    }

    /// What `show_protection` prints, now or after it was protected.
    fn says(&self, when: &str, level: u8, first_stage: &str) {
        let options = FACTORY & !0xFF | u32::from(level);
        self.shows(when, CHIP, options, first_stage, 1);
    }

    fn shows(&self, when: &str, chip: &str, options: u32, first_stage: &str, launched: u8) {
        let said = format!(
            "CASEMATE chip {chip} options {options:08x} boot 0800007f first-stage {first_stage} launched {launched}\n"
        );
        self.write(when, said.as_bytes());
    }

    /// Takes these bytes away.
    fn blank(&self, place: Range<usize>) {
        let mut flash = fs::read(self.path("flash")).expect("the flash");
        flash[place].fill(0xFF);
        self.write("flash", &flash);
    }

    /// What `casemate` says, and whether it did what it was told.
    fn casemate(&self, arguments: &str) -> (bool, String) {
        let path = std::env::var("PATH").expect("a path");
        let output = Command::new(program::casemate().expect("the program"))
            .args(arguments.split(' '))
            .current_dir(self.0.path())
            .env("PATH", format!("{}:{path}", self.0.path().display()))
            .output()
            .expect("it runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).expect("text"))
    }

    fn provision(&self, more: &str) -> (bool, String) {
        self.casemate(&format!("device provision --board b-u585i --boot boot{more}"))
    }

    fn protect(&self, more: &str) -> (bool, String) {
        self.provision(&format!(" --write {CHIP}{more}"))
    }

    /// What was asked of OpenOCD, by the first words.
    fn asked(&self) -> Vec<String> {
        let asked = fs::read_to_string(self.path("asked")).expect("something was asked");
        let words = asked.lines().filter_map(|line| line.split(' ').next());
        words.map(str::to_owned).collect()
    }

    /// The option byte that was written.
    fn level(&self) -> String {
        fs::read_to_string(self.path("level")).expect("a level was written")
    }

    fn was_protected(&self) -> bool {
        self.asked().contains(&"protect_flash".to_owned())
    }
}

/// The public half of a private key, PKCS#8 in PEM or DER, as the build puts it into an image.
fn point(key: &[u8]) -> Vec<u8> {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("key");
    fs::write(&file, key).expect("a file");
    let spki = public(&file);
    spki[spki.len() - 65..].to_vec()
}

fn public(key: &Path) -> Vec<u8> {
    let output = Command::new("openssl")
        .args(["pkey", "-pubout", "-outform", "DER", "-in"])
        .arg(key)
        .output();
    output.expect("openssl is installed").stdout
}

#[test]
fn a_whole_board_is_protected_and_asked_again() {
    let board = Board::flashed();
    let (done, said) = board.provision("");
    assert!(done && said.contains(&format!("--write {CHIP}")), "{said}");
    assert!(
        said.contains("would be erased: all that the device keeps"),
        "{said}"
    );
    assert!(said.contains("most of the memory"), "{said}");
    assert_eq!(board.asked(), ["show_protection", "read_flash"]);
    let (done, said) = board.protect("");
    assert!(done && said.contains("so is its first stage"), "{said}");
    assert_eq!(board.level(), "0xBB\n");
    let asked = board.asked();
    assert_eq!(
        asked[2..],
        [
            "show_protection",
            "read_flash",
            "protect_flash",
            "show_protection"
        ]
    );
    let (done, said) = board.protect("");
    assert!(done && said.contains("nothing was written"), "{said}");
}

#[test]
fn what_is_not_whole_is_not_kept_for_ever() {
    let slot = |from: usize, to: usize| SLOT_A + from..SLOT_A + to;
    for (blank, why) in [
        (0..FLASH_LEN, "first stage is blank"),
        (0..SLOT_A, "first stage is blank"),
        (STAGE_LEN - 1..STAGE_LEN, "or not whole"),
        (STAGE_LEN..SLOT_A, "or not whole"),
        (SLOT_A..FLASH_LEN, "neither slot holds a whole image"),
        (slot(150, 158), "neither slot holds a whole image"),
        (
            slot(HEADER_LEN, HEADER_LEN + 1),
            "neither slot holds a whole image",
        ),
        (
            slot(HEADER_LEN + IMAGE_LEN, HEADER_LEN + IMAGE_LEN + 65),
            "neither slot holds a whole image",
        ),
    ] {
        let board = Board::flashed();
        board.blank(blank);
        let (done, said) = board.protect("");
        assert!(
            !done && said.contains(why) && said.contains("casemate flash"),
            "{why}: {said}"
        );
        let (done, said) = board.provision("");
        assert!(
            !done && said.contains("nothing can be written yet") && said.contains(why),
            "{said}"
        );
        assert!(said.contains("would be erased"), "{said}");
        assert!(!board.was_protected(), "{why}");
    }
}

#[test]
fn another_chip_and_another_first_stage_are_refused() {
    let board = Board::flashed();
    let (done, said) = board.provision(" --write 0042");
    assert!(!done && said.contains("the board's chip is"), "{said}");
    let (done, said) = board.casemate(&format!("device provision --board b-u585i --write {CHIP}"));
    assert!(!done && said.contains("--boot"), "{said}");
    board.write("boot", &elf::loading(FLASH + SLOT_A as u32, b"an image"));
    let (done, said) = board.protect("");
    assert!(!done && said.contains("no first stage of b-u585i"), "{said}");
    assert!(!board.was_protected());
}

#[test]
fn a_first_stage_for_everybody_takes_a_word_more() {
    let board = Board::flashed_for_everybody();
    for (done, said) in [board.provision(""), board.protect("")] {
        assert!(said.contains("--with-development-key"), "{done}: {said}");
    }
    assert!(!board.was_protected());
    let (done, said) = board.provision(" --with-development-key");
    let told = said
        .lines()
        .find_map(|line| line.strip_prefix("to do it: casemate "));
    assert!(done, "{said}");
    let told = told.expect("a command").replace('\'', "");
    let (done, said) = board.casemate(&told);
    assert!(done && board.was_protected(), "{told}: {said}");
}

#[test]
fn what_provisioning_has_no_use_for_is_refused() {
    let board = Board::flashed();
    for more in [" --json", " --pin-file pin"] {
        let (done, said) = board.provision(more);
        assert!(
            !done && said.contains("leave out --pin-file and --json"),
            "{said}"
        );
    }
}

#[test]
fn level_2_is_a_step_of_its_own_from_level_0() {
    let board = Board::flashed();
    let (done, said) = board.provision(" --for-good");
    assert!(done && said.contains("Nothing leads back, ever"), "{said}");
    assert!(said.contains(&format!("--for-good --write {CHIP}")), "{said}");
    // The chip answers no more.
    fs::remove_file(board.path("afterwards")).expect("it was there");
    let (done, said) = board.protect(" --for-good");
    assert!(
        done && said.contains("does not answer the probe any more"),
        "{said}"
    );
    assert_eq!(board.level(), "0xCC\n");

    let board = Board::flashed();
    let (done, said) = board.protect(" --for-good");
    assert!(
        !done && said.contains("level 2 was written, but read back is"),
        "{said}"
    );

    let board = Board::flashed();
    board.says("protection", 0xBB, PROTECTED);
    let (done, said) = board.protect(" --for-good");
    assert!(
        !done && said.contains("level 2 is not set from level 1"),
        "{said}"
    );
    assert!(!board.was_protected());
}

#[test]
fn option_bytes_that_the_firmware_can_not_use_are_not_frozen() {
    for (wrong, why) in [(1 << 31, "TZEN"), (1 << 23, "SRAM3_ECC")] {
        let board = Board::flashed();
        board.shows("protection", CHIP, FACTORY ^ wrong, UNPROTECTED, 0);
        let (done, said) = board.provision("");
        assert!(
            !done && said.contains("nothing can be written yet") && said.contains(why),
            "{said}"
        );
        let (done, said) = board.protect(" --for-good");
        assert!(!done && said.contains(why), "{said}");
        assert!(!board.was_protected());
    }
}

#[test]
fn a_chip_that_keeps_its_number_to_itself_is_looked_at_and_not_written() {
    let board = Board::flashed();
    board.shows("protection", "unknown", FACTORY, UNPROTECTED, 0);
    for (_, said) in [board.provision(""), board.protect("")] {
        assert!(said.contains("does not tell its number"), "{said}");
    }
    assert!(!board.was_protected());
    let read_out = FACTORY & !0xFF | 0xBB;
    board.shows("protection", "unknown", read_out, PROTECTED, 0);
    let (done, said) = board.protect("");
    assert!(done && said.contains("nothing was written"), "{said}");
}

#[test]
fn what_was_written_is_believed_when_the_chip_says_so() {
    for (level, first_stage) in [(0xAA, UNPROTECTED), (0xAA, PROTECTED), (0xBB, UNPROTECTED)] {
        let board = Board::flashed();
        board.says("afterwards", level, first_stage);
        let (done, said) = board.protect("");
        assert!(!done && said.contains("but read back is"), "{said}");
    }
    let board = Board::flashed();
    board.shows("afterwards", CHIP, FACTORY & !0xFF | 0xBB, PROTECTED, 0);
    let (done, said) = board.protect("");
    assert!(!done && said.contains("has not loaded it yet"), "{said}");
    let board = Board::flashed();
    board.write("afterwards", b"Info : nothing\n");
    let (done, said) = board.protect("");
    assert!(!done && said.contains("could not be read back"), "{said}");
}

#[test]
fn host_and_firmware_mean_the_same_by_each_level() {
    for level in [0x00, 0x55, 0xAA, 0xBB, 0xCC, 0xFF] {
        let board = Board::flashed();
        board.says("protection", level, PROTECTED);
        let (done, said) = board.provision("");
        let is_open = of_level(level) == Protection::Open;
        assert!(
            done && said.contains("a debugger can read the flash") == is_open,
            "{level:#x}: {said}"
        );
        let (done, said) = board.protect("");
        assert_eq!(board.was_protected(), level == 0xAA, "{level:#x}: {said}");
        assert_eq!(done, level != 0x55, "{level:#x}: {said}");
    }
}
