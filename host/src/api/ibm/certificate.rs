//! The value of an imported certificate: the parts as they came.

use super::body::{Body, invalid};
use crate::api::vault::Fault;
use crate::engine::clock::Time;
use crate::engine::managed::{Bundle, Certificate};
use serde::Serialize;
use zeroize::Zeroizing;

/// Bytes of one part at most.
const MAX_PART: usize = 100 * 1024;

/// What is sealed, and sent back as `secret_data`.
#[derive(Serialize)]
struct Parts<'p> {
    certificate: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_key: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intermediate: Option<&'p str>,
}

/// The certificate in a body, checked, and what it says.
pub(super) fn parse(body: &Body<'_>, now: Time) -> Result<(Zeroizing<Vec<u8>>, Certificate), Fault> {
    let certificate = body.required_secret("certificate")?;
    let private_key = optional(body, "private_key")?;
    let intermediate = optional(body, "intermediate")?;
    let parts = Parts {
        certificate: &certificate,
        private_key: private_key.as_deref().map(String::as_str),
        intermediate: intermediate.as_deref().map(String::as_str),
    };
    let all = [Some(parts.certificate), parts.private_key, parts.intermediate];
    if all.into_iter().flatten().any(|part| part.len() > MAX_PART) {
        return Err(invalid(
            "each of certificate, private_key and intermediate",
            "at most 100 KB",
        ));
    }
    let facts = Bundle {
        certificate: parts.certificate,
        private_key: parts.private_key,
        intermediate: parts.intermediate,
    }
    .check(now)
    .map_err(|bad| Fault::bad_request(bad.to_string()))?;
    let value = serde_json::to_vec(&parts).map_err(|_| invalid("certificate", "text"))?;
    Ok((value.into(), facts))
}

fn optional(body: &Body<'_>, name: &str) -> Result<Option<Zeroizing<String>>, Fault> {
    Ok(body.secret(name)?.filter(|part| !part.is_empty()))
}
