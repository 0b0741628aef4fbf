//! The algorithms, one file each, behind traits of one operation set each, so that a board overrides single ones with
//! its hardware and what it does not use drops out at link time.
//!
//! *What this trusts:* its callers for fresh nonces. Every implementation passes [`crate::selftest`] after each
//! start before it touches a key.

mod aes256;
mod aes256_gcm;
pub mod bignum;
mod der;
pub mod ec;
mod hash;
mod hmac_drbg;
mod hmac_sha256;
mod key;
pub mod kwp;
mod random;
pub mod rsa;
pub mod rsa_aes;
mod stream;
mod x25519;
mod xaes;

pub use aes256::SoftwareAes256;
pub use aes256_gcm::SoftwareAes256Gcm;
pub use hash::{Digest, Hash, HashAlgorithm, Hasher, SoftwareHash};
pub use hmac_drbg::{HmacDrbg, ReseedRequired};
pub use hmac_sha256::{SoftwareHmacSha256, SoftwareMacStream};
pub use key::Key256;
pub use random::Random;
pub use stream::{AssociatedData, ChunkCipher};
pub use x25519::{SoftwareX25519, X25519};
pub use xaes::XaesKey;

use crate::platform::EntropyError;
use casemate_common::error::ErrorCode;
use casemate_common::record::{NONCE_LEN, TAG_LEN};

/// Bytes of an AES block.
pub const BLOCK_LEN: usize = 16;

/// The implementations that a board runs.
pub trait Crypto: 'static {
    /// AES-256 on single blocks, for key derivation.
    type Aes256: Aes256;
    /// AES-256-GCM, which does the bulk of the work.
    type Aes256Gcm: Aes256Gcm;
    /// HMAC-SHA-256, for the generator and for deriving keys.
    type HmacSha256: HmacSha256;
    /// Modular exponentiation, for RSA.
    type ModExp: rsa::ModExp;
    /// ECDSA with P-256.
    type P256: ec::Ecdsa;
    /// ECDSA with P-384.
    type P384: ec::Ecdsa;
    /// ECDSA with P-521.
    type P521: ec::Ecdsa;
    /// SHA-1, only inside RSA-OAEP, where clouds demand it and its collisions do no harm.
    type Sha1: Hash<20>;
    /// SHA-256, for conditioning noise and for signatures.
    type Sha256: Hash<32>;
    /// SHA-384, for signatures.
    type Sha384: Hash<48>;
    /// SHA-512, for signatures.
    type Sha512: Hash<64>;
    /// X25519, for the channel to the host.
    type X25519: X25519;
}

/// Every algorithm in constant-time software.
#[derive(Debug, Clone, Copy)]
pub struct Software;

impl Crypto for Software {
    type Aes256 = SoftwareAes256;
    type Aes256Gcm = SoftwareAes256Gcm;
    type HmacSha256 = SoftwareHmacSha256;
    type ModExp = rsa::SoftwareModExp;
    type P256 = ec::SoftwareP256;
    type P384 = ec::SoftwareP384;
    type P521 = ec::SoftwareP521;
    type Sha1 = SoftwareHash<sha1::Sha1>;
    type Sha256 = SoftwareHash<sha2::Sha256>;
    type Sha384 = SoftwareHash<sha2::Sha384>;
    type Sha512 = SoftwareHash<sha2::Sha512>;
    type X25519 = SoftwareX25519;
}

/// The block cipher of FIPS 197 under one key, which it wipes when dropped.
pub trait Aes256 {
    /// Expands a key.
    fn new(key: &Key256) -> Self;

    /// Encrypts two blocks in place: software that works on several blocks at once does two for the price of one.
    fn encrypt_pair(&self, blocks: &mut [[u8; BLOCK_LEN]; 2]);

    /// Encrypts one block in place.
    fn encrypt(&self, block: &mut [u8; BLOCK_LEN]);

    /// Decrypts one block in place.
    fn decrypt(&self, block: &mut [u8; BLOCK_LEN]);
}

/// Why an operation gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CryptoError {
    /// The tag, signature or padding does not belong to these bytes, which hold no plaintext.
    NotAuthentic,
    /// The implementation broke down, or the input is longer than the algorithm allows.
    Failed,
    /// The key is not one: of a kind or size that is not supported, out of range, or its parts contradict each other.
    InvalidKey,
    /// The input is not of the shape or length that the algorithm takes.
    Malformed,
    /// The input does not fit the key or the output buffer.
    TooLong,
}

impl From<EntropyError> for CryptoError {
    fn from(_: EntropyError) -> Self {
        Self::Failed
    }
}

impl From<CryptoError> for ErrorCode {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::NotAuthentic => Self::RecordInvalid,
            CryptoError::Failed => Self::SelfTestFailed,
            CryptoError::InvalidKey => Self::KeyMaterialInvalid,
            CryptoError::Malformed => Self::MalformedRequest,
            CryptoError::TooLong => Self::TooLarge,
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
    /// A code in the making.
    type Stream: MacStream + Clone;

    /// Takes a key of any length.
    fn keyed(key: &[u8]) -> Self;

    /// Takes a key.
    fn new(key: &Key256) -> Self
    where
        Self: Sized,
    {
        Self::keyed(key.as_bytes())
    }

    /// Begins a code over input that comes piece by piece.
    fn begin(&self) -> Self::Stream;

    /// The code over the parts, one after the other.
    fn mac(&self, parts: &[&[u8]]) -> Key256 {
        let mut stream = self.begin();
        parts.iter().for_each(|part| stream.update(part));
        stream.finish()
    }
}

/// A code over input that comes piece by piece.
pub trait MacStream {
    /// Takes more input.
    fn update(&mut self, input: &[u8]);

    /// The code over all of it. Compare it with `subtle`, never with `==`.
    fn finish(self) -> Key256;
}
