use super::blob::{Private, append};
use crate::crypto::ec::{Curve, EcKey, EcPublic};
use crate::crypto::rsa::{MAX_MODULUS_LEN, RsaKey, RsaParts, RsaPublic, RsaSize};
use crate::crypto::{Crypto, CryptoError, Key256, Random};
use casemate_common::blob::{HmacKey, KeyType};
use casemate_common::error::ErrorCode;
use zeroize::Zeroizing;

/// The public part of a key, as it stands in the blob.
pub(crate) type Public = heapless::Vec<u8, { KeyType::MAX_PUBLIC_LEN }>;

/// A key as it leaves, wrapped: the bytes of a secret one, PKCS#8 of the others.
pub(crate) type Export = Zeroizing<heapless::Vec<u8, { RsaKey::MAX_PKCS8_LEN }>>;

/// SubjectPublicKeyInfo of a key.
pub(crate) type Spki = heapless::Vec<u8, { RsaPublic::MAX_SPKI_LEN }>;

/// A key itself; wiped when dropped.
#[expect(
    clippy::large_enum_variant,
    reason = "there is no heap to move the larger one to"
)]
pub(crate) enum Material {
    Secret(Key256),
    Hmac(HmacKey),
    Ec(EcKey),
    Rsa(RsaKey),
}

/// What a type of key is made of.
pub(crate) enum Family {
    Secret,
    Hmac,
    Ec(Curve),
    Rsa(RsaSize),
}

impl Family {
    pub(crate) const fn of(kind: KeyType) -> Self {
        match kind {
            KeyType::Aes256 => Self::Secret,
            KeyType::Hmac => Self::Hmac,
            KeyType::Rsa2048 => Self::Rsa(RsaSize::Rsa2048),
            KeyType::Rsa3072 => Self::Rsa(RsaSize::Rsa3072),
            KeyType::Rsa4096 => Self::Rsa(RsaSize::Rsa4096),
            KeyType::P256 => Self::Ec(Curve::P256),
            KeyType::P384 => Self::Ec(Curve::P384),
            KeyType::P521 => Self::Ec(Curve::P521),
        }
    }
}

impl Material {
    /// A new secret key.
    pub(crate) fn secret_from(random: &mut impl Random) -> Result<Self, ErrorCode> {
        let mut key = Key256::zero();
        random.fill(key.as_mut_bytes())?;
        Ok(Self::Secret(key))
    }

    /// A new key for HMAC, as long as the hash.
    pub(crate) fn code_key_from(random: &mut impl Random) -> Result<Self, ErrorCode> {
        let mut key = Key256::zero();
        random.fill(key.as_mut_bytes())?;
        HmacKey::new(key.as_bytes()).map(Self::Hmac)
    }

    /// A key that comes in: the bytes of a secret one, PKCS#8 of the others.
    ///
    /// # Errors
    /// [`ErrorCode::KeyMaterialInvalid`] when it is no key of this type.
    pub(crate) fn import<C: Crypto>(kind: KeyType, material: &[u8]) -> Result<Self, ErrorCode> {
        match Family::of(kind) {
            Family::Secret => secret(material).map(Self::Secret),
            Family::Hmac => HmacKey::new(material).map(Self::Hmac),
            Family::Ec(curve) => {
                let key = EcKey::from_pkcs8::<C>(material)?;
                of_type(key.curve() == curve, Self::Ec(key))
            }
            Family::Rsa(size) => {
                let key = RsaKey::from_pkcs8(material)?;
                of_type(key.size() == size, Self::Rsa(key))
            }
        }
    }

    /// A key from a blob that has been authenticated.
    pub(crate) fn trusted(kind: KeyType, public: &[u8], private: &[u8]) -> Result<Self, ErrorCode> {
        match Family::of(kind) {
            Family::Secret => secret(private).map(Self::Secret),
            Family::Hmac => HmacKey::from_private(private).map(Self::Hmac),
            Family::Ec(curve) => Ok(Self::Ec(EcKey::trusted(curve, private)?)),
            Family::Rsa(size) => {
                let parts = rsa_parts(size, public, private).ok_or(ErrorCode::KeyInvalid)?;
                Ok(Self::Rsa(RsaKey::trusted(size, &parts)?))
            }
        }
    }

    /// What stands in the clear in its blob.
    pub(crate) fn public<C: Crypto>(&self) -> Result<Public, ErrorCode> {
        let mut public = Public::new();
        match self {
            Self::Secret(_) | Self::Hmac(_) => {}
            Self::Ec(key) => append(&mut public, &[key.public::<C>()?.as_bytes()])?,
            Self::Rsa(key) => {
                let key = key.public()?;
                let mut modulus = [0; MAX_MODULUS_LEN];
                let modulus = key.write_modulus(&mut modulus)?;
                append(&mut public, &[&key.exponent().to_be_bytes(), modulus])?;
            }
        }
        Ok(public)
    }

