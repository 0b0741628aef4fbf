//! Settings that several kinds have.

use crate::api::ibm::body::invalid;
use crate::api::vault::{Fault, Fields};
use crate::engine::issuing::{Format, KeyFormat, KeySpec, Order, Subject};

/// The longest times of authorities and templates: one hour to 100 years of 8760 hours.
const TIMES: std::ops::RangeInclusive<i64> = 3600..=876_000 * 3600;

/// A length of time in whole seconds.
pub(super) fn seconds(fields: &Fields, name: &str) -> Result<Option<i64>, Fault> {
    let span = fields.span(name)?;
    Ok(span
        .map(|span| span.as_nanos() / 1_000_000_000)
        .filter(|&seconds| seconds != 0))
}

/// `max_ttl`.
pub(super) fn max_ttl(fields: &Fields) -> Result<Option<i64>, Fault> {
    let seconds = seconds(fields, "max_ttl")?;
    match seconds.is_none_or(|seconds| TIMES.contains(&seconds)) {
        true => Ok(seconds),
        false => Err(invalid("max_ttl", "from 1h to 876000h")),
    }
}

pub(super) fn flag(fields: &Fields, name: &str, usual: bool) -> Result<bool, Fault> {
    Ok(fields.flag(name)?.unwrap_or(usual))
}

pub(super) fn list(fields: &Fields, name: &str) -> Result<Vec<String>, Fault> {
    Ok(fields.list(name)?.unwrap_or_default())
}

pub(super) fn key(fields: &Fields) -> Result<KeySpec, Fault> {
    KeySpec::parse(fields.text("key_type")?.as_deref(), fields.number("key_bits")?)
        .map_err(Fault::bad_request)
}

pub(super) fn subject(fields: &Fields) -> Result<Subject, Fault> {
    Ok(Subject {
        ou: list(fields, "ou")?,
        organization: list(fields, "organization")?,
        country: list(fields, "country")?,
        locality: list(fields, "locality")?,
        province: list(fields, "province")?,
        street_address: list(fields, "street_address")?,
        postal_code: list(fields, "postal_code")?,
        serial_number: fields.text("serial_number")?.unwrap_or_default(),
    })
}

/// What a certificate is to name, and how it is sent.
pub(in crate::api::ibm) fn order(fields: &Fields) -> Result<Order, Fault> {
    Ok(Order {
        common_name: fields.text("common_name")?.filter(|name| !name.is_empty()),
        alt_names: list(fields, "alt_names")?,
        ip_sans: list(fields, "ip_sans")?,
        uri_sans: list(fields, "uri_sans")?,
        other_sans: list(fields, "other_sans")?,
        ttl: fields.span("ttl")?.filter(|ttl| ttl.as_nanos() != 0),
        exclude_cn_from_sans: flag(fields, "exclude_cn_from_sans", false)?,
        csr: fields.text("csr")?.filter(|csr| !csr.is_empty()),
        format: match fields.text("format")?.as_deref() {
            None | Some("pem") => Format::Pem,
            Some("pem_bundle") => Format::PemBundle,
            Some(_) => return Err(invalid("format", "pem or pem_bundle")),
        },
        private_key_format: match fields.text("private_key_format")?.as_deref() {
            None | Some("der") => KeyFormat::Traditional,
            Some("pkcs8") => KeyFormat::Pkcs8,
            Some(_) => return Err(invalid("private_key_format", "der or pkcs8")),
        },
    })
}
