//! The images of the real boards, which nothing here can run: what they hold lies where it may, and they do not grow.

use casemate_tests::boards::{self, BOARDS, Board};
use casemate_tests::elf::{self, Section};
use casemate_tests::program;
use casemate_tests::ratchet::{Ratchet, Table};
use std::fs;
use std::ops::Range;
use std::process::Command;

const RATCHET: Ratchet = Ratchet {
    file: "boards.toml",
    about: "Room that the images of the real boards take, in bytes.",
    test: "boards",
};

fn sections(board: &Board) -> Vec<Section> {
    elf::sections(&fs::read(board.elf().unwrap()).unwrap()).unwrap()
}

fn overlap(one: &Range<u32>, other: &Range<u32>) -> bool {
    one.start < other.end && other.start < one.end
}

#[test]
fn images_fill_nothing_but_their_own_room() {
    if boards::left_out() {
        return;
    }
    for board in BOARDS {
        let in_flash = |range: &Range<u32>| board.flash_base + range.start..board.flash_base + range.end;
        let image = in_flash(&board.image);
        for section in sections(&board) {
            let Section {
                name,
                runs_at,
                loaded_at,
            } = &section;
            let place = if overlap(runs_at, &board.ram) {
                &board.ram
            } else {
                &image
            };
            assert!(
                place.start <= runs_at.start && runs_at.end <= place.end,
                "{}: {section:x?} is in no memory of the board",
                board.name
            );
            let Some(loaded_at) = loaded_at else { continue };
            assert!(
                image.start <= loaded_at.start && loaded_at.end <= image.end,
                "{name}"
            );
            for region in board.regions.iter().map(in_flash) {
                assert!(
                    !overlap(loaded_at, &region),
                    "{}: {name} is where the device keeps {region:x?}",
                    board.name
                );
            }
        }
    }
}

#[test]
fn what_a_processor_starts_with_is_where_it_looks() {
    if boards::left_out() {
        return;
    }
    for board in BOARDS {
        let sections = sections(&board);
        let start = |name: &str| {
            sections
                .iter()
                .find(|section| section.name == name)
                .map(|section| section.runs_at.start)
        };
        assert_eq!(start(".vector_table"), Some(board.flash_base), "{}", board.name);
        if board.name == "pico2" {
            // The boot ROM looks for the image's definition in the first 4 KiB.
            let definition = start(".start_block").unwrap();
            assert!((board.flash_base..board.flash_base + 4096).contains(&definition));
        }
    }
}

#[test]
fn images_do_not_grow() {
    if boards::left_out() {
        return;
    }
    let mut measured = Table::new();
    for board in BOARDS {
        let room = elf::room(&fs::read(board.elf().unwrap()).unwrap(), board.ram.clone()).unwrap();
        measured.insert(format!("{} flash B", board.name), room.flash);
        measured.insert(format!("{} ram B", board.name), room.ram);
    }
    RATCHET.check(&measured);
}

#[test]
fn without_a_probe_openocd_says_what_to_connect() {
    if boards::left_out() || casemate_tests::skip::left_out("openocd") {
        return;
    }
    let [u585, pico2] = &BOARDS;
    let flash = |board: &Board| {
        let output = Command::new(program::casemate().unwrap())
            .args(["flash", "--board", board.name, "--probe", "--image"])
            .arg(board.elf().unwrap())
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(
        flash(u585).trim(),
        "casemate: no debug probe was found: connect the board's ST-LINK connector (CN8) by USB"
    );
    let said = flash(pico2);
    assert!(
        said.contains("connect a debug probe to the board's three debug pins")
            || said.contains("this OpenOCD does not know the RP2350"),
        "{said}"
    );
}

#[test]
fn an_image_becomes_a_uf2_file_and_another_boards_is_refused() {
    if boards::left_out() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("casemate.uf2");
    let [u585, pico2] = &BOARDS;
    let convert = |image: &Board| {
        Command::new(program::casemate().unwrap())
            .args(["flash", "--board", "pico2", "--image"])
            .arg(image.elf().unwrap())
            .arg("--uf2")
            .arg(&file)
            .output()
            .unwrap()
    };
    let refused = convert(u585);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && said.contains("another board's"),
        "{said}"
    );

    let done = convert(pico2);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let blocks = fs::read(&file).unwrap();
    let room = elf::room(&fs::read(pico2.elf().unwrap()).unwrap(), pico2.ram.clone()).unwrap();
    assert!(blocks.len() as u64 / 2 >= room.flash, "half of a block is image");
    assert!(
        blocks
            .as_chunks::<512>()
            .0
            .iter()
            .all(|block| block.starts_with(b"UF2\n"))
    );
}
