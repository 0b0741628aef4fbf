use super::blob::Private;
use crate::crypto::ec::{Curve, EcKey};
use crate::crypto::{Crypto, Key256, Random};
use casemate_common::blob::KeyType;
use casemate_common::error::ErrorCode;

/// The public part of a key, as it stands in the blob.
pub(crate) type Public = heapless::Vec<u8, { KeyType::MAX_PUBLIC_LEN }>;

/// A key itself; wiped when dropped.
pub(crate) enum Material {
    Secret(Key256),
    Ec(EcKey),
}

/// What a type of key is made of.
enum Family {
    Secret,
    Ec(Curve),
    Rsa,
}

impl Material {
    /// A new key, of a type that takes no time to make.
    pub(crate) fn generate<C: Crypto>(kind: KeyType, random: &mut impl Random) -> Result<Self, ErrorCode> {
        match family(kind) {
            Family::Secret => {
                let mut key = Key256::zero();
                random.fill(key.as_mut_bytes())?;
                Ok(Self::Secret(key))
            }
            Family::Ec(curve) => Ok(Self::Ec(EcKey::generate::<C>(curve, random)?)),
            Family::Rsa => Err(ErrorCode::UnsupportedAlgorithm),
        }
    }

    /// A key that comes in: the bytes of a secret one.
    ///
    /// # Errors
    /// [`ErrorCode::KeyMaterialInvalid`] when it is no key of this type.
    pub(crate) fn import(kind: KeyType, material: &[u8]) -> Result<Self, ErrorCode> {
        match family(kind) {
            Family::Secret => secret(material).map(Self::Secret),
            Family::Ec(_) | Family::Rsa => Err(ErrorCode::UnsupportedAlgorithm),
        }
    }

    /// A key from a blob that has been authenticated.
    pub(crate) fn trusted(kind: KeyType, private: &[u8]) -> Result<Self, ErrorCode> {
        match family(kind) {
            Family::Secret => secret(private).map(Self::Secret),
            Family::Ec(curve) => Ok(Self::Ec(EcKey::trusted(curve, private)?)),
            Family::Rsa => Err(ErrorCode::UnsupportedAlgorithm),
        }
    }

    /// What stands in the clear in its blob.
    pub(crate) fn public<C: Crypto>(&self) -> Result<Public, ErrorCode> {
        let mut public = Public::new();
        match self {
            Self::Secret(_) => Ok(()),
            Self::Ec(key) => public.extend_from_slice(key.public::<C>()?.as_bytes()),
        }
        .map_err(|_| ErrorCode::TooLarge)?;
        Ok(public)
    }

    /// What is sealed in its blob.
    pub(crate) fn private(&self) -> Result<Private, ErrorCode> {
        let mut private = Private::default();
        match self {
            Self::Secret(key) => private.extend_from_slice(key.as_bytes()),
            Self::Ec(key) => private.extend_from_slice(key.as_bytes()),
        }
        .map_err(|_| ErrorCode::TooLarge)?;
        Ok(private)
    }

    /// The key of a secret type.
    ///
    /// # Errors
    /// [`ErrorCode::UnsupportedAlgorithm`] for the others.
    pub(crate) fn secret(&self) -> Result<&Key256, ErrorCode> {
        match self {
            Self::Secret(key) => Ok(key),
            Self::Ec(_) => Err(ErrorCode::UnsupportedAlgorithm),
        }
    }
}

fn secret(bytes: &[u8]) -> Result<Key256, ErrorCode> {
    let bytes = bytes.try_into().map_err(|_| ErrorCode::KeyMaterialInvalid)?;
    Ok(Key256::new(bytes))
}

const fn family(kind: KeyType) -> Family {
    match kind {
        KeyType::Aes256 => Family::Secret,
        KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => Family::Rsa,
        KeyType::P256 => Family::Ec(Curve::P256),
        KeyType::P384 => Family::Ec(Curve::P384),
        KeyType::P521 => Family::Ec(Curve::P521),
    }
}
