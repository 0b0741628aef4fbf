//! The trait's algorithms in PKCS#11's words.

use crate::hsm::pkcs11::Fault;
use crate::hsm::{HsmError, ToSign};
use casemate_common::blob::KeyType;
use casemate_common::command::{OaepHash, SignatureHash, SignatureScheme};
use casemate_common::error::ErrorCode;
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::types::Ulong;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The digest to sign.
///
/// # Errors
/// When one that was given has another length than the hash.
pub(super) fn digest(hash: SignatureHash, input: ToSign<'_>) -> Result<Vec<u8>, HsmError> {
    match (input, hash) {
        (ToSign::Message(message), SignatureHash::Sha256) => Ok(Sha256::digest(message).to_vec()),
        (ToSign::Message(message), SignatureHash::Sha384) => Ok(Sha384::digest(message).to_vec()),
        (ToSign::Message(message), SignatureHash::Sha512) => Ok(Sha512::digest(message).to_vec()),
        (ToSign::Digest(digest), _) if digest.len() == digest_len(hash) => Ok(digest.to_vec()),
        (ToSign::Digest(_), _) => Err(ErrorCode::MalformedRequest.into()),
    }
}

const fn digest_len(hash: SignatureHash) -> usize {
    match hash {
        SignatureHash::Sha256 => 32,
        SignatureHash::Sha384 => 48,
        SignatureHash::Sha512 => 64,
    }
}

/// How the token signs with this scheme, and what.
///
/// # Errors
/// [`ErrorCode::UnsupportedAlgorithm`] when a key of this type does not.
pub(super) fn signing(
    scheme: SignatureScheme,
    kind: KeyType,
    digest: &[u8],
) -> Result<(Mechanism<'static>, Vec<u8>), Fault> {
    let is_rsa = kind.modulus_len().is_some();
    match scheme {
        SignatureScheme::Ecdsa(_) if !is_rsa && kind.public_len() > 0 => {
            Ok((Mechanism::Ecdsa, digest.to_vec()))
        }
        SignatureScheme::RsaPkcs1(hash) if is_rsa => {
            Ok((Mechanism::RsaPkcs, [digest_info(hash), digest].concat()))
        }
        SignatureScheme::RsaPss(hash) if is_rsa => Ok((Mechanism::RsaPkcsPss(pss(hash)), digest.to_vec())),
        _ => Err(ErrorCode::UnsupportedAlgorithm.into()),
    }
}

/// What stands before the digest in a DigestInfo: RFC 8017, section 9.2, note 1.
const fn digest_info(hash: SignatureHash) -> &'static [u8] {
    match hash {
        SignatureHash::Sha256 => {
            b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
        }
        SignatureHash::Sha384 => {
            b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
        }
        SignatureHash::Sha512 => {
            b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
        }
    }
}

fn pss(hash: SignatureHash) -> PkcsPssParams {
    let (hash_alg, mgf, salt) = match hash {
        SignatureHash::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, 32),
        SignatureHash::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, 48),
        SignatureHash::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, 64),
    };
    PkcsPssParams {
        hash_alg,
        mgf,
        s_len: Ulong::new(salt),
    }
}

/// RSA-OAEP with MGF1 of the same hash and no label.
pub(crate) fn oaep(hash: OaepHash) -> Mechanism<'static> {
    let (hash_alg, mgf) = match hash {
        OaepHash::Sha1 => (MechanismType::SHA1, PkcsMgfType::MGF1_SHA1),
        OaepHash::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
    };
    Mechanism::RsaPkcsOaep(PkcsOaepParams::new(hash_alg, mgf, PkcsOaepSource::empty()))
}
