use crate::crypto::bignum::Limb;

pub(super) const HALF_2048: usize = limbs(1024);
pub(super) const FULL_2048: usize = limbs(2048);
pub(super) const HALF_3072: usize = limbs(1536);
pub(super) const FULL_3072: usize = limbs(3072);
pub(super) const HALF_4096: usize = limbs(2048);
pub(super) const FULL_4096: usize = limbs(4096);

const fn limbs(bits: usize) -> usize {
    bits >> Limb::BITS.trailing_zeros()
}

/// Bits of a private key's modulus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsaSize {
    /// 2048.
    Rsa2048,
    /// 3072.
    Rsa3072,
    /// 4096.
    Rsa4096,
}

impl RsaSize {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Rsa2048, Self::Rsa3072, Self::Rsa4096];

    /// The size with this many bytes of modulus.
    pub const fn from_modulus_len(len: usize) -> Option<Self> {
        match len {
            256 => Some(Self::Rsa2048),
            384 => Some(Self::Rsa3072),
            512 => Some(Self::Rsa4096),
            _ => None,
        }
    }

    /// Bytes of the modulus, of a signature and of a ciphertext.
    pub const fn modulus_len(self) -> usize {
        match self {
            Self::Rsa2048 => 256,
            Self::Rsa3072 => 384,
            Self::Rsa4096 => 512,
        }
    }

    /// Bytes of a prime.
    pub const fn prime_len(self) -> usize {
        self.modulus_len() >> 1
    }
}
