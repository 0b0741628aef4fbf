use super::Hash;
use crate::crypto::{Crypto, CryptoError};

/// The hashes that signatures are made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashAlgorithm {
    /// SHA-256 of FIPS 180-4.
    Sha256,
    /// SHA-384 of FIPS 180-4.
    Sha384,
    /// SHA-512 of FIPS 180-4.
    Sha512,
}

impl HashAlgorithm {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Bytes of its output.
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// The output of a hash, which it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    algorithm: HashAlgorithm,
    bytes: [u8; Self::MAX_LEN],
}

impl Digest {
    /// Bytes of the longest one.
    pub const MAX_LEN: usize = 64;

    /// A digest that the caller made.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] when its length is not the algorithm's.
    pub fn new(algorithm: HashAlgorithm, digest: &[u8]) -> Result<Self, CryptoError> {
        if digest.len() != algorithm.digest_len() {
            return Err(CryptoError::Malformed);
        }
        let mut bytes = [0; Self::MAX_LEN];
        bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
        Ok(Self { algorithm, bytes })
    }

    /// What made it.
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// Its bytes, as many as the algorithm gives.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.algorithm.digest_len()).unwrap_or_default()
    }
}

/// Hashes a message that comes piece by piece.
pub enum Hasher<C: Crypto> {
    /// With SHA-256.
    Sha256(C::Sha256),
    /// With SHA-384.
    Sha384(C::Sha384),
    /// With SHA-512.
    Sha512(C::Sha512),
}

// Not derived: the suite itself is never copied.
impl<C: Crypto> Clone for Hasher<C> {
    fn clone(&self) -> Self {
        match self {
            Self::Sha256(hash) => Self::Sha256(hash.clone()),
            Self::Sha384(hash) => Self::Sha384(hash.clone()),
            Self::Sha512(hash) => Self::Sha512(hash.clone()),
        }
    }
}

impl<C: Crypto> Hasher<C> {
    /// Begins a message.
    pub fn new(algorithm: HashAlgorithm) -> Self {
        match algorithm {
            HashAlgorithm::Sha256 => Self::Sha256(C::Sha256::default()),
            HashAlgorithm::Sha384 => Self::Sha384(C::Sha384::default()),
            HashAlgorithm::Sha512 => Self::Sha512(C::Sha512::default()),
        }
    }

    /// Takes more of the message.
    pub fn update(&mut self, input: &[u8]) {
        match self {
            Self::Sha256(hash) => hash.update(input),
            Self::Sha384(hash) => hash.update(input),
            Self::Sha512(hash) => hash.update(input),
        }
    }

    /// The digest over all of it.
    pub fn finish(self) -> Digest {
        match self {
            Self::Sha256(hash) => digest(HashAlgorithm::Sha256, &hash.finish()),
            Self::Sha384(hash) => digest(HashAlgorithm::Sha384, &hash.finish()),
            Self::Sha512(hash) => digest(HashAlgorithm::Sha512, &hash.finish()),
        }
    }

    /// The digest of the parts, one after the other.
    pub fn digest(algorithm: HashAlgorithm, parts: &[&[u8]]) -> Digest {
        let mut hasher = Self::new(algorithm);
        parts.iter().for_each(|part| hasher.update(part));
        hasher.finish()
    }
}

fn digest<const LEN: usize>(algorithm: HashAlgorithm, output: &[u8; LEN]) -> Digest {
    let mut bytes = [0; Digest::MAX_LEN];
    bytes.iter_mut().zip(output).for_each(|(to, from)| *to = *from);
    Digest { algorithm, bytes }
}
