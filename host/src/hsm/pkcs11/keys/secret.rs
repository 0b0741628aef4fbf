//! Secret keys on a token, and how long they are.

use super::opened::{Purpose, template};
use super::temporary::Temporary;
use crate::hsm::pkcs11::Fault;
use casemate_common::blob::KeyType;
use casemate_common::error::ErrorCode;
use casemate_firmware::crypto::{Key256, kwp};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};
use cryptoki::session::Session;
use cryptoki::types::Ulong;
use sha2::{Digest, Sha256};
use std::ops::RangeInclusive;
use zeroize::Zeroizing;

/// What SoftHSM 2.6.1 says of a secret key that it has unwrapped; how long it is shows when it is wrapped again.
const UNKNOWN_LEN: u64 = 0;

/// Tokens make codes with no shorter keys: FIPS 198 asked for half a hash of SHA-256, SoftHSM asks for all of it.
const LEAST_HMAC_KEY: usize = 32;

/// A block of SHA-256.
const MOST_HMAC_KEY: usize = 64;

/// A new AES-256 key.
pub(super) fn aes(session: &Session, purpose: Purpose) -> Result<Temporary<'_>, Fault> {
    generate(session, KeyType::Aes256, purpose, &Mechanism::AesKeyGen)
}

/// A new key for HMAC, as long as the hash.
pub(super) fn hmac(session: &Session) -> Result<Temporary<'_>, Fault> {
    let mechanism = Mechanism::GenericSecretKeyGen;
    generate(session, KeyType::Hmac, Purpose::Keep, &mechanism)
}

fn generate<'s>(
    session: &'s Session,
    kind: KeyType,
    purpose: Purpose,
    mechanism: &Mechanism<'_>,
) -> Result<Temporary<'s>, Fault> {
    let mut template = template(kind, purpose);
    template.push(Attribute::ValueLen(Ulong::new(32)));
    let key = session.generate_key(mechanism, &template)?;
    Ok(Temporary::new(session, key))
}

/// What of a key that comes in goes to the token: of one for HMAC what HMAC-SHA-256 itself makes of it (RFC 2104, section
/// 2), zeros behind a short key and the hash of one longer than a block, because SoftHSM 2.6.1 unwraps with the zeros of
/// KWP's padding behind, which alter the codes of long keys.
pub(super) fn for_token(kind: KeyType, material: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut kept = Zeroizing::new(Vec::with_capacity(MOST_HMAC_KEY));
    match kind {
        KeyType::Hmac if material.len() > MOST_HMAC_KEY => kept.extend(Sha256::digest(material)),
        _ => kept.extend(material),
    }
    if kind == KeyType::Hmac && kept.len() < LEAST_HMAC_KEY {
        kept.resize(LEAST_HMAC_KEY, 0);
    }
    kept
}

/// Checks that the key is as long as one of its type, as far as the token says.
///
/// # Errors
/// [`ErrorCode::KeyMaterialInvalid`].
pub(super) fn check(session: &Session, key: ObjectHandle, kind: KeyType) -> Result<(), Fault> {
    let attributes = session.get_attributes(key, &[AttributeType::ValueLen])?;
    let fits = match attributes.first() {
        Some(Attribute::ValueLen(len)) if **len != UNKNOWN_LEN => {
            lengths(kind).is_none_or(|lengths| lengths.contains(&(**len as usize)))
        }
        _ => true,
    };
    fits.then_some(())
        .ok_or_else(|| ErrorCode::KeyMaterialInvalid.into())
}

/// Checks it by its length when wrapped with KWP, which tells it to eight bytes.
///
/// # Errors
/// [`ErrorCode::KeyMaterialInvalid`].
pub(super) fn check_wrapped(wrapped: &[u8], kind: KeyType) -> Result<(), ErrorCode> {
    let fits = lengths(kind).is_none_or(|lengths| {
        let (least, most) = (
            kwp::wrapped_len(*lengths.start()),
            kwp::wrapped_len(*lengths.end()),
        );
        (least..=most).contains(&wrapped.len())
    });
    fits.then_some(()).ok_or(ErrorCode::KeyMaterialInvalid)
}

/// How many bytes a secret key of this type has on a token.
fn lengths(kind: KeyType) -> Option<RangeInclusive<usize>> {
    match kind {
        KeyType::Aes256 => Some(Key256::LEN..=Key256::LEN),
        KeyType::Hmac => Some(LEAST_HMAC_KEY..=MOST_HMAC_KEY),
        _ => None,
    }
}
