//! RSA-AES key wrap: PKCS#11's `CKM_RSA_AES_KEY_WRAP` and the import format of the clouds. A fresh AES-256 key,
//! encrypted with RSA-OAEP to the recipient, and what is wrapped, under that key with AES-KWP.

use super::rsa::{OaepHash, RsaKey, RsaPublic};
use super::{Aes256, Crypto, CryptoError, Key256, Random, kwp};

/// Bytes that material of `len` bytes takes up wrapped for this recipient.
pub const fn wrapped_len(recipient: &RsaPublic, len: usize) -> usize {
    recipient.modulus_len().saturating_add(kwp::wrapped_len(len))
}

/// Wraps material (a PKCS#8 key, or the bytes of a secret key) for a recipient to the front of `output`, and gives
/// the length: [`wrapped_len`].
///
/// # Errors
/// [`CryptoError::TooLong`] when `output` is too short, [`CryptoError::Failed`] when there is no randomness or
/// an accelerator failed.
pub fn wrap<C: Crypto>(
    recipient: &RsaPublic,
    hash: OaepHash,
    material: &[u8],
    random: &mut impl Random,
    output: &mut [u8],
) -> Result<usize, CryptoError> {
    let mut key = Key256::zero();
    random.fill(key.as_mut_bytes())?;
    let head = recipient.encrypt_oaep::<C>(hash, key.as_bytes(), random, output)?;
    let rest = output.get_mut(head..).ok_or(CryptoError::TooLong)?;
    let body = kwp::wrap(&C::Aes256::new(&key), material, rest)?;
    Ok(head.saturating_add(body))
}

/// Undoes [`wrap`] in place and gives the material, which then lies in `wrapped`.
///
/// # Errors
/// [`CryptoError::NotAuthentic`], whatever is wrong with the input or the key; [`CryptoError::Failed`] when there is no
/// randomness or an accelerator failed.
pub fn unwrap<'a, C: Crypto>(
    key: &RsaKey,
    hash: OaepHash,
    random: &mut impl Random,
    wrapped: &'a mut [u8],
) -> Result<&'a [u8], CryptoError> {
    let (head, body) = wrapped
        .split_at_mut_checked(key.size().modulus_len())
        .ok_or(CryptoError::NotAuthentic)?;
    let mut ephemeral = Key256::zero();
    let len = key
        .decrypt_oaep::<C>(hash, head, random, ephemeral.as_mut_bytes())
        .map_err(|error| match error {
            CryptoError::Failed => CryptoError::Failed,
            _ => CryptoError::NotAuthentic,
        })?;
    if len != Key256::LEN {
        return Err(CryptoError::NotAuthentic);
    }
    kwp::unwrap(&C::Aes256::new(&ephemeral), body)
}
