use crate::api::okms::fault::Fault;
use crate::auth::policy::PolicyName;
use crate::engine::span::Span;
use crate::pki::{Holder, HolderName, NewCertificate, Scope, Serial};
use serde::Deserialize;
use serde_json::Value;

/// How long a certificate counts unless it is said.
const LIFETIME: Span = Span::from_secs(365 * 24 * 3600);

#[derive(Deserialize)]
struct Issue {
    name: String,
    kind: String,
    domain: Option<String>,
    #[serde(default)]
    policies: Vec<String>,
    ttl: Option<Value>,
    csr: String,
}

#[derive(Deserialize)]
struct Revoke {
    serial_number: String,
}

/// The certificate that a body asks for.
pub(super) fn new_certificate(body: &[u8]) -> Result<NewCertificate, Fault> {
    let body: Issue = parse(body)?;
    let holder = match (body.kind.as_str(), &body.domain) {
        ("user", None) => Holder::User,
        ("host", None) => Holder::Host,
        ("okms", Some(domain)) => Holder::Okms(domain.parse::<Scope>().map_err(Fault::bad_request)?),
        ("okms", None) => return Err(Fault::bad_request("kind okms needs domain: its identifier, or *")),
        ("user" | "host", Some(_)) => return Err(Fault::bad_request("domain is for kind okms only")),
        _ => return Err(Fault::bad_request("kind must be user, host or okms")),
    };
    let policies = body.policies.iter().map(|name| name.parse::<PolicyName>());
    Ok(NewCertificate {
        name: body
            .name
            .parse::<HolderName>()
            .map_err(|bad| Fault::bad_request(bad.to_string()))?,
        holder,
        policies: policies
            .collect::<Result<_, _>>()
            .map_err(|bad| Fault::bad_request(bad.to_string()))?,
        lifetime: lifetime(body.ttl.as_ref())?,
        request: body.csr,
    })
}

/// The serial number that a body names.
pub(super) fn serial(body: &[u8]) -> Result<Serial, Fault> {
    let body: Revoke = parse(body)?;
    Ok(body.serial_number.parse::<Serial>()?)
}

fn lifetime(ttl: Option<&Value>) -> Result<Span, Fault> {
    let span = match ttl {
        None | Some(Value::Null) => return Ok(LIFETIME),
        Some(Value::String(text)) => text.parse().ok(),
        Some(seconds) => seconds.as_i64().map(Span::from_secs),
    };
    span.ok_or_else(|| Fault::bad_request("ttl must be seconds or a duration such as 12h or 365d"))
}

fn parse<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| Fault::bad_request(format!("the body: {error}")))
}
