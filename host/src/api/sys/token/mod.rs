//! `auth/token/…`

mod create;
mod lookup;
mod renew;
mod revoke;

use hyper::StatusCode;
use serde_json::json;

use super::route::{Of, TokenRoute};
use super::{Fault, Fields, Sender, Sys, fields};
use crate::api::vault::{Action, Envelope, Request, Response};
use crate::auth::{Record, TokenHash};
use crate::engine::clock::Time;

pub(super) async fn answer(
    sys: &Sys,
    request: &Request,
    sender: &Sender<'_>,
    action: Action,
    route: TokenRoute,
) -> Result<Response, Fault> {
    let reads = matches!(route, TokenRoute::Lookup(Of::Caller | Of::Given));
    match action {
        Action::Write => {}
        Action::Read if reads => {}
        _ => return Err(Fault::Unsupported(None)),
    }
    let fields = fields(request)?;
    match route {
        TokenRoute::Create { orphan } => create::answer(sys, sender, &fields, orphan).await,
        TokenRoute::Lookup(of) => lookup::answer(sys, sender, &fields, action, of),
        TokenRoute::Renew(of) => renew::answer(sys, sender, &fields, of).await,
        TokenRoute::Revoke(of) => revoke::answer(sys, sender, &fields, of).await,
        TokenRoute::RevokeOrphan => revoke::orphaning(sys, &fields).await,
    }
}

/// The token that a request is about: its hash, and its text where the sender knows that.
struct Subject {
    hash: TokenHash,
    text: Option<String>,
}

impl Subject {
    fn of(sys: &Sys, sender: &Sender<'_>, fields: &Fields, of: Of) -> Result<Self, Fault> {
        match of {
            Of::Accessor => Self::by_accessor(sys, fields),
            Of::Caller => Ok(Self {
                hash: sender.identity.hash(),
                text: Some(sender.token.into()),
            }),
            Of::Given => Self::given(fields),
        }
    }

    fn given(fields: &Fields) -> Result<Self, Fault> {
        let token = fields.text("token")?.filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| Fault::bad("missing token"))?;
        Ok(Self {
            hash: TokenHash::of(&token),
            text: Some(token),
        })
    }

    fn by_accessor(sys: &Sys, fields: &Fields) -> Result<Self, Fault> {
        let accessor = fields.text("accessor")?.filter(|accessor| !accessor.is_empty());
        let accessor = accessor.ok_or_else(|| Fault::bad("missing accessor"))?;
        let hash = sys.auth.by_accessor(&accessor.into()).ok_or(Fault::NotFound)?;
        Ok(Self { hash, text: None })
    }
}

/// The answer to a token's making or renewal.
fn respond(record: &Record, token: Option<&str>, now: Time, warnings: &[String]) -> Response {
    let metadata = (!record.meta.is_empty()).then_some(&record.meta);
    let auth = json!({
        "client_token": token.unwrap_or(""),
        "accessor": record.accessor.as_str(),
        "policies": record.policies,
        "token_policies": record.policies,
        "metadata": metadata,
        "lease_duration": record.seconds_left(now),
        "renewable": record.renewable,
        "entity_id": "",
        "token_type": "service",
        "orphan": record.is_orphan(),
        "mfa_requirement": null,
        "num_uses": record.uses_left.unwrap_or(0),
    });
    let auth = zeroize::Zeroizing::new(auth.to_string());
    let envelope = Envelope::new().auth(auth.as_bytes()).warnings(warnings);
    envelope.respond(StatusCode::OK)
}
