//! AES-256 key wrap with padding: KWP of NIST SP 800-38F section 6.3, which is RFC 5649.

use super::{Aes256, BLOCK_LEN, CryptoError};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater};
use zeroize::{Zeroize, Zeroizing};

/// Half a block, the unit of the algorithm.
const SEMIBLOCK_LEN: usize = 8;
/// The constant of RFC 5649 section 3, which the length follows.
const INITIAL: [u8; 4] = [0xA6, 0x59, 0x59, 0xA6];
/// Passes over the whole input.
const ROUNDS: u64 = 6;

/// Bytes that a key of `len` bytes takes up wrapped.
pub const fn wrapped_len(len: usize) -> usize {
    len.next_multiple_of(SEMIBLOCK_LEN).saturating_add(SEMIBLOCK_LEN)
}

/// Wraps `key` (1 byte or more) into the front of `output` and tells how many bytes that took: [`wrapped_len`].
///
/// # Errors
/// [`CryptoError::Malformed`] for an empty key or one of 2^32 bytes, [`CryptoError::TooLong`] when `output` is too
/// short.
pub fn wrap<A: Aes256>(cipher: &A, key: &[u8], output: &mut [u8]) -> Result<usize, CryptoError> {
    let len = u32::try_from(key.len()).map_err(|_| CryptoError::Malformed)?;
    if len == 0 {
        return Err(CryptoError::Malformed);
    }
    let total = wrapped_len(key.len());
    let wrapped = output.get_mut(..total).ok_or(CryptoError::TooLong)?;
    let (head, body) = wrapped
        .split_first_chunk_mut::<SEMIBLOCK_LEN>()
        .ok_or(CryptoError::TooLong)?;
    *head = initial_value(len);
    let padded = key.iter().copied().chain(core::iter::repeat(0));
    body.iter_mut().zip(padded).for_each(|(to, from)| *to = from);
    apply(cipher, head, body);
    Ok(total)
}

/// Unwraps in place and gives the key, which then lies in `wrapped`.
///
/// Whether length, constant and padding are right is found out without a branch between them.
///
/// # Errors
/// [`CryptoError::NotAuthentic`]; then `wrapped` is wiped.
pub fn unwrap<'a, A: Aes256>(cipher: &A, wrapped: &'a mut [u8]) -> Result<&'a [u8], CryptoError> {
    if wrapped.len() < BLOCK_LEN || !wrapped.len().is_multiple_of(SEMIBLOCK_LEN) {
        wrapped.zeroize();
        return Err(CryptoError::NotAuthentic);
    }
    let mut head = Zeroizing::new([0; SEMIBLOCK_LEN]);
    if let Some((first, body)) = wrapped.split_first_chunk_mut::<SEMIBLOCK_LEN>() {
        *head = *first;
        invert(cipher, &mut head, body);
    }
    let (checks, len) = check(&head, wrapped.get(SEMIBLOCK_LEN..).unwrap_or_default());
    if !bool::from(checks) {
        wrapped.zeroize();
        return Err(CryptoError::NotAuthentic);
    }
    wrapped
        .get(SEMIBLOCK_LEN..)
        .and_then(|body| body.get(..len))
        .ok_or(CryptoError::NotAuthentic)
}

fn initial_value(len: u32) -> [u8; SEMIBLOCK_LEN] {
    let [a, b, c, d] = INITIAL;
    let [e, f, g, h] = len.to_be_bytes();
    [a, b, c, d, e, f, g, h]
}

/// Algorithm W of SP 800-38F, and for a single semiblock the plain block cipher (RFC 5649 section 4.1).
fn apply<A: Aes256>(cipher: &A, head: &mut [u8; SEMIBLOCK_LEN], body: &mut [u8]) {
    if let Ok(only) = <&mut [u8; SEMIBLOCK_LEN]>::try_from(&mut *body) {
        step(head, only, 0, |block| cipher.encrypt(block));
        return;
    }
    let mut count = 0;
    for _ in 0..ROUNDS {
        for semiblock in body.as_chunks_mut::<SEMIBLOCK_LEN>().0 {
            count = u64::wrapping_add(count, 1);
            step(head, semiblock, 0, |block| cipher.encrypt(block));
            mask(head, count);
        }
    }
}

fn invert<A: Aes256>(cipher: &A, head: &mut [u8; SEMIBLOCK_LEN], body: &mut [u8]) {
    if let Ok(only) = <&mut [u8; SEMIBLOCK_LEN]>::try_from(&mut *body) {
        step(head, only, 0, |block| cipher.decrypt(block));
        return;
    }
    let semiblocks = body.as_chunks_mut::<SEMIBLOCK_LEN>().0;
    let mut count = (semiblocks.len() as u64).wrapping_mul(ROUNDS);
    for _ in 0..ROUNDS {
        for semiblock in semiblocks.iter_mut().rev() {
            step(head, semiblock, count, |block| cipher.decrypt(block));
            count = count.wrapping_sub(1);
        }
    }
}

/// Sends `(head XOR count) ‖ semiblock` through the cipher.
fn step(
    head: &mut [u8; SEMIBLOCK_LEN],
    semiblock: &mut [u8; SEMIBLOCK_LEN],
    count: u64,
    cipher: impl FnOnce(&mut [u8; BLOCK_LEN]),
) {
    mask(head, count);
    let mut block = Zeroizing::new([0; BLOCK_LEN]);
    let halves = [&*head, &*semiblock];
    block
        .iter_mut()
        .zip(halves.into_iter().flatten())
        .for_each(|(to, from)| *to = *from);
    cipher(&mut block);
    let bytes = head.iter_mut().chain(semiblock);
    bytes.zip(block.iter()).for_each(|(to, from)| *to = *from);
}

fn mask(head: &mut [u8; SEMIBLOCK_LEN], count: u64) {
    *head = (u64::from_be_bytes(*head) ^ count).to_be_bytes();
}

/// Whether the unwrapped bytes are what [`wrap`] makes, and how many of them are the key.
fn check(head: &[u8; SEMIBLOCK_LEN], body: &[u8]) -> (Choice, usize) {
    let [a, b, c, d, e, f, g, h] = *head;
    let len = u32::from_be_bytes([e, f, g, h]);
    let capacity = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let shortest = capacity.saturating_sub(SEMIBLOCK_LEN as u32);
    let mut right = [a, b, c, d].ct_eq(&INITIAL) & len.ct_gt(&shortest) & !len.ct_gt(&capacity);
    for (place, byte) in (0_u32..).zip(body) {
        let padding = !len.ct_gt(&place);
        right &= u8::conditional_select(&0, byte, padding).ct_eq(&0);
    }
    (right, usize::try_from(len).unwrap_or_default())
}

#[cfg(test)]
mod tests;
