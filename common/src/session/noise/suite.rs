use super::{PublicKey, Secret};
use crate::record::{NONCE_LEN, TAG_LEN};

/// The cryptography of one side of a channel.
pub trait Suite {
    /// AES-256-GCM.
    type Cipher: Cipher;

    /// SHA-256 over the parts, one after the other.
    fn hash(parts: &[&[u8]]) -> [u8; 32];

    /// HMAC-SHA-256 over the parts, one after the other.
    fn hmac(key: &Secret, parts: &[&[u8]]) -> Secret;

    /// The public key of X25519 that belongs to a private key.
    fn public_key(private: &Secret) -> PublicKey;

    /// X25519's shared secret; `None` when it is zero, which only a public key of small order yields.
    fn agree(private: &Secret, public: &PublicKey) -> Option<Secret>;
}

/// The cipher broke down, or a tag does not belong to its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CipherError;

/// AES-256-GCM under one key, which it wipes when dropped.
pub trait Cipher {
    /// Expands a key.
    fn new(key: &Secret) -> Self;

    /// Encrypts `data` in place and gives its tag.
    ///
    /// # Errors
    /// [`CipherError`] when the implementation broke down.
    fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
    ) -> Result<[u8; TAG_LEN], CipherError>;

    /// Checks the tag, then decrypts `data` in place.
    ///
    /// # Errors
    /// [`CipherError`] when the tag does not belong to it; then `data` holds no plaintext.
    fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), CipherError>;
}

/// Noise's nonce for AES-GCM: 32 zero bits and the counter, big endian (revision 34, section 12.3).
pub(super) const fn nonce(counter: u64) -> [u8; NONCE_LEN] {
    let [a, b, c, d, e, f, g, h] = counter.to_be_bytes();
    [0, 0, 0, 0, a, b, c, d, e, f, g, h]
}
