use super::AcmeError;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Bytes of a coordinate on P-256.
const COORDINATE: usize = 32;

/// The key of an account, which signs elsewhere.
#[async_trait]
pub(crate) trait AccountKey: Send + Sync {
    /// Its public half.
    fn jwk(&self) -> &Jwk;

    /// Signs as [`Jwk::algorithm`] has it: RSASSA-PKCS1-v1_5 with SHA-256, or ECDSA on P-256 as `r ‖ s`.
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, AcmeError>;
}

/// A public key as RFC 7517 writes it, with no more than its thumbprint needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Jwk {
    value: Value,
    algorithm: &'static str,
}

impl Jwk {
    /// Of a SubjectPublicKeyInfo in DER; `None` where it is neither RSA nor on P-256.
    pub(crate) fn of(spki: &[u8]) -> Option<Self> {
        let (_, info) = SubjectPublicKeyInfo::from_der(spki).ok()?;
        let (value, algorithm) = match info.parsed().ok()? {
            PublicKey::RSA(rsa) => {
                let (n, e) = (number(rsa.modulus), number(rsa.exponent));
                (json!({"e": e, "kty": "RSA", "n": n}), "RS256")
            }
            PublicKey::EC(point) if point.data().len() == 1 + 2 * COORDINATE => {
                let (x, y) = point.data().get(1..)?.split_at_checked(COORDINATE)?;
                let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
                (json!({"crv": "P-256", "kty": "EC", "x": x, "y": y}), "ES256")
            }
            _ => return None,
        };
        Some(Self { value, algorithm })
    }

    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    pub(super) fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// The value of the TXT record that answers a token (RFC 8555, section 8.4), with the thumbprint of RFC 7638: members
    /// stand in the order of their names, without spaces.
    pub(crate) fn txt_value(&self, token: &str) -> String {
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(self.value.to_string()));
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{token}.{thumbprint}")))
    }
}

/// Big-endian without leading zeros.
fn number(bytes: &[u8]) -> String {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    URL_SAFE_NO_PAD.encode(bytes.get(zeros..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7638, section 3.1.
    #[test]
    fn thumbprint_of_the_rfc() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let jwk = Jwk {
            value: json!({"kty": "RSA", "n": n, "e": "AQAB"}),
            algorithm: "RS256",
        };
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(jwk.value.to_string()));
        assert_eq!(thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }
}
