use casemate_common::image::BLANK;
use std::ops::Range;

const PT_LOAD: u32 = 1;
const EM_ARM: u16 = 40;

/// What a program puts into flash (Tool Interface Standard, ELF 1.2): pieces with their addresses, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Elf {
    pub(in crate::cli) pieces: Vec<Piece>,
}

/// Bytes that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Piece {
    pub(in crate::cli) address: u32,
    pub(in crate::cli) bytes: Vec<u8>,
}

impl Piece {
    fn end(&self) -> u64 {
        u64::from(self.address) + self.bytes.len() as u64
    }
}

impl Elf {
    /// Reads a 32-bit little-endian ELF file for ARM; `None` when it is none, or loads nothing.
    pub(in crate::cli) fn parse(file: &[u8]) -> Option<Self> {
        if file.get(..6)? != b"\x7fELF\x01\x01" || half(file, 18)? != EM_ARM {
            return None;
        }
        let (table, entry_len, count) = (word(file, 28)?, half(file, 42)?, half(file, 44)?);
        let mut pieces = Vec::new();
        for index in 0..usize::from(count) {
            let at = usize::try_from(table).ok()? + index * usize::from(entry_len);
            pieces.extend(piece(file, at)?);
        }
        pieces.sort_by_key(|piece| piece.address);
        let overlaps = pieces
            .windows(2)
            .any(|pair| pair[0].end() > u64::from(pair[1].address));
        (!pieces.is_empty() && !overlaps).then_some(Self { pieces })
    }

    /// Its first address.
    pub(in crate::cli) fn start(&self) -> Option<u32> {
        self.pieces.first().map(|piece| piece.address)
    }

    /// Its bytes from the first address on, with 0xFF where there are none.
    pub(in crate::cli) fn flat(&self) -> Vec<u8> {
        let start = self.start().unwrap_or_default();
        let mut bytes = Vec::new();
        for piece in &self.pieces {
            bytes.resize((piece.address - start) as usize, BLANK);
            bytes.extend_from_slice(&piece.bytes);
        }
        bytes
    }

    /// The first address that is not in `room`.
    pub(in crate::cli) fn outside(&self, room: &Range<u32>) -> Option<u32> {
        let outside = |piece: &&Piece| piece.address < room.start || piece.end() > u64::from(room.end);
        self.pieces.iter().find(outside).map(|piece| piece.address)
    }
}

/// What the program header at `at` loads; `Some(None)` when it loads nothing.
fn piece(file: &[u8], at: usize) -> Option<Option<Piece>> {
    let field = |number: usize| word(file, at + 4 * number);
    let (kind, offset, address, len) = (field(0)?, field(1)?, field(3)?, field(4)?);
    if kind != PT_LOAD || len == 0 {
        return Some(None);
    }
    let offset = usize::try_from(offset).ok()?;
    let bytes = file.get(offset..)?.get(..usize::try_from(len).ok()?)?.to_vec();
    Some(Some(Piece { address, bytes }))
}

fn word(file: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*file.get(at..)?.first_chunk()?))
}

fn half(file: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*file.get(at..)?.first_chunk()?))
}

#[cfg(test)]
pub(in crate::cli) mod tests {
    use super::*;

    /// An ELF file with these program headers: kind, address and bytes.
    pub(in crate::cli) fn elf(segments: &[(u32, u32, &[u8])]) -> Vec<u8> {
        let mut file = vec![0; 52];
        file[..6].copy_from_slice(b"\x7fELF\x01\x01");
        file[18..20].copy_from_slice(&EM_ARM.to_le_bytes());
        file[28..32].copy_from_slice(&52_u32.to_le_bytes());
        file[42..44].copy_from_slice(&32_u16.to_le_bytes());
        file[44..46].copy_from_slice(&(segments.len() as u16).to_le_bytes());
        let mut offset = 52 + 32 * segments.len() as u32;
        for (kind, address, bytes) in segments {
            let len = bytes.len() as u32;
            for field in [*kind, offset, 0x2000_0000, *address, len, len, 4, 4] {
                file.extend(field.to_le_bytes());
            }
            offset += len;
        }
        segments
            .iter()
            .for_each(|(_, _, bytes)| file.extend_from_slice(bytes));
        file
    }

    #[test]
    fn what_is_loaded_lies_at_its_load_address() {
        let file = elf(&[
            (1, 0x1000_0100, b"data"),
            (0, 7, b"note"),
            (1, 0x1000_0000, b"code"),
        ]);
        let image = Elf::parse(&file).unwrap();
        let found: Vec<_> = image
            .pieces
            .iter()
            .map(|piece| (piece.address, &piece.bytes[..]))
            .collect();
        assert_eq!(found, [(0x1000_0000, &b"code"[..]), (0x1000_0100, &b"data"[..])]);
        assert_eq!(image.outside(&(0x1000_0000..0x1000_0104)), None);
        assert_eq!(image.outside(&(0x1000_0000..0x1000_0103)), Some(0x1000_0100));
        assert_eq!(image.outside(&(0x1000_0004..0x2000_0000)), Some(0x1000_0000));
        assert_eq!(image.start(), Some(0x1000_0000));
        assert_eq!(image.flat(), [b"code", &[0xFF; 0xFC][..], b"data"].concat());
    }

    #[test]
    fn other_files_and_cut_ones_are_no_images() {
        let file = elf(&[(1, 0x1000_0000, b"code")]);
        assert!((0..file.len()).all(|len| Elf::parse(&file[..len]).is_none()));
        assert_eq!(Elf::parse(&elf(&[(0, 0, b"note")])), None);
        let overlapping = elf(&[(1, 0x1000_0000, b"code"), (1, 0x1000_0003, b"data")]);
        assert_eq!(Elf::parse(&overlapping), None);
    }
}
