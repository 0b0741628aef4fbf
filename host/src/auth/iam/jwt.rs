use super::jwks::{Algorithm, Key};
use super::strict;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// Bytes of a token at most. IBM's have about 2000.
const MAX_LEN: usize = 16 * 1024;

/// A JSON Web Token in compact form (RFC 7515, section 7.1), taken apart and not yet verified.
pub(super) struct Jwt<'t> {
    algorithm: Algorithm,
    kid: String,
    claims: Map<String, Value>,
    signed: &'t str,
    signature: Vec<u8>,
}

/// Why a text is no token that could be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadJwt {
    /// An algorithm other than RS256 and ES256.
    #[error("the token must be signed with RS256 or ES256")]
    Algorithm,
    /// An extension that must be understood and is not.
    #[error("the token has a critical header that is not known here")]
    Critical,
    /// No `kid`.
    #[error("the token does not name the key that signed it (kid)")]
    NoKey,
    /// Not three parts of base64url with JSON objects in which every name stands once.
    #[error("the token is no JSON Web Token")]
    Shape,
    /// Signed by another key, or changed since.
    #[error("the token's signature does not verify")]
    Signature,
    /// More than 16 KiB.
    #[error("the token is longer than 16 KiB")]
    TooLong,
}

impl<'t> Jwt<'t> {
    pub(super) fn parse(token: &'t str) -> Result<Self, BadJwt> {
        if token.len() > MAX_LEN {
            return Err(BadJwt::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(BadJwt::Shape)?;
        let (header, claims) = signed.split_once('.').ok_or(BadJwt::Shape)?;
        let header = object(header).ok_or(BadJwt::Shape)?;
        if header.contains_key("crit") {
            return Err(BadJwt::Critical);
        }
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        Ok(Self {
            algorithm: text("alg").and_then(Algorithm::named).ok_or(BadJwt::Algorithm)?,
            kid: text("kid").ok_or(BadJwt::NoKey)?.to_owned(),
            claims: object(claims).ok_or(BadJwt::Shape)?,
            signed,
            signature: URL_SAFE_NO_PAD.decode(signature).map_err(|_| BadJwt::Shape)?,
        })
    }

    /// The name of the key that is said to have signed it.
    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    /// The issuer that it says it is from.
    pub(super) fn claimed_issuer(&self) -> Option<&str> {
        self.claims.get("iss").and_then(Value::as_str)
    }

    /// Its claims, if `key` has signed them.
    pub(super) fn verified(self, key: &Key) -> Result<Map<String, Value>, BadJwt> {
        if self.algorithm != key.algorithm() {
            return Err(BadJwt::Algorithm);
        }
        match key.verifies(self.signed.as_bytes(), &self.signature) {
            true => Ok(self.claims),
            false => Err(BadJwt::Signature),
        }
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    strict::object(&URL_SAFE_NO_PAD.decode(part).ok()?)
}
