//! What a power cut leaves of the operation it hits.
//!
//! Parts differ and data sheets only say "undefined", so each cut picks one of several ways at random: nothing done,
//! all done, a stretch done, or bits anywhere in between.

/// What is in the flash after a cut, from what was there and what would have been there.
pub(super) type Tear = fn(&mut SplitMix64, held: &[u8], wanted: &[u8]) -> Vec<u8>;

/// A torn program: of the bits that should fall, some did.
pub(super) fn program(random: &mut SplitMix64, held: &[u8], wanted: &[u8]) -> Vec<u8> {
    match random.below(8) {
        0 => held.to_vec(),
        1 => wanted.to_vec(),
        2..=4 => stretch(random, held, wanted),
        _ => mix(random, held, wanted),
    }
}

/// A torn erase: parts first program a sector to zeros, then let its bits rise; the cut comes in either half.
pub(super) fn erase(random: &mut SplitMix64, held: &[u8], wanted: &[u8]) -> Vec<u8> {
    let zeros = vec![0; held.len()];
    match random.below(8) {
        0 => held.to_vec(),
        1 => wanted.to_vec(),
        2 => stretch(random, held, wanted),
        3 => mix(random, held, wanted),
        4 => stretch(random, held, &zeros),
        5 => mix(random, held, &zeros),
        6 => stretch(random, &zeros, wanted),
        _ => mix(random, &zeros, wanted),
    }
}

/// The bytes of a stretch are done: from the start half of the time, else from anywhere.
fn stretch(random: &mut SplitMix64, held: &[u8], wanted: &[u8]) -> Vec<u8> {
    let end = random.below(wanted.len() as u64 + 1) as usize;
    let start = (random.below(2) * random.below(end as u64 + 1)) as usize;
    [&held[..start], &wanted[start..end], &held[end..]].concat()
}

/// Takes each bit from `wanted` with a probability that is itself random, so that nearly untouched and nearly
/// finished operations are as likely as half-done ones.
fn mix(random: &mut SplitMix64, held: &[u8], wanted: &[u8]) -> Vec<u8> {
    let threshold = random.next_u64() as u8;
    let pairs = held.iter().zip(wanted);
    pairs
        .map(|(held, wanted)| {
            let done = random.bits(threshold);
            (held & !done) | (wanted & done)
        })
        .collect()
}

/// A small deterministic generator (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014), for
/// faults and tests that must repeat from a seed. Not for anything secret.
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The sequence that `seed` stands for.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number from 0 to `bound - 1`; `bound` is not 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        self.next_u64() % bound
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_u64().to_le_bytes()[..chunk.len()]);
        }
    }

    /// A byte each of whose bits is one with probability `threshold / 256`.
    fn bits(&mut self, threshold: u8) -> u8 {
        let draws = self.next_u64().to_le_bytes();
        draws
            .iter()
            .fold(0, |bits, draw| (bits << 1) | u8::from(*draw < threshold))
    }
}
