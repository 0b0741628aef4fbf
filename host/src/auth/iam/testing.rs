//! An issuer with a file for its keys, and tokens of every kind.

use super::{IssuerSettings, JwksAddress};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair as RsaKeyPair, PublicKeyComponents};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256};
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

pub(crate) const ISSUER: &str = "https://iam.example/identity";
pub(crate) const ACCOUNT: &str = "791f5fb10986423e97aa8512f18b7e65";
pub(crate) const SERVICE: &str = "iam-ServiceId-b7ebcf90-c7a9-495b-8ce8-bbf33cb95ca0";
/// Made for these tests alone.
const RSA: &[u8] = include_bytes!("testdata/rsa.pk8");

/// An identity provider.
pub(crate) struct TestIssuer {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    directory: TempDir,
}

impl TestIssuer {
    /// With the RSA key `r` and the P-256 key `e`.
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let ec = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let issuer = Self {
            rsa: RsaKeyPair::from_pkcs8(RSA).unwrap(),
            ec: EcdsaKeyPair::from_pkcs8(algorithm, ec.as_ref(), &random).unwrap(),
            directory: TempDir::new().unwrap(),
        };
        issuer.publish(&["r", "e"]);
        issuer
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("keys.json")
    }

    /// Publishes the RSA key under the first of these names and the other under the second.
    pub(crate) fn publish(&self, kids: &[&str; 2]) {
        let keys = json!({"keys": [self.rsa_jwk(kids[0]), self.ec_jwk(kids[1])]});
        std::fs::write(self.file(), keys.to_string()).unwrap();
    }

    /// What it has published.
    pub(crate) fn published(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }

    fn rsa_jwk(&self, kid: &str) -> Value {
        let public = PublicKeyComponents::<Vec<u8>>::from(self.rsa.public());
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"kty": "RSA", "kid": kid, "alg": "RS256", "use": "sig", "n": text(&public.n), "e": text(&public.e)})
    }

    fn ec_jwk(&self, kid: &str) -> Value {
        let (x, y) = self.ec.public_key().as_ref()[1..].split_at(32);
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"kty": "EC", "kid": kid, "crv": "P-256", "x": text(x), "y": text(y)})
    }

    pub(crate) fn settings(&self) -> IssuerSettings {
        IssuerSettings {
            issuer: ISSUER.into(),
            jwks: JwksAddress::File(self.file()),
            audience: None,
            accounts: vec![ACCOUNT.into()],
        }
    }

    /// A token with this header and these claims as they are, signed by the RSA key, or by the other for `ES256`.
    pub(crate) fn signed(&self, header: &str, claims: &str) -> String {
        let text = |part: &str| URL_SAFE_NO_PAD.encode(part);
        let message = format!("{}.{}", text(header), text(claims));
        let random = SystemRandom::new();
        let signature = if header.contains("ES256") {
            self.ec
                .sign(&random, message.as_bytes())
                .unwrap()
                .as_ref()
                .to_vec()
        } else {
            let mut signature = vec![0; self.rsa.public().modulus_len()];
            self.rsa
                .sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature)
                .unwrap();
            signature
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A good token for the holder with this `iam_id` at this time.
    pub(crate) fn token(&self, iam_id: &str, now: i64) -> String {
        self.signed(RS256, &claims(iam_id, now).to_string())
    }
}

pub(crate) const RS256: &str = r#"{"kid":"r","alg":"RS256"}"#;
pub(crate) const ES256: &str = r#"{"kid":"e","alg":"ES256"}"#;

/// IBM's claims.
pub(crate) fn claims(iam_id: &str, now: i64) -> Value {
    json!({
        "iam_id": iam_id,
        "id": iam_id,
        "name": "secrets-manager-test-reader",
        "sub_type": "ServiceId",
        "account": {"valid": true, "bss": ACCOUNT},
        "iat": now,
        "exp": now + 3600,
        "iss": ISSUER,
        "grant_type": "urn:ibm:params:oauth:grant-type:apikey",
        "scope": "ibm openid",
    })
}
