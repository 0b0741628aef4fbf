//! What lies where in the board's flash, in offsets from its start: the first stage and two slots for images, what the device
//! keeps at the end.
//!
//! Where slots and counters lie and what is written there is an interface with first stages in the field, which are never
//! replaced: they start images from these slots by their marks, and read the counters.

use casemate_board::slots::Layout;
use core::ops::Range;

/// Where the processor sees the flash.
pub const FLASH_BASE: u32 = 0x1000_0000;
/// Bytes of the board's flash.
pub const FLASH_LEN: u32 = 4 << 20;
/// Bytes that are erased at once.
pub const SECTOR_LEN: u32 = 4096;

/// What firmware and images call the board.
pub const BOARD: &str = "pico2";

/// The first stage, which the boot ROM starts and which starts an image.
pub const BOOT: Range<u32> = 0..0x1_0000;
/// The slot of the image `casemate-pico2`: a header, the image, and in the last sector what is noted of it.
pub const SLOT_A: Range<u32> = 0x1_0000..0x10_8000;
/// The slot of the image `casemate-pico2-b`.
pub const SLOT_B: Range<u32> = 0x10_8000..0x20_0000;
/// Room for 2,048 entries.
pub const AUDIT: Range<u32> = 0x3A_0000..0x3C_0000;
/// Two sectors.
pub const COUNTERS: Range<u32> = 0x3C_0000..0x3C_2000;
/// The record log.
pub const STORE: Range<u32> = 0x3E_0000..0x40_0000;

/// All that the device keeps.
pub const REGIONS: [Range<u32>; 3] = [AUDIT, COUNTERS, STORE];

/// For starting and changing images.
pub const IMAGES: Layout = Layout::new(BOARD, FLASH_BASE, SLOT_A, SLOT_B, COUNTERS);

const _: () = {
    assert!(BOOT.end == SLOT_A.start && SLOT_A.end == SLOT_B.start);
    assert!(SLOT_A.end - SLOT_A.start == SLOT_B.end - SLOT_B.start);
    assert!(SLOT_A.start.is_multiple_of(SECTOR_LEN) && SLOT_B.start.is_multiple_of(SECTOR_LEN));

    let mut end = SLOT_B.end;
    let mut index = 0;
    while index < REGIONS.len() {
        let Range { start, end: next } = REGIONS[index];
        assert!(end <= start && start < next && next <= FLASH_LEN);
        assert!(start.is_multiple_of(SECTOR_LEN) && next.is_multiple_of(SECTOR_LEN));
        end = next;
        index += 1;
    }
};
