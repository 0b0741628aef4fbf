//! Known answers for every algorithm, run at each start before any key is touched. The unit tests run the same.

mod aes_gcm;
mod hash;
mod hmac_drbg;
mod record;
mod xaes;

use crate::crypto::Crypto;
use casemate_common::error::ErrorCode;

/// An algorithm that did not give its known answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// AES-256-GCM.
    AesGcm,
    /// HMAC-SHA-256.
    Hmac,
    /// HMAC_DRBG.
    HmacDrbg,
    /// Record format: STREAM.
    Record,
    /// SHA-256.
    Sha256,
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
    let tests: [(fn() -> bool, Broken); 6] = [
        (hash::sha256::<C::Sha256>, Broken::Sha256),
        (hash::hmac_sha256::<C::HmacSha256>, Broken::Hmac),
        (hmac_drbg::passes::<C::HmacSha256>, Broken::HmacDrbg),
        (aes_gcm::passes::<C::Aes256Gcm>, Broken::AesGcm),
        (xaes::passes::<C::Aes256>, Broken::Xaes),
        (record::passes::<C>, Broken::Record),
    ];
    tests
        .into_iter()
        .try_for_each(|(passes, broken)| if passes() { Ok(()) } else { Err(broken) })
}

#[cfg(test)]
mod tests;
