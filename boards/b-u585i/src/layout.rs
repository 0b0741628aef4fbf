//! What lies where in the chip's flash, in offsets from its start: the first stage and two slots for images in the first
//! bank, what the device keeps at the end of the second.
//!
//! The image that runs and the one that is installed lie in the same bank, so that the processor stands still while a
//! page of the other slot is erased. What the device keeps is in the other bank and costs it nothing.
//!
//! Where slots and counters lie and what is written there is an interface with first stages in the field, which are never
//! replaced: they start images from these slots by their marks, and read the counters.

use casemate_board::slots::Layout;
use core::ops::Range;

/// Where the processor sees the flash.
pub const FLASH_BASE: u32 = 0x0800_0000;
/// Bytes of both banks.
pub const FLASH_LEN: u32 = 2 << 20;
/// Bytes of a bank: while one is programmed or erased, code runs from the other.
pub const BANK_LEN: u32 = 1 << 20;
/// Bytes that are erased at once.
pub const PAGE_LEN: u32 = 8192;

/// What firmware and images call the board.
pub const BOARD: &str = "b-u585i-iot02a";

/// The first stage, which starts an image.
pub const BOOT: Range<u32> = 0..0x1_0000;
/// The slot of the image `casemate-b-u585i`: a header, the image, and in the last page what is noted of it.
pub const SLOT_A: Range<u32> = 0x1_0000..0x8_8000;
/// The slot of the image `casemate-b-u585i-b`.
pub const SLOT_B: Range<u32> = 0x8_8000..0x10_0000;
/// Room for 2,048 entries.
pub const AUDIT: Range<u32> = 0x1A_0000..0x1C_0000;
/// Two pages.
pub const COUNTERS: Range<u32> = 0x1C_0000..0x1C_4000;
/// Two pages: what SAES makes the root secret of, twice.
pub const ROOT: Range<u32> = 0x1D_0000..0x1D_4000;
/// The record log.
pub const STORE: Range<u32> = 0x1E_0000..0x20_0000;

/// All that the device keeps.
pub const REGIONS: [Range<u32>; 4] = [AUDIT, COUNTERS, ROOT, STORE];

/// For starting and changing images.
pub const IMAGES: Layout = Layout::new(BOARD, FLASH_BASE, SLOT_A, SLOT_B, COUNTERS);

const _: () = {
    assert!(BOOT.end == SLOT_A.start && SLOT_A.end == SLOT_B.start && SLOT_B.end <= BANK_LEN);
    assert!(SLOT_A.end - SLOT_A.start == SLOT_B.end - SLOT_B.start);
    assert!(SLOT_A.start.is_multiple_of(PAGE_LEN) && SLOT_B.start.is_multiple_of(PAGE_LEN));

    let mut end = BANK_LEN;
    let mut index = 0;
    while index < REGIONS.len() {
        let Range { start, end: next } = REGIONS[index];
        assert!(end <= start && start < next && next <= FLASH_LEN);
        assert!(start.is_multiple_of(PAGE_LEN) && next.is_multiple_of(PAGE_LEN));
        end = next;
        index += 1;
    }
};
