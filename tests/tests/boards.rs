//! The images of the real boards, which nothing here can run: what they hold lies where it may, and they do not grow.

use casemate_board::partition::Partition;
use casemate_board::slots::Layout;
use casemate_common::error::ErrorCode;
use casemate_common::image::{HEADER_LEN, Package, SlotAddress};
use casemate_firmware::crypto::Software;
use casemate_firmware::flash::{CounterId, Counters};
use casemate_firmware::image::{Images, NoImage};
use casemate_sim::nor::Nor;
use casemate_tests::boards::{self, BOARDS, Board, Image};
use casemate_tests::elf::{self, Section};
use casemate_tests::program;
use casemate_tests::ratchet::{Ratchet, Table};
use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

const RATCHET: Ratchet = Ratchet {
    file: "boards.toml",
    about: "Room that the images of the real boards take, in bytes.",
    test: "boards",
};

fn sections(image: &Image) -> Vec<Section> {
    elf::sections(&fs::read(&image.elf).unwrap()).unwrap()
}

fn overlap(one: &Range<u32>, other: &Range<u32>) -> bool {
    one.start < other.end && other.start < one.end
}

#[test]
fn first_stage_slots_and_regions_share_nothing() {
    for board in BOARDS {
        let parts: Vec<_> = [&board.boot]
            .into_iter()
            .chain(&board.slots)
            .chain(board.regions)
            .collect();
        for (index, part) in parts.iter().enumerate() {
            let others = parts.iter().skip(index + 1);
            assert!(
                others.into_iter().all(|other| !overlap(part, other)),
                "{}: {part:x?}",
                board.name
            );
        }
        let [a, b] = &board.slots;
        assert_eq!(a.len(), b.len());
    }
}

