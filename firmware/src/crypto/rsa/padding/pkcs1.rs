use super::{copy, split};
use crate::crypto::{CryptoError, Digest, HashAlgorithm};

/// Bytes of 0xFF, at least: RFC 8017 section 9.2, note 3 of step 3.
const MIN_FILL: usize = 8;

/// EMSA-PKCS1-v1_5 (RFC 8017 section 9.2).
pub(in super::super) fn encode(digest: &Digest, encoded: &mut [u8]) -> Result<(), CryptoError> {
    let info = digest_info(digest.algorithm());
    let tail_len = info.len().saturating_add(digest.as_bytes().len());
    let fill_len = encoded.len().checked_sub(tail_len).ok_or(CryptoError::TooLong)?;
    let (fill, tail) = split(encoded, fill_len)?;
    let [zero, block_type, fill @ .., end] = fill else {
        return Err(CryptoError::TooLong);
    };
    if fill.len() < MIN_FILL {
        return Err(CryptoError::TooLong);
    }
    (*zero, *block_type, *end) = (0, 1, 0);
    fill.fill(0xFF);
    let (head, hash) = split(tail, info.len())?;
    copy(head, info);
    copy(hash, digest.as_bytes());
    Ok(())
}

/// The DER in front of a digest: RFC 8017 section 9.2, note 1.
const fn digest_info(algorithm: HashAlgorithm) -> &'static [u8; 19] {
    match algorithm {
        HashAlgorithm::Sha256 => &[
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
            0x00, 0x04, 0x20,
        ],
        HashAlgorithm::Sha384 => &[
            0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05,
            0x00, 0x04, 0x30,
        ],
        HashAlgorithm::Sha512 => &[
            0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05,
            0x00, 0x04, 0x40,
        ],
    }
}
