//! Signature Version 4 for one POST to `/` (AWS, "Create a signed AWS API request"). The secret access key is the
//! device's, and so are the keys that follow from it.

use super::Access;
use crate::engine::clock::Time;
use crate::kms::{KmsError, Signer};
use sha2::{Digest, Sha256};

const SERVICE: &str = "kms";
pub(super) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// What is signed of a request.
pub(super) struct ToSign<'a> {
    pub(super) host: &'a str,
    pub(super) region: &'a str,
    /// `x-amz-target`
    pub(super) target: &'a str,
    pub(super) body: &'a [u8],
    pub(super) now: Time,
}

/// The headers `x-amz-date` and `authorization`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) date: String,
    pub(super) authorization: String,
}

pub(super) async fn signed(
    request: &ToSign<'_>,
    access: &Access,
    signer: &dyn Signer,
) -> Result<Signed, KmsError> {
    let time = request.now.with_digits(0);
    let date: String = time.chars().filter(|c| !"-:".contains(*c)).collect();
    let day = date.get(..8).unwrap_or_default();
    let (names, canonical) = canonical(request, access, &date);
    let scope = format!("{day}/{}/{SERVICE}/aws4_request", request.region);
    let digest = hex::encode(Sha256::digest(canonical));
    let message = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}");
    let labels = [day, request.region, SERVICE, "aws4_request"].map(str::as_bytes);
    let signature = hex::encode(signer.mac(&labels, message.as_bytes()).await?);
    let user = &access.access_key;
    Ok(Signed {
        authorization: format!(
            "AWS4-HMAC-SHA256 Credential={user}/{scope}, SignedHeaders={names}, Signature={signature}"
        ),
        date,
    })
}

/// The signed headers' names, and the canonical request.
fn canonical(request: &ToSign<'_>, access: &Access, date: &str) -> (&'static str, String) {
    let token = access.session_token.as_ref();
    let token_line = token.map_or(String::new(), |token| {
        format!("x-amz-security-token:{}\n", token.as_str())
    });
    let names = match token {
        None => "content-type;host;x-amz-date;x-amz-target",
        Some(_) => "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
    };
    let canonical = format!(
        "POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{}\nx-amz-date:{date}\n{token_line}x-amz-target:{}\n\n{names}\n{}",
        request.host,
        request.target,
        hex::encode(Sha256::digest(request.body)),
    );
    (names, canonical)
}
