//! The public key of a private key in the session, also of one that no public object belongs to.

use super::secret;
use crate::hsm::pkcs11::Fault;
use casemate_common::blob::KeyType;
use casemate_common::error::ErrorCode;
use casemate_firmware::crypto::ec::{Curve, EcPublic};
use casemate_firmware::crypto::rsa::RsaPublic;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};
use cryptoki::session::Session;
use p256::ecdsa::RecoveryId;

/// The point of whoever made both signatures: one of the few that fit the first (SEC 1, section 4.1.6) and the second.
macro_rules! recover {
    ($curve:ident, $proofs:expr) => {{
        use $curve::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier};
        let [(first_digest, first), (second_digest, second)] = $proofs;
        match (Signature::from_slice(first), Signature::from_slice(second)) {
            (Ok(first), Ok(second)) => (0..=RecoveryId::MAX).find_map(|id| {
                let id = RecoveryId::from_byte(id)?;
                let key = VerifyingKey::recover_from_prehash(first_digest, &first, id).ok()?;
                key.verify_prehash(second_digest, &second).ok()?;
                Some(key.to_sec1_point(false).as_bytes().to_vec())
            }),
            _ => None,
        }
    }};
}

/// Checks that the key is of this type, and tells its SubjectPublicKeyInfo; nothing for secret keys.
///
/// # Errors
/// [`ErrorCode::KeyMaterialInvalid`] when it is of another type.
pub(super) fn spki(session: &Session, key: ObjectHandle, kind: KeyType) -> Result<Vec<u8>, Fault> {
    match kind {
        KeyType::Aes256 | KeyType::Hmac => secret::check(session, key, kind).map(|()| Vec::new()),
        KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => rsa(session, key, kind),
        KeyType::P256 => on_curve(session, key, Curve::P256),
        KeyType::P384 => on_curve(session, key, Curve::P384),
        KeyType::P521 => on_curve(session, key, Curve::P521),
    }
}

fn rsa(session: &Session, key: ObjectHandle, kind: KeyType) -> Result<Vec<u8>, Fault> {
    let wanted = [AttributeType::Modulus, AttributeType::PublicExponent];
    let mut modulus = Vec::new();
    let mut exponent = Vec::new();
    for attribute in session.get_attributes(key, &wanted)? {
        match attribute {
            Attribute::Modulus(bytes) => modulus = bytes,
            Attribute::PublicExponent(bytes) => exponent = bytes,
            _ => {}
        }
    }
    let modulus: Vec<u8> = modulus.into_iter().skip_while(|byte| *byte == 0).collect();
    if Some(modulus.len()) != kind.modulus_len() {
        return Err(ErrorCode::KeyMaterialInvalid.into());
    }
    let exponent = exponent.iter().try_fold(0_u32, |value, byte| {
        let shifted = value.checked_mul(256)?;
        shifted.checked_add(u32::from(*byte))
    });
    let public = exponent.and_then(|exponent| RsaPublic::new(&modulus, exponent).ok());
    written(|spki| public.and_then(|public| public.write_spki(spki).ok()))
}

/// A private key on a curve does not tell its point: it follows from two signatures.
fn on_curve(session: &Session, key: ObjectHandle, curve: Curve) -> Result<Vec<u8>, Fault> {
    let attributes = session.get_attributes(key, &[AttributeType::EcParams])?;
    if !matches!(attributes.first(), Some(Attribute::EcParams(oid)) if oid == parameters(curve)) {
        return Err(ErrorCode::KeyMaterialInvalid.into());
    }
    let mut proofs = [
        (vec![0x5A; digest_len(curve)], Vec::new()),
        (vec![0xA5; digest_len(curve)], Vec::new()),
    ];
    for (digest, signature) in &mut proofs {
        *signature = session.sign(&Mechanism::Ecdsa, key, digest)?;
    }
    let point = match curve {
        Curve::P256 => recover!(p256, &proofs),
        Curve::P384 => recover!(p384, &proofs),
        Curve::P521 => recover!(p521, &proofs),
    };
    let public = point.and_then(|point| EcPublic::new(curve, &point).ok());
    written(|spki| public.and_then(|public| public.write_spki(spki).ok()))
}

/// What CKA_EC_PARAMS says: the curve's object identifier in DER (RFC 5480, section 2.1.1.1).
pub(crate) const fn parameters(curve: Curve) -> &'static [u8] {
    match curve {
        Curve::P256 => b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
        Curve::P384 => b"\x06\x05\x2b\x81\x04\x00\x22",
        Curve::P521 => b"\x06\x05\x2b\x81\x04\x00\x23",
    }
}

/// Of a hash that is at least half as long as the curve's order.
const fn digest_len(curve: Curve) -> usize {
    match curve {
        Curve::P256 => 32,
        Curve::P384 => 48,
        Curve::P521 => 64,
    }
}

fn written(write: impl FnOnce(&mut [u8]) -> Option<usize>) -> Result<Vec<u8>, Fault> {
    let mut spki = vec![0; RsaPublic::MAX_SPKI_LEN];
    let len = write(&mut spki).ok_or(ErrorCode::KeyMaterialInvalid)?;
    spki.truncate(len);
    Ok(spki)
}
