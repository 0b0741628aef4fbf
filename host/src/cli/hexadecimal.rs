//! What people give as hex digits.

use casemate_common::audit::CHALLENGE_LEN;
use std::str::FromStr;

/// A verifier's challenge: 64 hex digits.
pub(super) fn challenge(text: &str) -> Result<[u8; CHALLENGE_LEN], String> {
    let mut bytes = [0; CHALLENGE_LEN];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| "a challenge has 64 hex digits".to_owned())?;
    Ok(bytes)
}

/// The challenge that was given, or a random one.
pub(super) fn or_random(
    challenge: Option<[u8; CHALLENGE_LEN]>,
) -> Result<[u8; CHALLENGE_LEN], getrandom::Error> {
    if let Some(challenge) = challenge {
        return Ok(challenge);
    }
    let mut bytes = [0; CHALLENGE_LEN];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// The identity key of a device: an uncompressed point of P-256, 130 hex digits.
#[derive(Debug, Clone)]
pub(super) struct IdentityKey(pub(super) Vec<u8>);

impl FromStr for IdentityKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match hex::decode(text) {
            Ok(bytes) if bytes.len() == 65 && bytes.first() == Some(&4) => Ok(Self(bytes)),
            _ => Err(format!(
                "a device's key has 130 hex digits and begins with 04, this has {} characters; `casemate device info` shows it as \
                 signing_key",
                text.chars().count()
            )),
        }
    }
}
