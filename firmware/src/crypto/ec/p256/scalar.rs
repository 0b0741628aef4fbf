use super::element::{Base, Element, Order};
use crate::crypto::CryptoError;
use crate::crypto::bignum::Limb;
use subtle::{Choice, ConstantTimeEq};
use zeroize::DefaultIsZeroes;

pub(super) use super::element::LEN;

/// The order, the most significant byte first.
const ORDER: [u8; LEN] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
/// The prime of the coordinates less the order: 2^128 and more.
const BASE_LESS_ORDER: [u8; LEN] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x43, 0x19, 0x05, 0x53, 0x58, 0xe8, 0x61, 0x7b, 0x0c,
    0x46, 0x35, 0x3d, 0x03, 0x9c, 0xda, 0xae,
];

/// A number modulo the order of the base point.
#[derive(Clone, Copy, Default)]
pub(super) struct Scalar(Element<Order>);

impl DefaultIsZeroes for Scalar {}

impl Scalar {
    /// 1: the number that is 2^256 modulo the order in Montgomery form.
    pub(super) const ONE: Self = Self(Element::from_words([
        0x0c46_353d_039c_daaf,
        0x4319_0552_58e8_617b,
        0x0000_0000_0000_0000,
        0x0000_0000_ffff_ffff,
    ]));

    /// A scalar from 1 to the order less 1.
    pub(super) fn secret(bytes: &[u8]) -> Result<Self, CryptoError> {
        let bytes = bytes.try_into().map_err(|_| CryptoError::InvalidKey)?;
        let element = Element::parse(bytes).ok_or(CryptoError::InvalidKey)?;
        if bool::from(element.is_zero()) {
            return Err(CryptoError::InvalidKey);
        }
        Ok(Self(element))
    }

    /// The leftmost 256 bits of a digest, modulo the order: FIPS 186-5 section 6.4.1, step 2.
    pub(super) fn digest(digest: &[u8]) -> Self {
        let mut bytes = [0; LEN];
        let len = digest.len().min(LEN);
        let places = bytes.iter_mut().skip(LEN.saturating_sub(len));
        places.zip(digest).for_each(|(to, from)| *to = *from);
        Self(Element::reduced(&bytes))
    }

    /// A coordinate modulo the order.
    pub(super) fn from_base(x: &Element<Base>) -> Self {
        Self(Element::reduced(&x.to_bytes()))
    }

    /// The same number as a coordinate.
    pub(super) fn to_base(self) -> Element<Base> {
        Element::reduced(&self.to_bytes())
    }

    /// The other coordinate that is this number modulo the order; seldom there is one.
    pub(super) fn to_base_plus_order(self) -> Option<Element<Base>> {
        let order = Element::reduced(&ORDER);
        (self.to_bytes() < BASE_LESS_ORDER).then(|| self.to_base().plus(&order))
    }

    pub(super) fn to_bytes(self) -> [u8; LEN] {
        self.0.to_bytes()
    }

    /// The number itself, the least significant limb first.
    pub(super) fn to_limbs(self) -> [Limb; LEN / size_of::<Limb>()] {
        self.0.to_limbs()
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        Self(self.0.plus(&other.0))
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        Self(self.0.times(&other.0))
    }

    pub(super) fn inverse(&self) -> Self {
        Self(self.0.inverse())
    }

    pub(super) fn is_zero(&self) -> Choice {
        self.0.is_zero()
    }

    /// A scalar given in Montgomery form.
    pub(super) const fn from_words(words: [u64; 4]) -> Self {
        Self(Element::from_words(words))
    }
}

impl ConstantTimeEq for Scalar {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}
