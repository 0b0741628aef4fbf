//! The record of this backend, version 0x81. A device's records start with another byte, so neither is taken for the other.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | version: 0x81 |
//! | 4 | generation of the keyring's key, big-endian |
//! | 12 | IV from the token's random generator |
//! | n | ciphertext, as long as the plaintext |
//! | 16 | tag |
//!
//! AES-256-GCM (NIST SP 800-38D). The associated data is version and generation as above, then the caller's context; as
//! the first part has a fixed length, no two pairs give the same bytes.

use casemate_common::limits::MAX_PLAINTEXT;

const VERSION: u8 = 0x81;
const HEADER_LEN: usize = 5;
const TAG_LEN: usize = 16;

/// Length of the IV in bytes.
pub(super) const IV_LEN: usize = 12;

/// Length of the tag in bits, as PKCS#11 wants it.
pub(super) const TAG_BITS: u64 = 8 * TAG_LEN as u64;

/// What authenticates beside the ciphertext.
pub(super) fn associated_data(generation: u32, context: &[u8]) -> Vec<u8> {
    [&header(generation), context].concat()
}

/// The record around what the token sealed (ciphertext and tag).
pub(super) fn assemble(generation: u32, iv: &[u8; IV_LEN], sealed: &[u8]) -> Vec<u8> {
    [&header(generation), iv.as_slice(), sealed].concat()
}

fn header(generation: u32) -> [u8; HEADER_LEN] {
    let [a, b, c, d] = generation.to_be_bytes();
    [VERSION, a, b, c, d]
}

/// A record in its parts; nothing of it is authentic yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) generation: u32,
    pub(super) iv: [u8; IV_LEN],
    /// Ciphertext and tag.
    pub(super) sealed: &'a [u8],
}

impl<'a> Record<'a> {
    /// `None` for what can't be a record of this backend.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&version, rest) = bytes.split_first()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let (iv, sealed) = rest.split_first_chunk()?;
        let plaintext_len = sealed.len().checked_sub(TAG_LEN)?;
        (version == VERSION && plaintext_len <= MAX_PLAINTEXT).then_some(Self {
            generation: u32::from_be_bytes(*generation),
            iv: *iv,
            sealed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{IV_LEN, Record, assemble, associated_data};

    #[test]
    fn layout_is_as_documented() {
        let record = assemble(0x0102_0304, &[0xAA; IV_LEN], &[0xBB; 17]);
        let expected = [&[0x81, 1, 2, 3, 4][..], &[0xAA; 12], &[0xBB; 17]].concat();
        assert_eq!(record, expected);
        assert_eq!(associated_data(0x0102_0304, b"ctx"), *b"\x81\x01\x02\x03\x04ctx");
        let parsed = Record::parse(&record).expect("a record");
        assert_eq!((parsed.generation, parsed.sealed), (0x0102_0304, &[0xBB; 17][..]));
    }

    #[test]
    fn short_and_foreign_bytes_are_no_records() {
        let record = assemble(0, &[0; IV_LEN], &[0; 16]);
        assert!(Record::parse(&record).is_some());
        for len in 0..record.len() {
            assert_eq!(Record::parse(&record[..len]), None, "{len} bytes");
        }
        let mut foreign = record;
        foreign[0] = 0x01;
        assert_eq!(Record::parse(&foreign), None);
    }
}
