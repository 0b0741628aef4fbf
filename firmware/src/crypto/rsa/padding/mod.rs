//! What stands around a digest or a message before the number is raised to a power. All of it works in place on an
//! encoded message of the modulus' length.

mod mgf1;
mod oaep;
mod pkcs1;
mod pss;

pub use oaep::OaepHash;
pub(super) use oaep::{decode as oaep_decode, encode as oaep_encode};
pub(super) use pkcs1::encode as pkcs1_encode;
pub(super) use pss::{encode as pss_encode, verify as pss_verify};

use crate::crypto::CryptoError;

/// A longest encoded message.
pub(super) type Buffer = [u8; super::MAX_MODULUS_LEN];

/// Splits two mutable slices off.
fn split(bytes: &mut [u8], at: usize) -> Result<(&mut [u8], &mut [u8]), CryptoError> {
    bytes.split_at_mut_checked(at).ok_or(CryptoError::TooLong)
}

fn copy(to: &mut [u8], from: &[u8]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}
