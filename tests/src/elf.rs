//! How much room an image takes: the sections of a 32-bit little-endian ELF file (Tool Interface Standard, ELF 1.2).

use std::ops::Range;

const SHT_NOBITS: u32 = 8;
const SHF_ALLOC: u32 = 2;

/// Room that an image takes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Code, constants and the initial values of variables.
    pub flash: u64,
    /// Variables, without the stack.
    pub ram: u64,
}

/// The room that this image takes on a board whose RAM lies at these addresses; `None` when it is no such image.
pub fn room(image: &[u8], ram: Range<u32>) -> Option<Room> {
    if image.get(..6)? != b"\x7fELF\x01\x01" {
        return None;
    }
    let (table, entry_len, count) = (word(image, 32)?, half(image, 46)?, half(image, 48)?);
    let mut room = Room { flash: 0, ram: 0 };
    for index in 0..usize::from(count) {
        let header = usize::try_from(table).ok()? + index * usize::from(entry_len);
        let field = |number: usize| word(image, header + 4 * number);
        let (kind, flags, address, len) = (field(1)?, field(2)?, field(3)?, u64::from(field(5)?));
        if flags & SHF_ALLOC == 0 {
            continue;
        }
        if ram.contains(&address) {
            room.ram += len;
        }
        if kind != SHT_NOBITS {
            room.flash += len;
        }
    }
    Some(room)
}

fn word(image: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*image.get(at..)?.first_chunk()?))
}

fn half(image: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*image.get(at..)?.first_chunk()?))
}
