use super::{Curve, Ecdsa, HEDGE_LEN};
use crate::crypto::{Crypto, CryptoError, Digest, Random};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const MAX_SCALAR_LEN: usize = Curve::P521.scalar_len();
const MAX_POINT_LEN: usize = Curve::P521.point_len();
const MAX_SIGNATURE_LEN: usize = Curve::P521.signature_len();

/// Candidates for a private key until the generator must be broken: for the worst curve one in 2^32 is refused.
const MAX_TRIES: usize = 8;

/// A private key; never formatted, wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct EcKey {
    #[zeroize(skip)]
    curve: Curve,
    scalar: [u8; MAX_SCALAR_LEN],
}

impl EcKey {
    /// A new key: candidates are tested and thrown away until one is in range (FIPS 186-5 A.2.2).
    ///
    /// # Errors
    /// [`CryptoError::Failed`] when the source of random bytes failed.
    pub fn generate<C: Crypto>(curve: Curve, random: &mut impl Random) -> Result<Self, CryptoError> {
        let mut bytes = Zeroizing::new([0; MAX_SCALAR_LEN]);
        let candidate = bytes.get_mut(..curve.scalar_len()).unwrap_or_default();
        for _ in 0..MAX_TRIES {
            random.fill(candidate)?;
            if let (Curve::P521, Some(first)) = (curve, candidate.first_mut()) {
                *first &= 1;
            }
            match Self::parse::<C>(curve, candidate) {
                Err(CryptoError::InvalidKey) => {}
                done => return done,
            }
        }
        Err(CryptoError::Failed)
    }

    /// The key with this scalar: big-endian, [`Curve::scalar_len`] bytes.
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`] for another length or a scalar that is not in `1..n`.
    pub fn parse<C: Crypto>(curve: Curve, scalar: &[u8]) -> Result<Self, CryptoError> {
        let key = Self::trusted(curve, scalar)?;
        key.public::<C>()?;
        Ok(key)
    }

    /// As [`Self::parse`], and `point` must be its public key.
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`] when it is not, too.
    pub fn parse_pair<C: Crypto>(curve: Curve, scalar: &[u8], point: &[u8]) -> Result<Self, CryptoError> {
        let key = Self::trusted(curve, scalar)?;
        let same = key.public::<C>()?.as_bytes().ct_eq(point);
        if bool::from(same) {
            Ok(key)
        } else {
            Err(CryptoError::InvalidKey)
        }
    }

    /// A key that this device has parsed before, and whose bytes came back authenticated: spares computing its public
    /// key.
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`] for another length than [`Curve::scalar_len`].
    pub fn trusted(curve: Curve, scalar: &[u8]) -> Result<Self, CryptoError> {
        if scalar.len() != curve.scalar_len() {
            return Err(CryptoError::InvalidKey);
        }
        let mut key = Self {
            curve,
            scalar: [0; MAX_SCALAR_LEN],
        };
        key.scalar
            .iter_mut()
            .zip(scalar)
            .for_each(|(to, from)| *to = *from);
        Ok(key)
    }

    /// The curve it is for.
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The scalar, [`Curve::scalar_len`] bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.scalar.get(..self.curve.scalar_len()).unwrap_or_default()
    }

    /// Its public key.
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`] for a scalar that is not in `1..n`.
    pub fn public<C: Crypto>(&self) -> Result<EcPublic, CryptoError> {
        let mut public = EcPublic {
            curve: self.curve,
            point: [0; MAX_POINT_LEN],
        };
        let (secret, point) = (self.as_bytes(), public.as_mut_bytes());
        match self.curve {
            Curve::P256 => C::P256::public(secret, point),
            Curve::P384 => C::P384::public(secret, point),
            Curve::P521 => C::P521::public(secret, point),
        }?;
        Ok(public)
    }

    /// Signs a digest with a nonce hedged by fresh randomness.
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`]; [`CryptoError::Failed`] when randomness or the signature's check failed.
    pub fn sign<C: Crypto>(
        &self,
        digest: &Digest,
        random: &mut impl Random,
    ) -> Result<EcSignature, CryptoError> {
        let mut hedge = Zeroizing::new([0; HEDGE_LEN]);
        random.fill(&mut *hedge)?;
        let mut signature = EcSignature {
            curve: self.curve,
            bytes: [0; MAX_SIGNATURE_LEN],
        };
        let (secret, digest, output) = (self.as_bytes(), digest.as_bytes(), signature.as_mut_bytes());
        match self.curve {
            Curve::P256 => C::P256::sign(secret, digest, &*hedge, output),
            Curve::P384 => C::P384::sign(secret, digest, &*hedge, output),
            Curve::P521 => C::P521::sign(secret, digest, &*hedge, output),
        }?;
        Ok(signature)
    }
}

/// A public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EcPublic {
    curve: Curve,
    point: [u8; MAX_POINT_LEN],
}

impl EcPublic {
    /// The key with this uncompressed point. Whether it is on the curve, [`Self::verify`] finds out.
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`] for another length than [`Curve::point_len`].
    pub fn new(curve: Curve, point: &[u8]) -> Result<Self, CryptoError> {
        if point.len() != curve.point_len() {
            return Err(CryptoError::InvalidKey);
        }
        let mut bytes = [0; MAX_POINT_LEN];
        bytes.iter_mut().zip(point).for_each(|(to, from)| *to = *from);
        Ok(Self { curve, point: bytes })
    }

    /// The curve it is for.
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The uncompressed point `04 ‖ x ‖ y`, [`Curve::point_len`] bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.point.get(..self.curve.point_len()).unwrap_or_default()
    }

    /// Checks a signature `r ‖ s` over a digest.
    ///
    /// # Errors
    /// [`CryptoError::NotAuthentic`]; [`CryptoError::InvalidKey`] when this is not a point of the curve.
    pub fn verify<C: Crypto>(&self, digest: &Digest, signature: &[u8]) -> Result<(), CryptoError> {
        let (point, digest) = (self.as_bytes(), digest.as_bytes());
        match self.curve {
            Curve::P256 => C::P256::verify(point, digest, signature),
            Curve::P384 => C::P384::verify(point, digest, signature),
            Curve::P521 => C::P521::verify(point, digest, signature),
        }
    }

    fn as_mut_bytes(&mut self) -> &mut [u8] {
        self.point.get_mut(..self.curve.point_len()).unwrap_or_default()
    }
}

/// A signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EcSignature {
    curve: Curve,
    bytes: [u8; MAX_SIGNATURE_LEN],
}

impl EcSignature {
    /// `r ‖ s`, [`Curve::signature_len`] bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.curve.signature_len()).unwrap_or_default()
    }

    fn as_mut_bytes(&mut self) -> &mut [u8] {
        self.bytes
            .get_mut(..self.curve.signature_len())
            .unwrap_or_default()
    }
}
