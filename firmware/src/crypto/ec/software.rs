use super::Ecdsa;
use crate::crypto::CryptoError;
use core::marker::PhantomData;
use ecdsa::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use ecdsa::elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytesSize, PublicKey, SecretKey, array::ArraySize,
};
use ecdsa::hazmat::{sign_prehashed_rfc6979, verify_prehashed};
use ecdsa::{EcdsaCurve, Signature, SignatureSize};
use sha2::digest::{Digest, common::BlockSizeUser};

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
