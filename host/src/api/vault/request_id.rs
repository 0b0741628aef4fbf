use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use uuid::fmt::Hyphenated;

/// Names one request in its answer and in the log: a version 4 UUID.
///
/// Unique for all practical purposes, not secret and not unpredictable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(Hyphenated);

impl RequestId {
    /// One that was not used before. Costs some nanoseconds: no system call.
    pub fn fresh() -> Self {
        thread_local! {
            static STATE: Cell<u128> = Cell::new(seed());
        }
        let state = STATE
            .get()
            .wrapping_add(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        STATE.set(state);
        let bits = (u128::from(mix((state >> 64) as u64)) << 64) | u128::from(mix(state as u64));
        let uuid = uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid();
        Self(uuid.hyphenated())
    }

    /// Appends its 36 characters.
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        let mut text = [0; Hyphenated::LENGTH];
        to.extend_from_slice(self.0.encode_lower(&mut text).as_bytes());
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// 128 bits from the keys that the standard library draws for its hash maps.
fn seed() -> u128 {
    let keys = RandomState::new();
    (u128::from(keys.hash_one(0)) << 64) | u128::from(keys.hash_one(1))
}

/// The output function of SplitMix64 (Steele, Lea, Flood 2014): a bijection that spreads every bit.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
