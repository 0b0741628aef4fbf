//! The algorithms, one file each, behind traits of one operation set each, so that a board overrides single ones with
//! its hardware and what it does not use drops out at link time.
//!
//! *What this trusts:* its callers for fresh nonces. Every implementation passes [`crate::selftest`] at each start
//! before it touches a key.

mod aes256;
mod aes256_gcm;
mod hmac_drbg;
mod hmac_sha256;
mod key;
mod sha256;
mod stream;
mod xaes;

pub use aes256::SoftwareAes256;
pub use aes256_gcm::SoftwareAes256Gcm;
pub use hmac_drbg::{HmacDrbg, ReseedRequired};
pub use hmac_sha256::SoftwareHmacSha256;
pub use key::Key256;
pub use sha256::SoftwareSha256;
pub use stream::{AssociatedData, ChunkCipher};
pub use xaes::XaesKey;

use casemate_common::error::ErrorCode;
use casemate_common::record::{NONCE_LEN, TAG_LEN};

/// Bytes of an AES block.
pub const BLOCK_LEN: usize = 16;

/// Bytes of a SHA-256 digest.
pub const DIGEST_LEN: usize = 32;

/// The implementations that a board runs.
pub trait Crypto {
    /// AES-256 on single blocks, for key derivation.
    type Aes256: Aes256;
    /// AES-256-GCM, which does the bulk of the work.
    type Aes256Gcm: Aes256Gcm;
    /// HMAC-SHA-256, for the generator and for deriving keys.
    type HmacSha256: HmacSha256;
    /// SHA-256, for conditioning noise.
    type Sha256: Sha256;
}

/// Every algorithm in constant-time software.
#[derive(Debug, Clone, Copy)]
pub struct Software;

impl Crypto for Software {
    type Aes256 = SoftwareAes256;
    type Aes256Gcm = SoftwareAes256Gcm;
    type HmacSha256 = SoftwareHmacSha256;
    type Sha256 = SoftwareSha256;
}

/// The block cipher of FIPS 197 under one key, which it wipes when dropped.
pub trait Aes256 {
    /// Expands a key.
    fn new(key: &Key256) -> Self;

    /// Encrypts two blocks in place: software that works on several blocks at once does two for the price of one.
    fn encrypt_pair(&self, blocks: &mut [[u8; BLOCK_LEN]; 2]);
}

/// Why an operation gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CryptoError {
    /// The tag does not belong to these bytes; they are unchanged.
    NotAuthentic,
    /// The implementation broke down, or the input is longer than the algorithm allows.
    Failed,
}

impl From<CryptoError> for ErrorCode {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::NotAuthentic => Self::RecordInvalid,
            CryptoError::Failed => Self::SelfTestFailed,
        }
    }
}

/// The mode of NIST SP 800-38D with 96-bit nonces and 128-bit tags under one key, which it wipes when dropped.
pub trait Aes256Gcm {
    /// Expands a key.
    fn new(key: &Key256) -> Self;

    /// Encrypts `data` in place and gives its tag. A nonce must never be used twice under one key.
    ///
    /// # Errors
    /// [`CryptoError::Failed`].
    fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
    ) -> Result<[u8; TAG_LEN], CryptoError>;

    /// Checks the tag, then decrypts `data` in place.
    ///
    /// # Errors
    /// [`CryptoError`]; then `data` holds no plaintext.
    fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), CryptoError>;
}

/// The code of FIPS 198-1 under one key, which it wipes when dropped.
pub trait HmacSha256 {
    /// Takes a key.
    fn new(key: &Key256) -> Self;

    /// The code over the parts, one after the other.
    fn mac(&self, parts: &[&[u8]]) -> Key256;
}

/// The hash of FIPS 180-4, piece by piece.
pub trait Sha256: Default {
    /// Takes more input.
    fn update(&mut self, input: &[u8]);

    /// The hash over all of it.
    fn finish(self) -> [u8; DIGEST_LEN];
}
