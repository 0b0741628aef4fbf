//! Hashes: one by one for those who know which they need, and [`Hasher`] for signatures over a streamed message, where
//! the request names the hash.

mod hasher;
mod software;

pub use hasher::{Digest, HashAlgorithm, Hasher};
pub use software::SoftwareHash;

/// A hash of FIPS 180-4 with an output of `LEN` bytes, piece by piece.
pub trait Hash<const LEN: usize>: Clone + Default {
    /// Takes more input.
    fn update(&mut self, input: &[u8]);

    /// The hash over all of it.
    fn finish(self) -> [u8; LEN];
}
