//! Sets of public keys: RFC 7517, with the RSA and P-256 keys of RFC 7518, section 6.

use super::strict;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Keys looked at in one set.
const MAX_KEYS: usize = 256;
/// Bytes of a P-256 coordinate.
const COORDINATE: usize = 32;

/// The algorithms that signatures may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 to 8192 bits.
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
}

impl Algorithm {
    /// Its name in headers and sets.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// The algorithm of this name in a header; `none`, HMAC and all others are none.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            _ => None,
        }
    }
}

/// A public key and with it the one algorithm it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// An uncompressed point.
    P256(Vec<u8>),
    /// Modulus and exponent, big-endian without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl Key {
    pub(super) fn algorithm(&self) -> Algorithm {
        match self {
            Self::P256(_) => Algorithm::Es256,
            Self::Rsa { .. } => Algorithm::Rs256,
        }
    }

    /// Whether `signature` is this key's over `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(message, signature)
                .is_ok(),
            Self::Rsa { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }

    /// The key of a SubjectPublicKeyInfo in DER (RFC 5280, section 4.1.2.7), where it is RSA or on P-256.
    pub(super) fn from_spki(der: &[u8]) -> Option<Self> {
        let (_, info) = SubjectPublicKeyInfo::from_der(der).ok()?;
        match info.parsed().ok()? {
            PublicKey::RSA(rsa) => Some(Self::Rsa {
                n: unpadded(rsa.modulus.to_vec()),
                e: unpadded(rsa.exponent.to_vec()),
            }),
            PublicKey::EC(point) if point.data().len() == 1 + 2 * COORDINATE => {
                Some(Self::P256(point.data().to_vec()))
            }
            _ => None,
        }
    }

    /// As a JWK for signatures.
    pub(super) fn to_jwk(&self, kid: &str) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let alg = self.algorithm().name();
        match self {
            Self::P256(point) => {
                let coordinates = point.get(1..).unwrap_or_default();
                let (x, y) = coordinates.split_at_checked(COORDINATE).unwrap_or_default();
                json!({"kty": "EC", "crv": "P-256", "x": text(x), "y": text(y), "alg": alg, "use": "sig", "kid": kid})
            }
            Self::Rsa { n, e } => {
                json!({"kty": "RSA", "n": text(n), "e": text(e), "alg": alg, "use": "sig", "kid": kid})
            }
        }
    }

    fn parse(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|usage| usage != "sig") {
            return None;
        }
        let bytes = |name| URL_SAFE_NO_PAD.decode(text(name)?.trim_end_matches('=')).ok();
        let key = match text("kty")? {
            "EC" if text("crv")? == "P-256" => point(&bytes("x")?, &bytes("y")?).map(Self::P256)?,
            "RSA" => Self::Rsa {
                n: unpadded(bytes("n")?),
                e: unpadded(bytes("e")?),
            },
            _ => return None,
        };
        let fits = text("alg").is_none_or(|alg| Algorithm::named(alg) == Some(key.algorithm()));
        fits.then_some(key)
    }
}

fn point(x: &[u8], y: &[u8]) -> Option<Vec<u8>> {
    let fits = x.len() == COORDINATE && y.len() == COORDINATE;
    fits.then(|| [&[4], x, y].concat())
}

fn unpadded(number: Vec<u8>) -> Vec<u8> {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    number.into_iter().skip(zeros).collect()
}

/// Keys by their `kid`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Jwks(HashMap<String, Key>);

impl Jwks {
    /// The usable keys of a set: those of other kinds and those without `kid` are passed over, as RFC 7517, section 5,
    /// has it. `None` where the bytes are no set at all, or two keys have the same `kid`.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let set = strict::object(bytes)?;
        let keys = set.get("keys")?.as_array()?;
        let mut known = HashMap::new();
        for jwk in keys.iter().take(MAX_KEYS).filter_map(Value::as_object) {
            let kid = jwk.get("kid").and_then(Value::as_str);
            if let (Some(kid), Some(key)) = (kid, Key::parse(jwk))
                && known.insert(kid.to_owned(), key).is_some()
            {
                return None;
            }
        }
        Some(Self(known))
    }

    pub(super) fn key(&self, kid: &str) -> Option<&Key> {
        self.0.get(kid)
    }
}
