use super::Ecdsa;
use crate::crypto::CryptoError;
use core::marker::PhantomData;
use ecdsa::elliptic_curve::group::{Curve as _, Group};
use ecdsa::elliptic_curve::ops::{Invert, Reduce};
use ecdsa::elliptic_curve::point::AffineCoordinates;
use ecdsa::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use ecdsa::elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize, ProjectivePoint, PublicKey, Scalar, SecretKey,
    array::ArraySize,
};
use ecdsa::hazmat::{sign_prehashed_rfc6979, verify_prehashed};
use ecdsa::{EcdsaCurve, Signature, SignatureSize};
use sha2::digest::{Digest, common::BlockSizeUser};
use zeroize::Zeroizing;

/// ECDSA on RustCrypto's curve `C`; nonces come from HMAC with the hash `H`.
pub struct SoftwareEcdsa<C, H>(PhantomData<(C, H)>);

impl<C, H> Ecdsa for SoftwareEcdsa<C, H>
where
    C: EcdsaCurve + CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
    SignatureSize<C>: ArraySize,
    H: Digest + BlockSizeUser,
{
    #[inline(never)]
    fn public(secret: &[u8], point: &mut [u8]) -> Result<(), CryptoError> {
        let public = scalar::<C>(secret)?.public_key().to_sec1_point(false);
        copy(public.as_bytes(), point)
    }

    #[inline(never)]
    fn sign(secret: &[u8], digest: &[u8], hedge: &[u8], signature: &mut [u8]) -> Result<(), CryptoError> {
        let secret = scalar::<C>(secret)?;
        let (made, _) = sign_prehashed_rfc6979::<C, H>(&secret.to_nonzero_scalar(), digest, hedge);
        if !is_right(&made, &secret, digest) {
            return Err(CryptoError::Failed);
        }
        copy(&made.to_bytes(), signature)
    }

    #[inline(never)]
    fn verify(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let public = PublicKey::<C>::from_sec1_bytes(point).map_err(|_| CryptoError::InvalidKey)?;
        let signature = Signature::<C>::from_slice(signature).map_err(|_| CryptoError::NotAuthentic)?;
        verify_prehashed::<C>(&public.to_projective(), digest, &signature)
            .map_err(|_| CryptoError::NotAuthentic)
    }
}

/// Checks a signature as anyone would, but for the public key `Q = d · G`: `u₁ · G + u₂ · Q` is `(u₁ + u₂ · d) · G`, which
/// costs a third. What is multiplied is the nonce again, and as secret. It is the same secret that has signed: what has
/// happened to that before is not noticed.
#[inline(never)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "modulo the order, nothing overflows"
)]
fn is_right<C: EcdsaCurve + CurveArithmetic>(
    signature: &Signature<C>,
    secret: &SecretKey<C>,
    digest: &[u8],
) -> bool {
    let (r, s_inverse) = numbers(signature);
    let secret = Zeroizing::new(secret.to_nonzero_scalar());
    let factor = Zeroizing::new(s_inverse * (number::<C>(digest) + r * **secret));
    let point = ProjectivePoint::<C>::mul_by_generator(&*factor).to_affine();
    r == number::<C>(&point.x())
}

/// `r`, and the inverse of `s`: both public.
#[inline(never)]
fn numbers<C: EcdsaCurve + CurveArithmetic>(signature: &Signature<C>) -> (Scalar<C>, Scalar<C>) {
    let (r, s) = signature.split_scalars();
    (*r, *s.invert())
}

/// What the leftmost bytes, as many as the order has, stand for modulo the order: FIPS 186-5 section 6.4.1. An order
/// that does not fill its bytes, as P-521's, is longer than any digest, of which nothing need be cut then.
fn number<C: EcdsaCurve + CurveArithmetic>(bytes: &[u8]) -> Scalar<C> {
    let mut field = FieldBytes::<C>::default();
    let len = bytes.len().min(field.len());
    let leftmost = bytes.get(..len).unwrap_or_default();
    let places = field.iter_mut().rev().zip(leftmost.iter().rev());
    places.for_each(|(to, from)| *to = *from);
    Reduce::<FieldBytes<C>>::reduce(&field)
}

fn scalar<C: CurveArithmetic>(secret: &[u8]) -> Result<SecretKey<C>, CryptoError> {
    SecretKey::from_slice(secret).map_err(|_| CryptoError::InvalidKey)
}

fn copy(from: &[u8], to: &mut [u8]) -> Result<(), CryptoError> {
    if from.len() != to.len() {
        return Err(CryptoError::TooLong);
    }
    to.copy_from_slice(from);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use p384::NistP384;
    use p521::NistP521;

    /// What a fault makes of a signature: another nonce's `r`, another `s`, another digest or key behind it.
    fn faults_are_noticed<C, H>()
    where
        C: EcdsaCurve + CurveArithmetic,
        SignatureSize<C>: ArraySize,
        H: Digest + BlockSizeUser,
    {
        let len = FieldBytes::<C>::default().len();
        let [secret, other] = [5, 6].map(|last| {
            let mut bytes = [0; 66];
            bytes[len - 1] = last;
            scalar::<C>(&bytes[..len]).unwrap()
        });
        let sign = |digest: &[u8], hedge: &[u8]| {
            sign_prehashed_rfc6979::<C, H>(&secret.to_nonzero_scalar(), digest, hedge).0
        };
        let (digest, signature) = ([7; 64], sign(&[7; 64], b""));
        let (r, s) = signature.split_bytes();
        let (other_r, other_s) = sign(&digest, b"hedged").split_bytes();
        let mixed = |r, s| Signature::<C>::from_scalars(r, s).unwrap();
        assert!(is_right(&signature, &secret, &digest));
        let spoilt = [
            is_right(&mixed(other_r, s), &secret, &digest),
            is_right(&mixed(r, other_s), &secret, &digest),
            is_right(&signature, &secret, &[8; 64]),
            is_right(&signature, &other, &digest),
        ];
        assert_eq!(spoilt, [false; 4]);
    }

    #[test]
    fn a_signature_that_a_fault_has_spoilt_does_not_leave() {
        faults_are_noticed::<NistP384, sha2::Sha384>();
        faults_are_noticed::<NistP521, sha2::Sha512>();
    }
}
