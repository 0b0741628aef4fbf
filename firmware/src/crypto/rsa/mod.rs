//! RSA of 2048, 3072 and 4096 bits: RFC 8017 and FIPS 186-5.
//!
//! Private operations use the Chinese remainder theorem, are blinded by fresh randomness every time, and their result
//! is checked with the public exponent before it is used, so that neither timing nor a fault tells the primes.

mod blinding;
mod encoding;
mod generate;
mod mod_exp;
mod padding;
mod private;
mod private_key;
mod public_key;
mod size;

pub use generate::{RsaGeneration, RsaProgress};
pub use mod_exp::{ModExp, SoftwareModExp};
pub use padding::OaepHash;
pub use private_key::{RsaKey, RsaParts};
pub use public_key::RsaPublic;
pub use size::RsaSize;

/// Bytes of the longest modulus, and so of the longest signature and ciphertext.
pub const MAX_MODULUS_LEN: usize = 512;

/// The public exponent of keys made here: FIPS 186-5 wants one over 2^16, and all the world has this one.
pub const PUBLIC_EXPONENT: u32 = 65537;

#[cfg(test)]
mod tests;
