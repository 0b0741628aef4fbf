//! JSON Web Tokens that the device signs: what an application or an account proves with who it is (RFC 7523, section 3).

use super::{KmsError, Signer};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use zeroize::Zeroizing;

/// How a token is signed, both with SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PSS with a salt of 32 bytes (RFC 7518, section 3.5).
    Ps256,
    /// RSASSA-PKCS1-v1_5 (RFC 7518, section 3.3).
    Rs256,
}

impl Algorithm {
    /// What the header calls it.
    const fn name(self) -> &'static str {
        match self {
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }
}

/// The token of these claims. `header` names the key; type and algorithm are added.
pub(super) async fn signed(
    signer: &dyn Signer,
    algorithm: Algorithm,
    mut header: Value,
    claims: &Value,
) -> Result<Zeroizing<String>, KmsError> {
    header["alg"] = algorithm.name().into();
    header["typ"] = "JWT".into();
    let encoded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!("{}.{}", encoded(&header), encoded(claims));
    let signature = signer.sign_token(algorithm, message.as_bytes()).await?;
    let signature = URL_SAFE_NO_PAD.encode(signature);
    Ok(Zeroizing::new(format!("{message}.{signature}")))
}
