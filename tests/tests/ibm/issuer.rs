//! An identity provider: one RSA key, its JWKS in a file, tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::json;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Made for tests alone.
const KEY: &[u8] = include_bytes!("../../../host/src/auth/iam/testdata/rsa.pk8");
const ISSUER: &str = "https://iam.example/identity";
pub(crate) const MANAGER: &str = "iam-ServiceId-c0c7cfa4-b24e-4917-ad74-278f2fee5ba0";

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Writes the JWKS; answers settings that name it.
pub(crate) fn configure(directory: &Path) -> String {
    let key = KeyPair::from_pkcs8(KEY).unwrap();
    let public = PublicKeyComponents::<Vec<u8>>::from(key.public());
    let jwk = json!({"kty": "RSA", "kid": "1", "alg": "RS256", "n": text(public.n), "e": text(public.e)});
    let jwks = directory.join("jwks.json");
    std::fs::write(&jwks, json!({ "keys": [jwk] }).to_string()).unwrap();
    format!(
        "[ibm]\nregion = 'eu-de'\naccount = 'a5ebf2570dcaedf18d7ed78e216c263a'\n\
         [[ibm.issuer]]\nissuer = '{ISSUER}'\njwks = '{}'\n\
         [[ibm.role]]\niam-id = '{MANAGER}'\nrole = 'Manager'\n",
        jwks.display()
    )
}

/// A token that is good for an hour.
pub(crate) fn token(iam_id: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({
        "iam_id": iam_id, "iss": ISSUER, "iat": now, "exp": now + 3600, "name": "e2e",
        "account": {"bss": "a5ebf2570dcaedf18d7ed78e216c263a"},
        "grant_type": "urn:ibm:params:oauth:grant-type:apikey",
    });
    let message = format!(
        "{}.{}",
        text(r#"{"kid":"1","alg":"RS256"}"#),
        text(claims.to_string())
    );
    let key = KeyPair::from_pkcs8(KEY).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{message}.{}", text(signature))
}
