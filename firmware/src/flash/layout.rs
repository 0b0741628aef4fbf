//! How sectors and records look on flash. Everything is a multiple of 16 bytes, the largest word of any part, so the
//! layout does not depend on the part. Integers are little-endian.
//!
//! A sector is a header, then records up to the first blank unit:
//!
//! | sector header | bytes |
//! | --- | --- |
//! | magic | 8 |
//! | epoch: counts the sectors ever opened | 4 |
//! | CRC-32 of the above | 4 |
//!
//! | record | bytes |
//! | --- | --- |
//! | magic | 1 |
//! | kind | 1 |
//! | length of the body | 2 |
//! | sequence number: counts the records ever put | 4 |
//! | CRC-32 of the body | 4 |
//! | name | 16 |
//! | CRC-32 of the above | 4 |
//! | body, padded with zeros | a multiple of 16 |
//! | mark: committed, or zeros once removed | 16 |

use casemate_common::image::WORD_LEN;

/// The unit of all offsets and lengths: the longest word of any part.
pub(crate) const UNIT: usize = WORD_LEN;

/// Length of a record's name in bytes.
pub const NAME_LEN: usize = 16;

/// Length of a sector's header.
pub(super) const SECTOR_HEADER_LEN: u32 = 16;

/// Length of a record's header.
pub(super) const HEADER_LEN: u32 = 32;

/// Length of a record's mark.
pub(super) const MARK_LEN: u32 = 16;

const SECTOR_MAGIC: [u8; 8] = *b"CASEMAT1";
const RECORD_MAGIC: u8 = 0xC5;

/// Whether a word is cleared. A cut may leave it anywhere between blank and cleared, and either reading of it is right then,
/// but a few flipped bits must not matter.
pub(crate) const fn is_cleared(word: &[u8; UNIT]) -> bool {
    u128::from_ne_bytes(*word).count_zeros() > u128::BITS / 2
}

/// Half ones and half zeros, so that it is equally far from a blank and from a cleared mark.
const COMMITTED: u128 = 0xA55A_3CC3_9669_0FF0_C33C_5AA5_F00F_6996;

/// How many bits of a committed mark may be wrong: two bytes.
const TOLERATED_BITS: u32 = 16;

/// What a record is, as a number that is never reused. Records of different kinds may have the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind(u8);

impl Kind {
    /// A keyring: its key, sealed under the root secret.
    pub const KEYRING: Self = Self(1);

    /// An enrolled host: its key and roles, sealed under the root secret.
    pub const HOST: Self = Self(8);

    /// The officer PIN: its verifier, sealed under the root secret.
    pub const PIN: Self = Self(9);

    /// Says that everything is to be erased, and that power was cut before it was.
    pub const RESET: Self = Self(10);

    /// For whom keys may be wrapped, sealed under the root secret.
    pub const EXPORT_POLICY: Self = Self(12);

    /// The secret of the security domain, sealed under the root secret.
    pub const DOMAIN: Self = Self(13);

    /// The era that the other records are sealed for, sealed under the root secret.
    pub const ERA: Self = Self(14);

    /// The kind with this number.
    pub const fn new(number: u8) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// The mark that commits a record.
pub(super) const fn committed_mark() -> [u8; UNIT] {
    COMMITTED.to_le_bytes()
}

/// Whether `mark` commits its record. A few wrong bits do not matter: a cut may leave the mark anywhere between blank,
/// committed and cleared, and either reading of it is right then, but damage must not cost the record.
pub(super) const fn is_committed(mark: [u8; UNIT]) -> bool {
    (u128::from_le_bytes(mark) ^ COMMITTED).count_ones() <= TOLERATED_BITS
}

/// The header of a sector that is in use.
pub(super) fn sector_header(epoch: u32) -> [u8; UNIT] {
    let mut bytes = [0; UNIT];
    fill(&mut bytes, &[&SECTOR_MAGIC, &epoch.to_le_bytes()]);
    seal(&mut bytes);
    bytes
}

/// The epoch in a sector's header, if it is one.
pub(super) fn sector_epoch(bytes: &[u8; UNIT]) -> Option<u32> {
    let fields = unseal(bytes)?;
    let epoch = fields.strip_prefix(&SECTOR_MAGIC)?;
    epoch.first_chunk().map(|epoch| u32::from_le_bytes(*epoch))
}

/// The header of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) body_len: u16,
    pub(super) sequence: u32,
    pub(super) body_crc: u32,
    pub(super) name: [u8; NAME_LEN],
}

impl Header {
    /// The bytes for the flash.
    pub(super) fn encode(&self) -> [u8; HEADER_LEN as usize] {
        let mut bytes = [0; HEADER_LEN as usize];
        let fields: [&[u8]; 5] = [
            &[RECORD_MAGIC, self.kind.0],
            &self.body_len.to_le_bytes(),
            &self.sequence.to_le_bytes(),
            &self.body_crc.to_le_bytes(),
            &self.name,
        ];
        fill(&mut bytes, &fields);
        seal(&mut bytes);
        bytes
    }

    /// The header in `bytes`, if it is one.
    pub(super) fn parse(bytes: &[u8; HEADER_LEN as usize]) -> Option<Self> {
        let fields = unseal(bytes)?;
        let (&[magic, kind], fields) = fields.split_first_chunk()?;
        let (body_len, fields) = fields.split_first_chunk()?;
        let (sequence, fields) = fields.split_first_chunk()?;
        let (body_crc, fields) = fields.split_first_chunk()?;
        let header = Self {
            kind: Kind(kind),
            body_len: u16::from_le_bytes(*body_len),
            sequence: u32::from_le_bytes(*sequence),
            body_crc: u32::from_le_bytes(*body_crc),
            name: *fields.first_chunk()?,
        };
        (magic == RECORD_MAGIC).then_some(header)
    }

    /// Length of the body on flash, padding included.
    pub(super) const fn padded_len(&self) -> u32 {
        padded(self.body_len as usize)
    }

    /// Length of the whole record on flash.
    pub(super) const fn record_len(&self) -> u32 {
        record_len(self.body_len as usize)
    }
}

/// Length on flash of a record with a body of `body_len` bytes.
pub(super) const fn record_len(body_len: usize) -> u32 {
    padded(body_len).saturating_add(HEADER_LEN + MARK_LEN)
}

const fn padded(body_len: usize) -> u32 {
    (body_len as u32)
        .div_ceil(UNIT as u32)
        .saturating_mul(UNIT as u32)
}

/// Writes the fields to the front of `bytes`, one behind the other.
pub(super) fn fill(bytes: &mut [u8], fields: &[&[u8]]) {
    let values = fields.iter().copied().flatten();
    bytes
        .iter_mut()
        .zip(values)
        .for_each(|(byte, value)| *byte = *value);
}

/// Puts a CRC-32 of the bytes before it into the last four.
pub(super) fn seal(bytes: &mut [u8]) {
    if let Some((fields, crc)) = bytes.split_last_chunk_mut() {
        *crc = crc32fast::hash(fields).to_le_bytes();
    }
}

/// What comes before the last four bytes, if those are its CRC-32.
pub(super) fn unseal(bytes: &[u8]) -> Option<&[u8]> {
    let (fields, crc) = bytes.split_last_chunk()?;
    (crc32fast::hash(fields).to_le_bytes() == *crc).then_some(fields)
}
