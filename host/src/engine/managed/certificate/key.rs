//! Whether a private key belongs to a public one.

use super::BadCertificate;
use super::der::{INTEGER, OCTET_STRING, Pkcs8Key, Reader, ec_key, pkcs8_key};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
};
use x509_parser::pem::Pem;
use x509_parser::x509::SubjectPublicKeyInfo;
use zeroize::Zeroizing;

/// Object identifiers in DER: RSA (PKCS#1), EC (SEC 1) and Ed25519 (RFC 8410) keys.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// Checks that the private key in a PEM text is that of `public`.
pub(super) fn check(pem: &str, public: &SubjectPublicKeyInfo<'_>) -> Result<(), BadCertificate> {
    let mut blocks = Pem::iter_from_buffer(pem.as_bytes());
    let (Some(Ok(block)), None) = (blocks.next(), blocks.next()) else {
        return Err(BadCertificate::NoKey);
    };
    let der = Zeroizing::new(block.contents);
    let public = public.subject_public_key.data.as_ref();
    let belongs = match block.label.as_str() {
        "PRIVATE KEY" => pkcs8(&der, public),
        "RSA PRIVATE KEY" => rsa(&der, public),
        "EC PRIVATE KEY" => ec(&der, public),
        "ENCRYPTED PRIVATE KEY" => return Err(BadCertificate::Encrypted),
        _ => None,
    };
    match belongs {
        None => Err(BadCertificate::NoKey),
        Some(false) => Err(BadCertificate::KeyMismatch),
        Some(true) => Ok(()),
    }
}

/// `OneAsymmetricKey` (RFC 5958).
fn pkcs8(der: &[u8], public: &[u8]) -> Option<bool> {
    let Pkcs8Key { algorithm, key, .. } = pkcs8_key(der)?;
    match algorithm {
        RSA => rsa(key, public),
        EC => ec(key, public),
        ED25519 => ed25519(key, public),
        _ => None,
    }
}

/// `RSAPrivateKey` (RFC 8017, appendix A.1.2): the same modulus and exponent.
fn rsa(der: &[u8], public: &[u8]) -> Option<bool> {
    let mut private = Reader::new(der).sequence()?;
    private.element(INTEGER)?;
    let (n, e) = (private.element(INTEGER)?, private.element(INTEGER)?);
    let Some(mut public) = Reader::new(public).sequence() else {
        return Some(false);
    };
    Some(public.element(INTEGER) == Some(n) && public.element(INTEGER) == Some(e))
}

/// `ECPrivateKey` (RFC 5915): the public key belongs to the scalar. On curves that can't be calculated with here, the
/// public key that stands beside the scalar has to be the same.
fn ec(der: &[u8], public: &[u8]) -> Option<bool> {
    let (scalar, beside) = ec_key(der)?;
    let algorithm = match public.len() {
        65 => &ECDSA_P256_SHA256_ASN1_SIGNING,
        97 => &ECDSA_P384_SHA384_ASN1_SIGNING,
        _ => return Some(beside?.strip_prefix(&[0]) == Some(public)),
    };
    let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, public, &SystemRandom::new());
    Some(pair.is_ok())
}

/// `CurvePrivateKey` (RFC 8410): the public key is that of the seed.
fn ed25519(der: &[u8], public: &[u8]) -> Option<bool> {
    let seed = Reader::new(der).element(OCTET_STRING)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
    Some(pair.public_key().as_ref() == public)
}
