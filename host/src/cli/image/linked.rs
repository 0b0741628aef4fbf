use super::Failure;
use super::elf::Elf;
use super::sound::built_for;
use crate::cli::board::{Board, Slot};
use casemate_common::image::Signer as KeyName;
use std::path::Path;

/// A program that is linked for a slot of a board.
#[derive(Debug)]
pub(in crate::cli) struct Linked {
    /// The slot.
    pub(in crate::cli) slot: Slot,
    /// What lies behind the header.
    pub(in crate::cli) bytes: Vec<u8>,
}

impl Linked {
    /// Reads an ELF file, which was built for the key that is to sign it.
    pub(super) fn read(board: Board, path: &Path, signed_by: KeyName) -> Result<Self, Failure> {
        let file = board.read_built(path)?;
        let linked = Self::parse(board, &file).map_err(|error| format!("{}: {error}", path.display()))?;
        built_for(signed_by, &linked.bytes)
            .map_err(|error| format!("{}: {error}, by: {}", path.display(), board.build_command()))?;
        Ok(linked)
    }

    fn parse(board: Board, file: &[u8]) -> Result<Self, String> {
        let elf = Elf::parse(file).ok_or("this is no ELF file of a program for ARM")?;
        let start = elf.start().unwrap_or_default();
        let mut slots = board.slots().into_iter();
        let slot = slots.find(|slot| slot.image().start == start).ok_or_else(|| {
            let [a, b] = board.slots().map(|slot| slot.image().start);
            format!("it begins at {start:#010x}, but images for the slots of {board} begin at {a:#010x} and {b:#010x}")
        })?;
        if elf.outside(&slot.image()).is_some() {
            return Err(format!(
                "it does not fit its slot, where {board} has room for {} bytes",
                slot.image().len()
            ));
        }
        Ok(Self {
            slot,
            bytes: elf.flat(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::elf::tests::elf;
    use super::*;

    #[test]
    fn an_image_begins_behind_the_header_of_its_slot() {
        for (slot, start) in [(0, 0x0801_0400), (1, 0x0808_8400)] {
            let file = elf(&[(1, start + 8, b"data"), (1, start, b"code")]);
            let linked = Linked::parse(Board::BU585I, &file).unwrap();
            assert_eq!(linked.slot, Board::BU585I.slots()[slot]);
            assert_eq!(linked.bytes, b"code\xFF\xFF\xFF\xFFdata");
        }
    }

    #[test]
    fn what_is_linked_for_elsewhere_is_refused() {
        let refused = |board, address: u32, bytes: &[u8]| {
            Linked::parse(board, &elf(&[(1, address, bytes)])).unwrap_err()
        };
        let elsewhere = refused(Board::BU585I, 0x0800_0000, b"code");
        assert!(elsewhere.contains("0x08010400 and 0x08088400"), "{elsewhere}");
        assert!(refused(Board::Pico2, 0x0801_0400, b"code").contains("begin at 0x10010400"));
        let room = 471 * 1024;
        assert!(refused(Board::BU585I, 0x0801_0400, &vec![0; room + 1]).contains("482304 bytes"));
        assert!(Linked::parse(Board::BU585I, &elf(&[(1, 0x0801_0400, &vec![0; room])])).is_ok());
        assert!(
            Linked::parse(Board::BU585I, b"CMIMAGE1")
                .unwrap_err()
                .contains("no ELF")
        );
    }
}
