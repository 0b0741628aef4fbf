//! Functions and memory of a 32-bit little-endian ELF file.

use std::collections::BTreeMap;
use std::ops::Range;

const SHT_PROGBITS: u32 = 1;
const SHT_SYMTAB: u32 = 2;
const SHF_ALLOC: u32 = 2;
const STT_FUNC: u8 = 2;

/// An image's contents by address, and its symbols.
pub(super) struct Symbols<'i> {
    sections: Vec<(u32, &'i [u8])>,
    /// Functions by their address, all names of each joined.
    pub(super) functions: BTreeMap<u32, Function>,
    /// Where code (true) and data (false) begin.
    kinds: BTreeMap<u32, bool>,
}

pub(super) struct Function {
    pub(super) name: String,
    pub(super) code: Range<u32>,
}

struct Section {
    kind: u32,
    flags: u32,
    address: u32,
    bytes: Range<usize>,
    link: u32,
}

impl<'i> Symbols<'i> {
    /// `None` when this is no such file, or it has no symbols.
    pub(super) fn read(image: &'i [u8]) -> Option<Self> {
        let sections = sections(image)?;
        let table = sections.iter().find(|section| section.kind == SHT_SYMTAB)?;
        let names = image.get(sections.get(table.link as usize)?.bytes.clone())?;
        let mut symbols = Self {
            sections: Vec::new(),
            functions: BTreeMap::new(),
            kinds: BTreeMap::new(),
        };
        for section in &sections {
            if section.kind == SHT_PROGBITS && section.flags & SHF_ALLOC != 0 {
                symbols
                    .sections
                    .push((section.address, image.get(section.bytes.clone())?));
            }
        }
        let (entries, _) = image.get(table.bytes.clone())?.as_chunks::<16>();
        for entry in entries {
            symbols.add(entry, names)?;
        }
        Some(symbols)
    }

    fn add(&mut self, entry: &[u8; 16], names: &[u8]) -> Option<()> {
        let word = |at: usize| word(entry, at);
        let name = names.get(word(0)? as usize..)?.split(|byte| *byte == 0).next()?;
        let (name, value, len) = (String::from_utf8_lossy(name).into_owned(), word(4)?, word(8)?);
        match name.as_str() {
            "$t" => drop(self.kinds.insert(value, true)),
            "$d" => drop(self.kinds.insert(value, false)),
            _ if entry[12] & 0xF == STT_FUNC && len > 0 => {
                let start = value & !1;
                let function = self.functions.entry(start).or_insert_with(|| Function {
                    name: String::new(),
                    code: start..start + len,
                });
                function.name = format!("{}{name} ", function.name);
            }
            _ => {}
        }
        Some(())
    }

    /// Whether an address holds code, as the nearest mapping symbol before it says.
    pub(super) fn is_code(&self, at: u32) -> bool {
        self.kinds.range(..=at).next_back().is_none_or(|(_, code)| *code)
    }

    pub(super) fn half(&self, at: u32) -> Option<u16> {
        let bytes = self.bytes(at)?.first_chunk()?;
        Some(u16::from_le_bytes(*bytes))
    }

    pub(super) fn word(&self, at: u32) -> Option<u32> {
        word(self.bytes(at)?, 0)
    }

    /// The function that a pointer to it would name.
    pub(super) fn pointed(&self, pointer: u32) -> Option<u32> {
        let start = pointer & !1;
        (pointer & 1 == 1 && self.functions.contains_key(&start)).then_some(start)
    }

    fn bytes(&self, at: u32) -> Option<&'i [u8]> {
        let inside =
            |(start, bytes): &&(u32, &'i [u8])| at >= *start && ((at - start) as usize) < bytes.len();
        let (start, bytes) = self.sections.iter().find(inside)?;
        bytes.get((at - start) as usize..)
    }
}

fn sections(image: &[u8]) -> Option<Vec<Section>> {
    if image.get(..6)? != b"\x7fELF\x01\x01" {
        return None;
    }
    let (table, entry_len) = (word(image, 32)? as usize, half(image, 46)? as usize);
    (0..half(image, 48)? as usize)
        .map(|index| {
            let field = |number: usize| word(image, table + index * entry_len + 4 * number);
            let (offset, len) = (field(4)? as usize, field(5)? as usize);
            Some(Section {
                kind: field(1)?,
                flags: field(2)?,
                address: field(3)?,
                bytes: offset..offset + len,
                link: field(6)?,
            })
        })
        .collect()
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
