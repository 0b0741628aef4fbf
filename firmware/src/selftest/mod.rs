//! Known answers for every algorithm, asked at each start before any key is touched, or, where that takes long, before
//! the algorithm is first used and when there is nothing else to do. The unit tests ask the same.

mod aes_gcm;
mod deferred;
pub(crate) mod ecdsa;
#[cfg(any(test, feature = "faults"))]
pub mod faults;
mod hash;
mod hmac_drbg;
mod kwp;
mod record;
pub(crate) mod rsa;
mod x25519;
mod xaes;

pub(crate) use deferred::{Deferred, Untested};

use crate::crypto::Crypto;
use casemate_common::error::ErrorCode;

/// An algorithm that did not give its known answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// AES-256-GCM.
    AesGcm,
    /// AES key wrap with padding.
    AesKwp,
    /// ECDSA with P-256.
    EcdsaP256,
    /// ECDSA with P-384.
    EcdsaP384,
    /// ECDSA with P-521.
    EcdsaP521,
    /// HMAC-SHA-256.
    Hmac,
    /// HMAC_DRBG.
    HmacDrbg,
    /// Record format: STREAM.
    Record,
    /// RSA: modular exponentiation, OAEP, PKCS#1 v1.5 and PSS.
    Rsa,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// X25519.
    X25519,
    /// XAES-256-GCM's key derivation.
    Xaes,
}

impl From<Broken> for ErrorCode {
    fn from(_: Broken) -> Self {
        Self::SelfTestFailed
    }
}

/// Asks every algorithm for its known answers.
///
/// # Errors
/// The first one found [`Broken`].
pub fn run<C: Crypto>() -> Result<(), Broken> {
    at_start::<C>()?;
    Deferred::ALL.into_iter().try_for_each(Deferred::ask::<C>)
}

/// Asks all but the [`Deferred`] ones.
///
/// # Errors
/// The first one found [`Broken`].
pub(crate) fn at_start<C: Crypto>() -> Result<(), Broken> {
    let tests: [(fn() -> bool, Broken); 12] = [
        (hash::sha1::<C::Sha1>, Broken::Sha1),
        (hash::sha256::<C::Sha256>, Broken::Sha256),
        (hash::sha384::<C::Sha384>, Broken::Sha384),
        (hash::sha512::<C::Sha512>, Broken::Sha512),
        (hash::hmac_sha256::<C::HmacSha256>, Broken::Hmac),
        (hmac_drbg::passes::<C::HmacSha256>, Broken::HmacDrbg),
        (aes_gcm::passes::<C::Aes256Gcm>, Broken::AesGcm),
        (xaes::passes::<C::Aes256>, Broken::Xaes),
        (record::passes::<C>, Broken::Record),
        (x25519::passes::<C::X25519>, Broken::X25519),
        (kwp::passes::<C::Aes256>, Broken::AesKwp),
        (|| ecdsa::passes::<C::P256>(&ecdsa::P256), Broken::EcdsaP256),
    ];
    tests
        .into_iter()
        .try_for_each(|(passes, broken)| if passes() { Ok(()) } else { Err(broken) })
}

#[cfg(test)]
mod tests;
