//! What secrets show whose values somebody issues.

use super::show::object;
use crate::engine::clock::Time;
use crate::engine::managed::LeaseTerms;
use crate::engine::secret::SecretRow;
use crate::engine::span::Span;
use crate::issuers::{Holder, Service, Want};
use serde_json::{Value, json};

/// The fields that secrets of its type have beside the rest.
pub(super) fn fields(row: &SecretRow, now: Time) -> Value {
    let Some(terms) = row.lease_terms() else {
        return Value::Null;
    };
    match &terms.want {
        Want::ApiKey(holder) => api_key(row, terms, holder, now),
        Want::ServiceKey(service) => service_key(row, terms, service),
    }
}

fn api_key(row: &SecretRow, terms: &LeaseTerms, holder: &Holder, now: Time) -> Value {
    let mut fields = json!({
        "ttl": seconds(terms.ttl),
        "reuse_api_key": terms.reuse,
        "service_id_is_static": matches!(holder, Holder::ServiceId(_)),
    });
    match holder {
        Holder::Groups(groups) => fields["access_groups"] = groups.clone().into(),
        Holder::ServiceId(id) => fields["service_id"] = id.as_str().into(),
    }
    let held = row.current_lease().filter(|held| held.lasts(now));
    for (name, value) in held.into_iter().flat_map(|held| &held.traces) {
        fields[name] = value.as_str().into();
    }
    // A policy says more.
    let scheduled = row
        .managed
        .as_ref()
        .is_some_and(|managed| managed.policy.is_some());
    if let Some(until) = held.and_then(|held| held.until).filter(|_| !scheduled) {
        fields["next_rotation_date"] = until.with_digits(0).into();
    }
    fields
}

fn service_key(row: &SecretRow, terms: &LeaseTerms, service: &Service) -> Value {
    let mut fields = json!({
        "source_crn": service.source_crn,
        "role": service.role,
        "ttl": seconds(terms.ttl),
        "parameters": object(&service.parameters),
    });
    let traces = row.current_lease().into_iter().flat_map(|held| &held.traces);
    for (name, value) in traces.filter(|(name, _)| *name != "resource_key_id") {
        fields[name] = value.as_str().into();
    }
    fields
}

/// What a version of service credentials shows beside the rest.
pub(super) fn version(row: &SecretRow, number: u32) -> Value {
    let terms = row
        .lease_terms()
        .filter(|terms| !matches!(terms.want, Want::ApiKey(_)));
    let until = terms.and_then(|terms| terms.held(number)?.until);
    until.map_or(
        Value::Null,
        |until| json!({"expiration_date": until.with_digits(0)}),
    )
}

fn seconds(ttl: Option<Span>) -> i64 {
    ttl.map_or(0, |ttl| ttl.as_nanos() / 1_000_000_000)
}
