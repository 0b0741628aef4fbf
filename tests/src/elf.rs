//! How much room an image takes: the sections of a 32-bit little-endian ELF file (Tool Interface Standard, ELF 1.2).

use std::ops::Range;

const PT_LOAD: u32 = 1;
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

/// A part of an image that takes room on the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Where it is while the image runs.
    pub runs_at: Range<u32>,
    /// Where it is before: what a programmer writes; `None` when it holds nothing then.
    pub loaded_at: Option<Range<u32>>,
}

/// The room that this image takes on a board whose RAM lies at these addresses; `None` when it is no such image.
pub fn room(image: &[u8], ram: Range<u32>) -> Option<Room> {
    let mut room = Room { flash: 0, ram: 0 };
    for section in sections(image)? {
        let len = section.runs_at.len() as u64;
        if ram.contains(&section.runs_at.start) {
            room.ram += len;
        }
        if section.loaded_at.is_some() {
            room.flash += len;
        }
    }
    Some(room)
}

/// The parts of this image that take room; `None` when it is no such image.
pub fn sections(image: &[u8]) -> Option<Vec<Section>> {
    if image.get(..6)? != b"\x7fELF\x01\x01" {
        return None;
    }
    let (table, entry_len, count) = (word(image, 32)?, half(image, 46)?, half(image, 48)?);
    let header =
        |index: u16| Some(usize::try_from(table).ok()? + usize::from(index) * usize::from(entry_len));
    let names = word(image, header(half(image, 50)?)? + 16)?;
    let mut sections = Vec::new();
    for index in 0..count {
        let at = header(index)?;
        let field = |number: usize| word(image, at + 4 * number);
        let (name, kind, flags) = (field(0)?, field(1)?, field(2)?);
        let (address, offset, len) = (field(3)?, field(4)?, field(5)?);
        if flags & SHF_ALLOC == 0 || len == 0 {
            continue;
        }
        let loaded = || load_address(image, offset).map(|start| start..start + len);
        sections.push(Section {
            name: text(image, usize::try_from(names + name).ok()?)?,
            runs_at: address..address + len,
            loaded_at: if kind == SHT_NOBITS { None } else { Some(loaded()?) },
        });
    }
    Some(sections)
}

/// The physical address of what stands at this offset of the file, by the program header that loads it.
fn load_address(image: &[u8], offset: u32) -> Option<u32> {
    let (table, entry_len, count) = (word(image, 28)?, half(image, 42)?, half(image, 44)?);
    (0..count).find_map(|index| {
        let at = usize::try_from(table).ok()? + usize::from(index) * usize::from(entry_len);
        let field = |number: usize| word(image, at + 4 * number);
        let (kind, start, address, len) = (field(0)?, field(1)?, field(3)?, field(4)?);
        let within = offset
            .checked_sub(start)
            .filter(|&within| kind == PT_LOAD && within < len)?;
        Some(address + within)
    })
}

fn text(image: &[u8], at: usize) -> Option<String> {
    let text = image.get(at..)?.split(|&byte| byte == 0).next()?;
    Some(String::from_utf8_lossy(text).into_owned())
}

fn word(image: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*image.get(at..)?.first_chunk()?))
}

fn half(image: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*image.get(at..)?.first_chunk()?))
}

/// A small ELF file for ARM that loads these bytes at this address.
pub fn loading(address: u32, bytes: &[u8]) -> Vec<u8> {
    let (header_len, entry_len) = (52_u32, 32_u32);
    let mut file = vec![0; header_len as usize];
    file[..6].copy_from_slice(b"\x7fELF\x01\x01");
    file[18] = 40;
    file[28..32].copy_from_slice(&header_len.to_le_bytes());
    file[42..44].copy_from_slice(&(entry_len as u16).to_le_bytes());
    file[44] = 1;
    let len = bytes.len() as u32;
    for field in [1, header_len + entry_len, address, address, len, len, 4, 4] {
        file.extend(field.to_le_bytes());
    }
    file.extend_from_slice(bytes);
    file
}
