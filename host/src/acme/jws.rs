//! Flattened JSON Web Signatures (RFC 7515, section 7.2.2) as RFC 8555, section 6.2, wants them.

use super::{AccountKey, AcmeError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Who signs.
#[derive(Clone, Copy)]
pub(super) enum By<'a> {
    /// An account, by its URL.
    Account(&'a str),
    /// A key that has no account yet, or proves itself.
    Key,
}

/// The body of a request. `payload`: empty for POST-as-GET.
pub(super) async fn signed(
    key: &dyn AccountKey,
    by: By<'_>,
    (url, nonce): (&str, &str),
    payload: &str,
) -> Result<Vec<u8>, AcmeError> {
    let mut head = json!({"alg": key.jwk().algorithm(), "nonce": nonce, "url": url});
    match by {
        By::Account(account) => head["kid"] = account.into(),
        By::Key => head["jwk"] = key.jwk().value().clone(),
    }
    let (head, payload) = (encoded(head.to_string()), encoded(payload));
    let signature = key.sign(format!("{head}.{payload}").as_bytes()).await?;
    let body: Value = json!({"protected": head, "payload": payload, "signature": encoded(signature)});
    Ok(body.to_string().into_bytes())
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
