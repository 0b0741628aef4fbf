//! One entry on flash.

use crate::crypto::HmacSha256;
use casemate_common::audit::{ENTRY_LEN, Entry, HEAD_LEN};
use subtle::ConstantTimeEq;

const TAG_LEN: usize = 16;

/// Length of a slot.
pub(super) const SLOT_LEN: usize = HEAD_LEN + ENTRY_LEN + TAG_LEN;

/// An entry, and the chain's head before it.
pub(super) struct Slot {
    pub(super) before: [u8; HEAD_LEN],
    pub(super) entry: [u8; ENTRY_LEN],
}

impl Slot {
    pub(super) fn encode<H: HmacSha256>(&self, key: &H) -> [u8; SLOT_LEN] {
        let code = key.mac(&[&self.before, &self.entry]);
        let fields = self.before.iter().chain(&self.entry).chain(code.as_bytes());
        let mut bytes = [0; SLOT_LEN];
        bytes
            .iter_mut()
            .zip(fields)
            .for_each(|(byte, value)| *byte = *value);
        bytes
    }

    /// The slot in `bytes`, if this device wrote it.
    pub(super) fn parse<H: HmacSha256>(bytes: &[u8; SLOT_LEN], key: &H) -> Option<Self> {
        let (before, rest) = bytes.split_first_chunk()?;
        let (entry, tag) = rest.split_first_chunk()?;
        let code = key.mac(&[before, entry]);
        let expected = code.as_bytes().get(..TAG_LEN)?;
        bool::from(tag.ct_eq(expected)).then_some(Self {
            before: *before,
            entry: *entry,
        })
    }

    /// The number of its entry.
    pub(super) fn sequence(&self) -> Option<u64> {
        Entry::parse(&self.entry).map(|entry| entry.sequence)
    }
}
