//! ECDSA with P-256, which gets used most, on arithmetic of its own: the other curves' generic one takes twelve times
//! as long. A board with an accelerator for it brings a [`P256Accelerator`], and leaves to the firmware what is not
//! arithmetic.

mod accelerated;
mod comb;
mod element;
mod inverse;
mod jacobian;
mod limbs;
mod nonces;
mod point;
mod scalar;
mod table;

use super::Ecdsa;
use crate::crypto::CryptoError;
pub use accelerated::{AcceleratedP256, P256Accelerator, P256Point};
use comb::multiple_of_base;
use element::{Base, Element};
use nonces::HedgedNonces;
use point::Point;
use scalar::{LEN, Scalar};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

const POINT_LEN: usize = 65;
const SIGNATURE_LEN: usize = 64;
/// The first byte of an uncompressed point: SEC 1 section 2.3.3.
const UNCOMPRESSED: u8 = 4;

/// P-256 in software.
pub struct SoftwareP256;

impl Ecdsa for SoftwareP256 {
    #[inline(never)]
    fn public(secret: &[u8], point: &mut [u8]) -> Result<(), CryptoError> {
        let point: &mut [u8; POINT_LEN] = point.try_into().map_err(|_| CryptoError::TooLong)?;
        let (x, y) = multiple_of_base(&Scalar::secret(secret)?).affine();
        let [x, y] = [x, y].map(|coordinate| coordinate.to_bytes());
        let bytes = [UNCOMPRESSED].into_iter().chain(x).chain(y);
        point.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        Ok(())
    }

    #[inline(never)]
    fn sign(secret: &[u8], digest: &[u8], hedge: &[u8], signature: &mut [u8]) -> Result<(), CryptoError> {
        let signature: &mut [u8; SIGNATURE_LEN] = signature.try_into().map_err(|_| CryptoError::TooLong)?;
        let (mut secret, digest) = (Scalar::secret(secret)?, Scalar::digest(digest));
        let bytes = Zeroizing::new(secret.to_bytes());
        let mut nonces = HedgedNonces::new(&bytes, &digest.to_bytes(), hedge);
        let result = loop {
            let mut nonce = Scalar::secret(&*nonces.advance()?)?;
            let signed = sign_with(&secret, &digest, &nonce);
            nonce.zeroize();
            if let Some(signed) = signed.transpose() {
                break signed;
            }
        };
        secret.zeroize();
        let bytes = result?.map(|half| half.to_bytes());
        signature
            .iter_mut()
            .zip(bytes.as_flattened())
            .for_each(|(to, from)| *to = *from);
        Ok(())
    }

    #[inline(never)]
    fn verify(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let public = Point::parse(point).ok_or(CryptoError::InvalidKey)?;
        let signature: &[u8; SIGNATURE_LEN] = signature.try_into().map_err(|_| CryptoError::NotAuthentic)?;
        let (r, s) = signature.split_at(LEN);
        let [r, s] = [r, s].map(|half| Scalar::secret(half).map_err(|_| CryptoError::NotAuthentic));
        let (r, s) = (r?, s?);
        let inverse = s.inverse();
        let base_factor = Scalar::digest(digest).times(&inverse);
        let found = multiple_of_base(&base_factor).plus(&public.times_vartime(&r.times(&inverse)));
        if has_x(&found, &r) {
            Ok(())
        } else {
            Err(CryptoError::NotAuthentic)
        }
    }
}

/// `r` and `s`; `None` when this nonce gives none (FIPS 186-5 section 6.4.1, steps 6 and 9).
///
/// Checks what it made as anyone would, but for the public key `Q = d · G`: `u₁ · G + u₂ · Q` is `(u₁ + u₂ · d) · G`,
/// which costs a quarter. One inversion serves the nonce, and `s` for the check.
fn sign_with(secret: &Scalar, digest: &Scalar, nonce: &Scalar) -> Result<Option<[Scalar; 2]>, CryptoError> {
    let (x, _) = multiple_of_base(nonce).affine();
    let r = Scalar::from_base(&x);
    let sum = digest.plus(&r.times(secret));
    let inverse = nonce.times(&sum).inverse();
    let s = inverse.times(&sum).times(&sum);
    if bool::from(r.is_zero() | s.is_zero()) {
        return Ok(None);
    }
    let s_inverse = inverse.times(nonce).times(nonce);
    let again = digest.times(&s_inverse).plus(&r.times(&s_inverse).times(secret));
    let same = has_x(&multiple_of_base(&again), &r);
    if same && bool::from(s.times(&s_inverse).ct_eq(&Scalar::ONE)) {
        Ok(Some([r, s]))
    } else {
        Err(CryptoError::Failed)
    }
}

/// Whether the x coordinate of a point is `r` modulo the order.
fn has_x(point: &Point, r: &Scalar) -> bool {
    let candidates = [Some(r.to_base()), r.to_base_plus_order()];
    let equal = |x: Element<Base>| bool::from(x.times(&point.z).ct_eq(&point.x));
    !bool::from(point.z.is_zero()) && candidates.into_iter().flatten().any(equal)
}

#[cfg(test)]
mod tests;
