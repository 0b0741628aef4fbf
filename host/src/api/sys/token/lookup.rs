use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Fault, Fields, Of, Sender, Subject, Sys};
use crate::api::vault::{Action, Response, data};
use crate::auth::Record;
use crate::engine::clock::Time;
use crate::engine::span::Span;

/// A read without a body is about the caller, as in Vault.
pub(super) fn answer(
    sys: &Sys,
    sender: &Sender<'_>,
    fields: &Fields,
    action: Action,
    of: Of,
) -> Result<Response, Fault> {
    let of = if action == Action::Read { Of::Caller } else { of };
    if of == Of::Caller {
        // As it is after this request was counted; a last use shows too.
        let record = sender.identity.record();
        return Ok(respond(record, Some(sender.token), sys.auth.now()));
    }
    let subject = Subject::of(sys, sender, fields, of)?;
    let record = sys.auth.lookup(&subject.hash).ok_or(Fault::BadToken)?;
    Ok(respond(&record, subject.text.as_deref(), sys.auth.now()))
}

fn respond(record: &Record, token: Option<&str>, now: Time) -> Response {
    let json = Zeroizing::new(show(record, token, now).to_string());
    data(json.as_bytes())
}

fn show(record: &Record, token: Option<&str>, now: Time) -> Value {
    let mut shown = json!({
        "accessor": record.accessor.as_str(),
        "creation_time": record.created.as_nanos() / 1_000_000_000,
        "creation_ttl": seconds(record.creation_ttl),
        "display_name": record.display_name,
        "entity_id": "",
        "expire_time": record.expires.map(|time| time.to_string()),
        "explicit_max_ttl": seconds(record.explicit_max_ttl),
        "id": token.unwrap_or(""),
        "issue_time": record.created.to_string(),
        "meta": (!record.meta.is_empty()).then_some(&record.meta),
        "num_uses": record.uses_left.unwrap_or(0),
        "orphan": record.is_orphan(),
        "path": record.path,
        "policies": record.policies,
        "renewable": record.renewable,
        "ttl": record.seconds_left(now),
        "type": "service",
    });
    if record.period != Span::ZERO {
        shown["period"] = seconds(record.period).into();
    }
    shown
}

fn seconds(span: Span) -> i64 {
    span.as_nanos() / 1_000_000_000
}
