use super::{HmacKey, Usages};
use serde::{Deserialize, Serialize};

/// What kind of key a blob holds. The number stands in the blob and is never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum KeyType {
    /// 256 secret bits, for AES; for HMAC-SHA-256 too, which [`Self::Hmac`] is made for.
    Aes256 = 1,
    /// RSA with a modulus of 2048 bits.
    Rsa2048 = 2,
    /// RSA with a modulus of 3072 bits.
    Rsa3072 = 3,
    /// RSA with a modulus of 4096 bits.
    Rsa4096 = 4,
    /// ECDSA on NIST P-256.
    P256 = 5,
    /// ECDSA on NIST P-384.
    P384 = 6,
    /// ECDSA on NIST P-521.
    P521 = 7,
    /// A secret of any length that [`HmacKey`] allows, for HMAC-SHA-256.
    Hmac = 8,
}

impl KeyType {
    /// Every type, in the order of the numbers.
    pub const ALL: [Self; 8] = [
        Self::Aes256,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::P256,
        Self::P384,
        Self::P521,
        Self::Hmac,
    ];

    /// Most bytes of a private part.
    pub const MAX_PRIVATE_LEN: usize = Self::Rsa4096.private_len();

    /// Most bytes of a public part.
    pub const MAX_PUBLIC_LEN: usize = Self::Rsa4096.public_len();

    /// The type with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }

    /// The usages that make sense for it.
    pub const fn possible_usages(self) -> Usages {
        match self {
            Self::Aes256 => Usages::OF_SECRETS,
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => Usages::OF_RSA,
            Self::P256 | Self::P384 | Self::P521 => Usages::OF_SIGNERS,
            Self::Hmac => Usages::OF_CODERS,
        }
    }

    /// Bytes of an RSA key's modulus, and so of its signatures and ciphertexts.
    pub const fn modulus_len(self) -> Option<usize> {
        match self {
            Self::Rsa2048 => Some(256),
            Self::Rsa3072 => Some(384),
            Self::Rsa4096 => Some(512),
            Self::Aes256 | Self::P256 | Self::P384 | Self::P521 | Self::Hmac => None,
        }
    }

    /// Bytes of the public part.
    pub const fn public_len(self) -> usize {
        match self {
            Self::Aes256 | Self::Hmac => 0,
            Self::Rsa2048 => 260,
            Self::Rsa3072 => 388,
            Self::Rsa4096 => 516,
            Self::P256 => 65,
            Self::P384 => 97,
            Self::P521 => 133,
        }
    }

    /// Bytes of the private part.
    pub const fn private_len(self) -> usize {
        match self {
            Self::Aes256 | Self::P256 => 32,
            Self::Rsa2048 => 640,
            Self::Rsa3072 => 960,
            Self::Rsa4096 => 1280,
            Self::P384 => 48,
            Self::P521 => 66,
            Self::Hmac => HmacKey::PRIVATE_LEN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::KeyType;

    #[test]
    fn numbers_name_their_types() {
        for kind in KeyType::ALL {
            assert_eq!(KeyType::from_number(kind as u8), Some(kind));
        }
        assert_eq!((KeyType::from_number(0), KeyType::from_number(9)), (None, None));
    }

    #[test]
    fn rsa_parts_follow_from_the_modulus() {
        for kind in KeyType::ALL {
            if let Some(len) = kind.modulus_len() {
                assert_eq!((kind.public_len(), kind.private_len()), (4 + len, 5 * len / 2));
            }
        }
    }
}
