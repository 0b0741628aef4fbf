//! What lies where in the board's flash, in offsets from its start: image first, what the device keeps at the end.

use core::ops::Range;

/// Where the processor sees the flash.
pub const FLASH_BASE: u32 = 0x1000_0000;
/// Bytes of the board's flash.
pub const FLASH_LEN: u32 = 4 << 20;
/// Bytes that are erased at once.
pub const SECTOR_LEN: u32 = 4096;

/// What the linker fills.
pub const IMAGE: Range<u32> = 0..2 << 20;
/// Room for 2,048 entries.
pub const AUDIT: Range<u32> = 0x3A_0000..0x3C_0000;
/// Two sectors.
pub const COUNTERS: Range<u32> = 0x3C_0000..0x3C_2000;
/// The record log.
pub const STORE: Range<u32> = 0x3E_0000..0x40_0000;

/// All that the device keeps.
pub const REGIONS: [Range<u32>; 3] = [AUDIT, COUNTERS, STORE];

const _: () = {
    let mut end = IMAGE.end;
    let mut index = 0;
    while index < REGIONS.len() {
        let Range { start, end: next } = REGIONS[index];
        assert!(end <= start && start < next && next <= FLASH_LEN);
        assert!(start.is_multiple_of(SECTOR_LEN) && next.is_multiple_of(SECTOR_LEN));
        end = next;
        index += 1;
    }
};