#[test]
fn images_fill_nothing_but_their_own_room() {
    if boards::left_out() {
        return;
    }
    for board in BOARDS {
        for image in board.images().unwrap() {
            let (name, room) = (&image.name, &image.room);
            let within =
                |outer: &Range<u32>, inner: &Range<u32>| outer.start <= inner.start && inner.end <= outer.end;
            for section in sections(&image) {
                let Section {
                    runs_at, loaded_at, ..
                } = &section;
                assert!(
                    within(&board.ram, runs_at) || within(room, runs_at),
                    "{name}: {section:x?} is in no memory that it has"
                );
                assert!(
                    !overlap(&board.spared, runs_at),
                    "{name}: {section:x?} may be erased"
                );
                let is_in_flash = loaded_at.as_ref().is_none_or(|loaded_at| within(room, loaded_at));
                assert!(is_in_flash, "{name}: {section:x?} does not lie in {room:x?}");
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
        for image in board.images().unwrap() {
            let sections = sections(&image);
            let start = |name: &str| {
                let section = sections.iter().find(|section| section.name == name)?;
                Some(section.runs_at.start)
            };
            let name = &image.name;
            assert_eq!(start(".vector_table"), Some(image.room.start), "{name}");
            assert!(image.room.start.is_multiple_of(1024), "{name}");
            // The boot ROM of the RP2350 looks for the definition of an image in the first 4 KiB, and starts the first stage.
            let in_front = board.flash_base..board.flash_base + 4096;
            let definition = start(".start_block").map(|at| in_front.contains(&at));
            let is_expected = name == "casemate-pico2-boot";
            assert_eq!(definition, is_expected.then_some(true), "{name}");
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
        let [boot, image, _] = board.images().unwrap();
        let room = |image: &Image| elf::room(&fs::read(&image.elf).unwrap(), board.ram.clone()).unwrap();
        measured.insert(format!("{} boot flash B", board.name), room(&boot).flash);
        measured.insert(format!("{} flash B", board.name), room(&image).flash);
        measured.insert(format!("{} ram B", board.name), room(&image).ram);
    }
    RATCHET.check(&measured);
}

/// What `casemate` says with these arguments, and whether it did what it was told.
fn casemate(arguments: &[&OsStr]) -> (bool, String) {
    let output = Command::new(program::casemate().unwrap())
        .args(arguments)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// A package of the board's images, signed with the development key, and what was said of it.
fn signed(board: &Board, directory: &Path) -> (PathBuf, String) {
    signed_as(board, directory, "1")
}

/// The same with a security version.
fn signed_as(board: &Board, directory: &Path, security_version: &str) -> (PathBuf, String) {
    let package = directory.join(format!("{}-{security_version}.package", board.name));
    let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("../boards/keys/development.pem");
    let [_, a, b] = board.images().unwrap();
    let named = [
        "image",
        "sign",
        "--version",
        "7.8.9",
        "--security-version",
        security_version,
        "--board",
        board.name,
        "--key",
    ];
    let mut arguments: Vec<&OsStr> = named.iter().map(OsStr::new).collect();
    arguments.extend([
        key.as_os_str(),
        OsStr::new("--out"),
        package.as_os_str(),
        a.elf.as_os_str(),
        b.elf.as_os_str(),
    ]);
    let (done, said) = casemate(&arguments);
    assert!(done, "{said}");
    (package, said)
}

#[test]
fn images_are_signed_for_their_slots_and_a_changed_byte_is_refused() {
    if boards::left_out() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    for board in BOARDS {
        let (path, said) = signed(&board, directory.path());
        let bytes = fs::read(&path).unwrap();
        let package = Package::parse(&bytes).unwrap();
        for (image, slot) in package.images().zip(&board.slots) {
            let manifest = image.header.manifest;
            assert_eq!(manifest.slot.address(), board.flash_base + slot.start);
            assert!(
                said.contains(&manifest.slot.to_string()) && said.contains("7.8.9"),
                "{said}"
            );
            assert!(manifest.total_len() <= slot.len() as u32 - board.marks);
            // The first words of a vector table: a stack in memory, a start within the image.
            let (words, _) = image.image().as_chunks();
            let [stack, start] = [0, 1].map(|word: usize| u32::from_le_bytes(words[word]));
            let top = stack - 1;
            assert!(
                board.ram.contains(&top) && !board.spared.contains(&top),
                "{stack:#x}"
            );
            let code = manifest.slot.address()..manifest.slot.address() + manifest.total_len();
            assert!(code.contains(&start) && start % 2 == 1, "{start:#x}");
        }
        assert_eq!(package.images().count(), 2);
        let mut changed = bytes.clone();
        let middle = changed.len() / 4;
        changed[middle] ^= 1;
        fs::write(&path, changed).unwrap();
        let (done, said) = casemate(&[OsStr::new("image"), OsStr::new("show"), path.as_os_str()]);
        assert!(!done && said.contains("not those that were signed"), "{said}");
    }
}

/// Logs leave by a block in memory that debuggers find by its symbol, and what they say is in sections of its own.
fn logs(elf: &Path) -> bool {
    let bytes = fs::read(elf).unwrap();
    let holds = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    holds(b"_SEGGER_RTT") || holds(b".defmt")
}

#[test]
fn only_development_images_log() {
    if boards::left_out() {
        return;
    }
    for board in BOARDS {
        for image in board.images().unwrap() {
            assert!(!logs(&image.elf), "{} logs", image.name);
        }
        let development = board.development_image().unwrap();
        assert!(logs(&development), "{} does not", development.display());
    }
}

#[test]
fn a_first_stage_starts_what_was_signed_for_the_slot_and_nothing_else() {
    if boards::left_out() {
        return;
    }
    let [u585, pico2] = &BOARDS;
    starts_what_was_signed::<16, 8192>(u585, &casemate_b_u585i::layout::IMAGES);
    starts_what_was_signed::<1, 4096>(pico2, &casemate_pico2::layout::IMAGES);
}

/// Runs what the first stage does on a flash of these words and sectors, with the board's real images.
fn starts_what_was_signed<const WORD: usize, const SECTOR: usize>(board: &Board, layout: &Layout) {
    let directory = tempfile::tempdir().unwrap();
    let package = fs::read(signed(board, directory.path()).0).unwrap();
    let package = Package::parse(&package).unwrap();
    let slots = board.slots.each_ref().map(|slot| board.flash_base + slot.start);
    let [a, b] = slots.map(|at| package.linked_for(SlotAddress::new(at).unwrap()).unwrap().bytes);
    let [in_a, in_b] = slots.map(Ok);
    let started = |images: [&[u8]; 2]| {
        let mut flash = vec![0xFF; 4 << 20];
        for (slot, image) in board.slots.iter().zip(images) {
            flash[slot.start as usize..][..image.len()].copy_from_slice(image);
        }
        let chosen = layout.choose::<Software, _>(Nor::<_, WORD, SECTOR>::new(flash));
        chosen.map(SlotAddress::address)
    };
    let missing = Err(NoImage::Missing);
    let changed = |image: &[u8], at: usize| {
        let mut image = image.to_vec();
        image[at] ^= 1;
        image
    };
    let last = a.len() - 64;
    assert!([in_a, in_b].contains(&started([a, b])));
    assert_eq!(started([a, &[]]), in_a);
    assert_eq!(started([&[], b]), in_b);
    assert_eq!(started([&changed(a, 1024), b]), in_b, "its first word");
    assert_eq!(started([a, &changed(b, last)]), in_a, "its last words");
    assert_eq!(
        started([&changed(a, 40), &changed(b, 130)]),
        missing,
        "security version, signature"
    );
    assert_eq!(started([b, a]), missing, "each in the other's slot");
    assert_eq!(started([&[], &[]]), missing);
}

#[test]
fn a_first_stage_goes_by_number_marks_and_floor() {
    if boards::left_out() {
        return;
    }
    let [u585, pico2] = &BOARDS;
    let layout = &casemate_b_u585i::layout::IMAGES;
    goes_by_number_marks_and_floor::<16, 8192>(u585, layout, casemate_b_u585i::layout::COUNTERS);
    let layout = &casemate_pico2::layout::IMAGES;
    goes_by_number_marks_and_floor::<1, 4096>(pico2, layout, casemate_pico2::layout::COUNTERS);
}

type BoardFlash<const WORD: usize, const SECTOR: usize> = RefCell<Nor<Vec<u8>, WORD, SECTOR>>;

/// Installs the board's real images one beside the other, as the firmware does, and asks the first stage each time.
fn goes_by_number_marks_and_floor<const WORD: usize, const SECTOR: usize>(
    board: &Board,
    layout: &Layout,
    counters: Range<u32>,
) {
    let directory = tempfile::tempdir().unwrap();
    let [older, newer] =
        ["1", "2"].map(|version| fs::read(signed_as(board, directory.path(), version).0).unwrap());
    let [older, newer] = [&older, &newer].map(|bytes| Package::parse(bytes).unwrap());
    let [a, b] = board
        .slots
        .each_ref()
        .map(|slot| SlotAddress::new(board.flash_base + slot.start).unwrap());
    let nor: &'static BoardFlash<WORD, SECTOR> =
        Box::leak(Box::new(RefCell::new(Nor::new(vec![0xFF; 4 << 20]))));
    let start = || layout.choose::<Software, _>(&mut *nor.borrow_mut());
    let running = |slot: SlotAddress| layout.images::<Software, _>(nor, slot.address() + HEADER_LEN as u32);
    let install = |from: SlotAddress, package: &Package<'_>, to: SlotAddress, floor: u64| {
        let image = package.linked_for(to).unwrap();
        let mut slots = running(from);
        slots.begin(&image.header.encode(), floor)?;
        for (piece, at) in image.image().chunks(4096).zip((0..).step_by(4096)) {
            slots.write(at, piece)?;
        }
        slots.finish()
    };
    let raise_floor = |to: u64| {
        let mut counters = Counters::mount(Partition::new(nor, counters.clone())).unwrap();
        counters.raise(CounterId::SecurityVersion, to).unwrap();
    };
    let probed = older.linked_for(a).unwrap().bytes;
    nor.borrow_mut().medium_mut()[board.slots[0].start as usize..][..probed.len()].copy_from_slice(probed);

    assert_eq!(start(), Ok(a));
    install(a, &newer, b, 1).unwrap();
    assert_eq!(
        [(); 5].map(|()| start()),
        [Ok(b), Ok(b), Ok(b), Ok(a), Ok(a)],
        "the higher number, until it was tried three times"
    );
    install(a, &newer, b, 1).unwrap();
    assert_eq!(running(b).confirm(), Ok(2));
    raise_floor(2);
    assert_eq!([(); 5].map(|()| start()), [Ok(b); 5], "it has served");
    assert_eq!(install(b, &older, a, 2), Err(ErrorCode::ImageOutdated));
    install(b, &older, a, 1).unwrap();
    assert_eq!(
        start(),
        Ok(b),
        "the other has the higher number, and lies below the floor"
    );
    nor.borrow_mut().medium_mut()[board.slots[1].start as usize + 5000] ^= 1;
    assert_eq!(start(), Err(NoImage::Outdated), "and nothing else is whole");
    nor.borrow_mut().medium_mut()[board.slots[0].start as usize + 5000] ^= 1;
    assert_eq!(start(), Err(NoImage::Missing));
}

#[test]
fn without_a_probe_openocd_says_what_to_connect() {
    if boards::left_out() || casemate_tests::skip::left_out("openocd") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let flash = |board: &Board| {
        let [boot, ..] = board.images().unwrap();
        let (package, _) = signed(board, directory.path());
        let named = ["flash", "--board", board.name, "--probe", "--image"];
        let mut arguments: Vec<&OsStr> = named.iter().map(OsStr::new).collect();
        arguments.extend([package.as_os_str(), OsStr::new("--boot"), boot.elf.as_os_str()]);
        let (done, said) = casemate(&arguments);
        assert!(!done, "{said}");
        said
    };
    let [u585, pico2] = &BOARDS;
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
    let [boot, image, _] = pico2.images().unwrap();
    let convert = |image: &Path| {
        let named = ["flash", "--board", "pico2", "--uf2"].map(OsStr::new);
        let files = [
            file.as_os_str(),
            OsStr::new("--boot"),
            boot.elf.as_os_str(),
            OsStr::new("--image"),
        ];
        casemate(&[&named[..], &files, &[image.as_os_str()]].concat())
    };
    let [u585_boot, ..] = u585.images().unwrap();
    let (done, said) = convert(&u585_boot.elf);
    assert!(!done && said.contains("another board's"), "{said}");
    let (done, said) = convert(&image.elf);
    assert!(!done && said.contains("only signed images start there"), "{said}");
    let (done, said) = convert(&signed(u585, directory.path()).0);
    assert!(
        !done && said.contains("the package is for b-u585i, not for pico2"),
        "{said}"
    );

    let (package, _) = signed(pico2, directory.path());
    let (done, said) = convert(&package);
    assert!(done, "{said}");
    let (done, said) = convert(&package);
    assert!(!done && said.contains("exists already"), "{said}");
    let blocks = fs::read(&file).unwrap();
    let (blocks, _) = blocks.as_chunks::<512>();
    assert!(blocks.iter().all(|block| block.starts_with(b"UF2\n")));
    let at = |address: u32| {
        let block = blocks.iter().find(|block| block[12..16] == address.to_le_bytes());
        &block.unwrap_or_else(|| panic!("nothing at {address:#x}"))[32..288]
    };
    let [a, b] = pico2
        .slots
        .clone()
        .map(|slot| pico2.flash_base + slot.start..pico2.flash_base + slot.end);
    assert_eq!(at(a.start), &fs::read(&package).unwrap()[..256]);
    for blank in [a.end - pico2.marks, b.start, b.end - pico2.marks] {
        assert_eq!(at(blank), [0xFF; 256], "{blank:#x}");
    }
    at(pico2.flash_base);
}
