use super::{HedgedNonces, POINT_LEN, SIGNATURE_LEN, Scalar, UNCOMPRESSED};
use crate::crypto::CryptoError;
use crate::crypto::ec::Ecdsa;
use core::marker::PhantomData;

/// The affine coordinates of a point of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct P256Point {
    /// The first coordinate.
    pub x: [u8; 32],
    /// The second coordinate.
    pub y: [u8; 32],
}

/// What a board's hardware computes on P-256. Numbers are big-endian; scalars are from 1 to the order less 1. Every method
/// fails with [`CryptoError::Failed`] when the hardware does.
pub trait P256Accelerator {
    /// The multiple of the base point.
    ///
    /// # Errors
    /// See the trait.
    fn multiple_of_base(scalar: &[u8; 32]) -> Result<P256Point, CryptoError>;

    /// Whether this is a point of the curve.
    ///
    /// # Errors
    /// See the trait.
    fn is_on_curve(point: &P256Point) -> Result<bool, CryptoError>;

    /// `r ‖ s` of FIPS 186-5 section 6.4.1, for a digest below the order; `None` when this nonce gives none.
    ///
    /// # Errors
    /// See the trait.
    fn sign(secret: &[u8; 32], digest: &[u8; 32], nonce: &[u8; 32]) -> Result<Option<[u8; 64]>, CryptoError>;

    /// Whether this signs a digest below the order, for a point of the curve.
    ///
    /// # Errors
    /// See the trait.
    fn verify(point: &P256Point, digest: &[u8; 32], signature: &[u8; 64]) -> Result<bool, CryptoError>;
}

/// P-256 by the accelerator `A`: what is parsed, which numbers are in range and where nonces come from is the same as in
/// software, and so is every signature. One is checked before it leaves, by the accelerator too.
pub struct AcceleratedP256<A>(PhantomData<A>);

impl<A: P256Accelerator> Ecdsa for AcceleratedP256<A> {
    fn public(secret: &[u8], point: &mut [u8]) -> Result<(), CryptoError> {
        let point: &mut [u8; POINT_LEN] = point.try_into().map_err(|_| CryptoError::TooLong)?;
        let P256Point { x, y } = A::multiple_of_base(in_range(secret)?)?;
        let bytes = [UNCOMPRESSED].into_iter().chain(x).chain(y);
        point.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        Ok(())
    }

    fn sign(secret: &[u8], digest: &[u8], hedge: &[u8], signature: &mut [u8]) -> Result<(), CryptoError> {
        let signature: &mut [u8; SIGNATURE_LEN] = signature.try_into().map_err(|_| CryptoError::TooLong)?;
        let secret = in_range(secret)?;
        let digest = Scalar::digest(digest).to_bytes();
        let mut nonces = HedgedNonces::new(secret, &digest, hedge);
        let made = loop {
            if let Some(made) = A::sign(secret, &digest, &*nonces.advance()?)? {
                break made;
            }
        };
        let point = A::multiple_of_base(secret)?;
        if !A::verify(&point, &digest, &made)? {
            return Err(CryptoError::Failed);
        }
        *signature = made;
        Ok(())
    }

    fn verify(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let point = parse(point).ok_or(CryptoError::InvalidKey)?;
        if !A::is_on_curve(&point)? {
            return Err(CryptoError::InvalidKey);
        }
        let signature: &[u8; SIGNATURE_LEN] = signature.try_into().map_err(|_| CryptoError::NotAuthentic)?;
        for half in signature.as_chunks::<32>().0 {
            in_range(half).map_err(|_| CryptoError::NotAuthentic)?;
        }
        if A::verify(&point, &Scalar::digest(digest).to_bytes(), signature)? {
            Ok(())
        } else {
            Err(CryptoError::NotAuthentic)
        }
    }
}

fn in_range(scalar: &[u8]) -> Result<&[u8; 32], CryptoError> {
    Scalar::secret(scalar)?;
    scalar.try_into().map_err(|_| CryptoError::InvalidKey)
}

fn parse(point: &[u8]) -> Option<P256Point> {
    let (tag, coordinates) = point.split_first()?;
    let coordinates: &[u8; 64] = coordinates.try_into().ok()?;
    let (x, y) = (coordinates.first_chunk()?, coordinates.last_chunk()?);
    (*tag == UNCOMPRESSED).then_some(P256Point { x: *x, y: *y })
}