    /// What is sealed in its blob.
    pub(crate) fn private(&self) -> Result<Private, ErrorCode> {
        let mut private = Private::default();
        match self {
            Self::Secret(key) => append(&mut private, &[key.as_bytes()])?,
            Self::Hmac(key) => append(&mut private, &[key.as_private()])?,
            Self::Ec(key) => append(&mut private, &[key.as_bytes()])?,
            Self::Rsa(key) => {
                let len = key.size().prime_len().saturating_mul(5);
                private.resize(len, 0).map_err(|_| ErrorCode::TooLarge)?;
                key.write_parts(&mut private)?;
            }
        }
        Ok(private)
    }

    /// What leaves when the key is wrapped for somebody.
    pub(crate) fn export<C: Crypto>(&self) -> Result<Export, ErrorCode> {
        let mut export = Export::default();
        match self {
            Self::Secret(key) => append(&mut export, &[key.as_bytes()])?,
            Self::Hmac(key) => append(&mut export, &[key.as_bytes()])?,
            Self::Ec(key) => fill(&mut export, |target| key.write_pkcs8::<C>(target))?,
            Self::Rsa(key) => fill(&mut export, |target| key.write_pkcs8(target))?,
        }
        Ok(export)
    }

    /// The key of a secret type.
    ///
    /// # Errors
    /// [`ErrorCode::UnsupportedAlgorithm`] for the others.
    pub(crate) fn secret(&self) -> Result<&Key256, ErrorCode> {
        match self {
            Self::Secret(key) => Ok(key),
            Self::Hmac(_) | Self::Ec(_) | Self::Rsa(_) => Err(ErrorCode::UnsupportedAlgorithm),
        }
    }

    /// The bytes of a key for authentication codes.
    ///
    /// # Errors
    /// [`ErrorCode::UnsupportedAlgorithm`] for asymmetric keys.
    pub(crate) fn for_codes(&self) -> Result<&[u8], ErrorCode> {
        match self {
            Self::Secret(key) => Ok(key.as_bytes()),
            Self::Hmac(key) => Ok(key.as_bytes()),
            Self::Ec(_) | Self::Rsa(_) => Err(ErrorCode::UnsupportedAlgorithm),
        }
    }

    /// The key of an RSA type.
    ///
    /// # Errors
    /// [`ErrorCode::UnsupportedAlgorithm`] for the others.
    pub(crate) fn rsa(&self) -> Result<&RsaKey, ErrorCode> {
        match self {
            Self::Rsa(key) => Ok(key),
            Self::Secret(_) | Self::Hmac(_) | Self::Ec(_) => Err(ErrorCode::UnsupportedAlgorithm),
        }
    }
}

/// The public key in the clear part of a blob, for everybody; nothing for secret keys.
pub(crate) fn spki(kind: KeyType, public: &[u8]) -> Result<Spki, ErrorCode> {
    let mut spki = Spki::new();
    spki.resize(RsaPublic::MAX_SPKI_LEN, 0)
        .map_err(|_| ErrorCode::TooLarge)?;
    let len = match Family::of(kind) {
        Family::Secret | Family::Hmac => 0,
        Family::Ec(curve) => EcPublic::new(curve, public)?.write_spki(&mut spki)?,
        Family::Rsa(_) => {
            let (e, n) = public.split_first_chunk().ok_or(ErrorCode::KeyInvalid)?;
            RsaPublic::new(n, u32::from_be_bytes(*e))?.write_spki(&mut spki)?
        }
    };
    spki.truncate(len);
    Ok(spki)
}

fn fill(
    export: &mut Export,
    write: impl FnOnce(&mut [u8]) -> Result<usize, CryptoError>,
) -> Result<(), ErrorCode> {
    export
        .resize(RsaKey::MAX_PKCS8_LEN, 0)
        .map_err(|_| ErrorCode::TooLarge)?;
    let len = write(export)?;
    export.truncate(len);
    Ok(())
}

fn rsa_parts<'a>(size: RsaSize, public: &[u8], private: &'a [u8]) -> Option<RsaParts<'a>> {
    let (e, _) = public.split_first_chunk()?;
    let mut halves = private.chunks_exact(size.prime_len());
    Some(RsaParts {
        e: u32::from_be_bytes(*e),
        p: halves.next()?,
        q: halves.next()?,
        dp: halves.next()?,
        dq: halves.next()?,
        q_inverse: halves.next()?,
    })
}

fn secret(bytes: &[u8]) -> Result<Key256, ErrorCode> {
    let bytes = bytes.try_into().map_err(|_| ErrorCode::KeyMaterialInvalid)?;
    Ok(Key256::new(bytes))
}

fn of_type(right: bool, material: Material) -> Result<Material, ErrorCode> {
    if right {
        Ok(material)
    } else {
        Err(ErrorCode::KeyMaterialInvalid)
    }
}
