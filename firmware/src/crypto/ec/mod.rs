//! ECDSA over the NIST curves: FIPS 186-5 section 6.
//!
//! [`EcKey`] and [`EcPublic`] carry their curve and pick the board's implementation of it, which is an [`Ecdsa`].

mod encoding;
mod key;
mod p256;
mod software;

pub use key::{EcKey, EcPublic, EcSignature};
pub use p256::{AcceleratedP256, P256Accelerator, P256Point, SoftwareP256};
pub use software::SoftwareEcdsa;

use super::CryptoError;

/// P-384 in software.
pub type SoftwareP384 = SoftwareEcdsa<p384::NistP384, sha2::Sha384>;
/// P-521 in software.
pub type SoftwareP521 = SoftwareEcdsa<p521::NistP521, sha2::Sha512>;

/// A curve of NIST SP 800-186.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// P-256, secp256r1.
    P256,
    /// P-384, secp384r1.
    P384,
    /// P-521, secp521r1.
    P521,
}

impl Curve {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// Bytes of a private key, and of each half of a signature.
    pub const fn scalar_len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// Bytes of an uncompressed point.
    pub const fn point_len(self) -> usize {
        match self {
            Self::P256 => 65,
            Self::P384 => 97,
            Self::P521 => 133,
        }
    }

    /// Bytes of a signature.
    pub const fn signature_len(self) -> usize {
        match self {
            Self::P256 => 64,
            Self::P384 => 96,
            Self::P521 => 132,
        }
    }
}

/// Fresh random bytes that hedge the nonce of a signature.
pub const HEDGE_LEN: usize = 32;

/// ECDSA on one curve, in software or in a board's hardware. All numbers are big-endian and of the curve's full length.
pub trait Ecdsa {
    /// Writes the public key of `secret` to `point` (`04 ‖ x ‖ y`, SEC 1 section 2.3.3).
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`] for a secret that is not in `1..n`, [`CryptoError::TooLong`] when `point` is not of
    /// the curve's length.
    fn public(secret: &[u8], point: &mut [u8]) -> Result<(), CryptoError>;

    /// Signs a digest (longer ones are truncated as FIPS 186-5 says) to `signature`: `r ‖ s`. The nonce follows from
    /// secret, digest and `hedge` as RFC 6979 section 3.6 describes; it depends on nothing else, so that known answers
    /// exist. A signature is checked before it leaves: one that a fault has spoilt on the way would tell the secret. A
    /// fault in the secret itself, before it is used, is not noticed.
    ///
    /// # Errors
    /// As [`Self::public`]; [`CryptoError::Failed`] when the check fails.
    fn sign(secret: &[u8], digest: &[u8], hedge: &[u8], signature: &mut [u8]) -> Result<(), CryptoError>;

    /// Checks a signature.
    ///
    /// # Errors
    /// [`CryptoError::NotAuthentic`]; [`CryptoError::InvalidKey`] when `point` is not a point of the curve.
    fn verify(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), CryptoError>;
}

#[cfg(test)]
mod tests;
