use super::{copy, mgf1, split};
use crate::crypto::{Crypto, CryptoError, Hash, Random};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

/// The hash of RSA-OAEP, of its mask and of its label, which is always empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OaepHash {
    /// SHA-1, which some clouds insist on. Its collisions do not weaken OAEP.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl OaepHash {
    /// Bytes of its output.
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// EME-OAEP (RFC 8017 section 7.1.1): fills `encoded`, which is of the modulus' length.
pub(in super::super) fn encode<C: Crypto>(
    hash: OaepHash,
    message: &[u8],
    random: &mut impl Random,
    encoded: &mut [u8],
) -> Result<(), CryptoError> {
    match hash {
        OaepHash::Sha1 => encode_with::<C::Sha1, _>(message, random, encoded),
        OaepHash::Sha256 => encode_with::<C::Sha256, _>(message, random, encoded),
    }
}

fn encode_with<H: Hash<LEN>, const LEN: usize>(
    message: &[u8],
    random: &mut impl Random,
    encoded: &mut [u8],
) -> Result<(), CryptoError> {
    let (zero, seed, block) = parts::<LEN>(encoded)?;
    *zero = 0;
    random.fill(seed)?;
    let fill_len = block
        .len()
        .checked_sub(message.len())
        .ok_or(CryptoError::TooLong)?;
    let (fill, place) = split(block, fill_len)?;
    let (label, fill) = fill.split_first_chunk_mut::<LEN>().ok_or(CryptoError::TooLong)?;
    let (one, zeros) = fill.split_last_mut().ok_or(CryptoError::TooLong)?;
    *label = H::default().finish();
    zeros.fill(0);
    *one = 1;
    copy(place, message);
    mgf1::mask::<H, LEN>(seed, block);
    mgf1::mask::<H, LEN>(block, seed);
    Ok(())
}

/// Undoes [`encode`] in place and gives the message (RFC 8017 section 7.1.2, step 3).
///
/// # Errors
/// [`CryptoError::NotAuthentic`], whatever is wrong, and after the same work.
pub(in super::super) fn decode<C: Crypto>(hash: OaepHash, encoded: &mut [u8]) -> Result<&[u8], CryptoError> {
    match hash {
        OaepHash::Sha1 => decode_with::<C::Sha1, _>(encoded),
        OaepHash::Sha256 => decode_with::<C::Sha256, _>(encoded),
    }
}

fn decode_with<H: Hash<LEN>, const LEN: usize>(encoded: &mut [u8]) -> Result<&[u8], CryptoError> {
    let (zero, seed, block) = parts::<LEN>(encoded)?;
    let first = zero.ct_eq(&0);
    mgf1::mask::<H, LEN>(block, seed);
    mgf1::mask::<H, LEN>(seed, block);
    let (label, rest) = block.split_first_chunk_mut::<LEN>().ok_or(CryptoError::TooLong)?;
    let expected = Zeroizing::new(H::default().finish());
    let (padded, start) = end_of_padding(rest);
    if !bool::from(first & label.ct_eq(&*expected) & padded) {
        return Err(CryptoError::NotAuthentic);
    }
    rest.get(start..).ok_or(CryptoError::NotAuthentic)
}

/// Whether zeros, and then a 1, stand in front of a message, and where it begins; reads all bytes in any case.
fn end_of_padding(bytes: &[u8]) -> (Choice, usize) {
    let (mut found, mut right) = (Choice::from(0), Choice::from(1));
    let mut start = 0_u32;
    for (next, byte) in (1_u32..).zip(bytes) {
        let one = byte.ct_eq(&1);
        right &= found | one | byte.ct_eq(&0);
        start = u32::conditional_select(&start, &next, one & !found);
        found |= one;
    }
    (right & found, usize::try_from(start).unwrap_or_default())
}

type Parts<'a> = (&'a mut u8, &'a mut [u8], &'a mut [u8]);

/// The byte 0, the masked seed and the masked block.
fn parts<const LEN: usize>(encoded: &mut [u8]) -> Result<Parts<'_>, CryptoError> {
    let (zero, rest) = encoded.split_first_mut().ok_or(CryptoError::TooLong)?;
    let (seed, block) = split(rest, LEN)?;
    Ok((zero, seed, block))
}
