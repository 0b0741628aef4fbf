use super::{copy, mgf1, split};
use crate::crypto::{Crypto, CryptoError, Digest, HashAlgorithm, Hasher, Random};
use subtle::ConstantTimeEq;

const TRAILER: u8 = 0xBC;
const EIGHT_ZEROS: [u8; 8] = [0; 8];

/// EMSA-PSS (RFC 8017 section 9.1.1) with a salt as long as the digest, and MGF1 with the digest's hash.
///
/// `encoded` is of the modulus' length, which has `bits` bits.
pub(in super::super) fn encode<C: Crypto>(
    digest: &Digest,
    bits: usize,
    random: &mut impl Random,
    encoded: &mut [u8],
) -> Result<(), CryptoError> {
    let (block, hash, trailer) = parts(encoded, bits, digest.algorithm())?;
    let mut salt = [0; Digest::MAX_LEN];
    let salt = salt.get_mut(..hash.len()).unwrap_or_default();
    random.fill(salt)?;
    let salted = Hasher::<C>::digest(digest.algorithm(), &[&EIGHT_ZEROS, digest.as_bytes(), salt]);
    let fill_len = block.len().saturating_sub(salt.len());
    let (fill, salt_place) = split(block, fill_len)?;
    fill.fill(0);
    fill.iter_mut().rev().take(1).for_each(|byte| *byte = 1);
    copy(salt_place, salt);
    copy(hash, salted.as_bytes());
    *trailer = TRAILER;
    mask::<C>(digest.algorithm(), hash, block);
    block.iter_mut().take(1).for_each(|byte| *byte &= top_mask(bits));
    Ok(())
}

/// Checks what [`encode`] made (RFC 8017 section 9.1.2). What is checked is public.
pub(in super::super) fn verify<C: Crypto>(
    digest: &Digest,
    bits: usize,
    encoded: &mut [u8],
) -> Result<(), CryptoError> {
    if bits % 8 == 1 && encoded.first().is_some_and(|byte| *byte != 0) {
        return Err(CryptoError::NotAuthentic);
    }
    let algorithm = digest.algorithm();
    let (block, hash, trailer) = parts(encoded, bits, algorithm)?;
    let top = block.first().copied().unwrap_or_default();
    if *trailer != TRAILER || top & !top_mask(bits) != 0 {
        return Err(CryptoError::NotAuthentic);
    }
    mask::<C>(algorithm, hash, block);
    block.iter_mut().take(1).for_each(|byte| *byte &= top_mask(bits));
    let fill_len = block.len().saturating_sub(hash.len());
    let (fill, salt) = split(block, fill_len)?;
    let padded = matches!(fill, [zeros @ .., 1] if zeros.iter().all(|byte| *byte == 0));
    let expected = Hasher::<C>::digest(algorithm, &[&EIGHT_ZEROS, digest.as_bytes(), salt]);
    let same = expected.as_bytes().ct_eq(hash);
    if padded && bool::from(same) {
        Ok(())
    } else {
        Err(CryptoError::NotAuthentic)
    }
}

/// The masked block, the hash and the trailer; clears what stands before them where the encoded message is a byte
/// shorter than the modulus.
fn parts(
    encoded: &mut [u8],
    bits: usize,
    algorithm: HashAlgorithm,
) -> Result<(&mut [u8], &mut [u8], &mut u8), CryptoError> {
    let (before, encoded) = split(encoded, usize::from(bits % 8 == 1))?;
    before.fill(0);
    let (trailer, rest) = encoded.split_last_mut().ok_or(CryptoError::TooLong)?;
    let hash_len = algorithm.digest_len();
    let block_len = rest.len().checked_sub(hash_len).ok_or(CryptoError::TooLong)?;
    // Salt, the byte 1 and at least nothing before it.
    if block_len <= hash_len {
        return Err(CryptoError::TooLong);
    }
    let (block, hash) = split(rest, block_len)?;
    Ok((block, hash, trailer))
}

/// The bits of the first byte that a number of `bits − 1` bits may have.
const fn top_mask(bits: usize) -> u8 {
    match bits % 8 {
        1 => 0xFF,
        0 => 0x7F,
        rest => (1_u8 << rest.wrapping_sub(1)).wrapping_sub(1),
    }
}

fn mask<C: Crypto>(algorithm: HashAlgorithm, seed: &[u8], data: &mut [u8]) {
    match algorithm {
        HashAlgorithm::Sha256 => mgf1::mask::<C::Sha256, _>(seed, data),
        HashAlgorithm::Sha384 => mgf1::mask::<C::Sha384, _>(seed, data),
        HashAlgorithm::Sha512 => mgf1::mask::<C::Sha512, _>(seed, data),
    }
}
