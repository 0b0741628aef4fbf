//! One slot on flash.

use super::NUMBERS;
use crate::flash::layout::{UNIT, fill, seal, unseal};

const OPENED: u8 = 0;

/// What a slot tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// The counter with this number stands here.
    Value(u8, u64),
    /// The sector holds all values, and has this epoch: it counts the sectors ever opened.
    Opened(u64),
}

impl Slot {
    pub(super) fn encode(self) -> [u8; UNIT] {
        let (tag, value) = match self {
            Self::Value(number, value) => (number, value),
            Self::Opened(epoch) => (OPENED, epoch),
        };
        let mut bytes = [0; UNIT];
        fill(&mut bytes, &[&[tag, !tag, 0, 0], &value.to_le_bytes()]);
        seal(&mut bytes);
        bytes
    }

    /// What the bytes tell, if they are those of a slot.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[tag, complement, 0, 0], value) = unseal(bytes)?.split_first_chunk()? else {
            return None;
        };
        let value = u64::from_le_bytes(value.try_into().ok()?);
        if complement != !tag {
            return None;
        }
        match tag {
            OPENED => Some(Self::Opened(value)),
            1..=NUMBERS => Some(Self::Value(tag, value)),
            _ => None,
        }
    }
}
