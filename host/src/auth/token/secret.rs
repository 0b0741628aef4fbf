use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A token in the clear: `hvs.` and 32 base64url characters, which hold 24 random bytes. Zeroized when dropped.
pub struct Token(Zeroizing<String>);

impl Token {
    /// Random bytes of a token.
    pub(super) const RANDOM: usize = 24;

    /// The token made of these random bytes.
    pub(super) fn from_random(bytes: &[u8]) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(4 + bytes.len().div_ceil(3) * 4));
        text.push_str("hvs.");
        URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
        Self(text)
    }

    /// Its text, for the one who asked for it and nobody else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The SHA-256 of a token's text: how it is known after it was handed out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of any text, token or not.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    pub(in crate::auth) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl TryFrom<String> for TokenHash {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

impl From<TokenHash> for String {
    fn from(hash: TokenHash) -> Self {
        hex::encode(hash.0)
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// Names a token to those who may look it up or revoke it, but not use it: 24 base64url characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Accessor(Box<str>);

impl Accessor {
    /// Random bytes of an accessor.
    pub(super) const RANDOM: usize = 18;

    pub(super) fn from_random(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes).into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Accessor {
    /// Any text: one that is no accessor is found nowhere.
    fn from(text: String) -> Self {
        Self(text.into())
    }
}
