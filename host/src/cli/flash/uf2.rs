use crate::cli::image::elf::Piece;
use std::collections::BTreeMap;

/// Bytes of a block, and of what it carries (<https://github.com/microsoft/uf2>).
const BLOCK_LEN: usize = 512;
const PAGE_LEN: u32 = 256;
const FIRST_MAGIC: u32 = 0x0A32_4655;
const SECOND_MAGIC: u32 = 0x9E5D_5157;
const LAST_MAGIC: u32 = 0x0AB1_6F30;
/// The block names the family that it is for.
const HAS_FAMILY: u32 = 0x2000;

/// These pieces as a UF2 file for this family: whole pages, gaps within a page blank.
pub(super) fn encode(pieces: &[Piece], family: u32) -> Vec<u8> {
    let pages = pages(pieces);
    let count = pages.len() as u32;
    (0..)
        .zip(pages)
        .flat_map(|(number, (address, page))| block(address, &page, (number, count), family))
        .collect()
}

fn pages(pieces: &[Piece]) -> BTreeMap<u32, [u8; PAGE_LEN as usize]> {
    let mut pages = BTreeMap::new();
    for piece in pieces {
        for (address, byte) in (piece.address..).zip(&piece.bytes) {
            let within = address % PAGE_LEN;
            let page = pages.entry(address - within).or_insert([0xFF; PAGE_LEN as usize]);
            page[within as usize] = *byte;
        }
    }
    pages
}

fn block(
    address: u32,
    page: &[u8; PAGE_LEN as usize],
    (number, count): (u32, u32),
    family: u32,
) -> [u8; BLOCK_LEN] {
    let header = [
        FIRST_MAGIC,
        SECOND_MAGIC,
        HAS_FAMILY,
        address,
        PAGE_LEN,
        number,
        count,
        family,
    ];
    let mut block = [0; BLOCK_LEN];
    for (field, value) in block.chunks_mut(4).zip(header) {
        field.copy_from_slice(&value.to_le_bytes());
    }
    block[32..32 + page.len()].copy_from_slice(page);
    block[BLOCK_LEN - 4..].copy_from_slice(&LAST_MAGIC.to_le_bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(block: &[u8]) -> Vec<u32> {
        let (words, _) = block.as_chunks();
        words.iter().copied().map(u32::from_le_bytes).collect()
    }

    #[test]
    fn blocks_are_as_the_format_says() {
        let pieces = [
            Piece {
                address: 0x1000_0000,
                bytes: vec![1; 300],
            },
            Piece {
                address: 0x1000_0130,
                bytes: vec![2; 4],
            },
        ];
        let file = encode(&pieces, 0xE48B_FF59);
        assert_eq!(file.len(), 2 * BLOCK_LEN);
        let [first, second] = [&file[..512], &file[512..]];
        assert_eq!(&first[..8], b"UF2\nWQ]\x9e");
        let header = [0x2000, 0x1000_0000, 256, 0, 2, 0xE48B_FF59];
        assert_eq!(words(first)[2..8], header);
        assert_eq!(words(second)[2..8], [0x2000, 0x1000_0100, 256, 1, 2, 0xE48B_FF59]);
        assert_eq!(first[32..288], [1; 256]);
        assert_eq!(first[288..508], [0; 220]);
        assert!(
            [first, second]
                .iter()
                .all(|block| words(block)[127] == 0x0AB1_6F30)
        );
        assert_eq!(second[32..76], [1; 44]);
        assert_eq!(
            second[76..88],
            [0xFF, 0xFF, 0xFF, 0xFF, 2, 2, 2, 2, 0xFF, 0xFF, 0xFF, 0xFF]
        );
    }
}
