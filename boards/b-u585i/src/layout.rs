//! What lies where in the chip's flash, in offsets from its start: the image in the first bank, what the device keeps at
//! the end of the second.

use core::ops::Range;

/// Where the processor sees the flash.
pub const FLASH_BASE: u32 = 0x0800_0000;
/// Bytes of both banks.
pub const FLASH_LEN: u32 = 2 << 20;
/// Bytes of a bank: while one is programmed or erased, code runs from the other.
pub const BANK_LEN: u32 = 1 << 20;
/// Bytes that are erased at once.
pub const PAGE_LEN: u32 = 8192;

/// What the linker fills.
pub const IMAGE: Range<u32> = 0..BANK_LEN;
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

const _: () = {
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
