use hyper::StatusCode;
use serde_json::json;

use super::route::PolicyRoute;
use super::{Fault, Sys, fields};
use crate::api::vault::{Action, Envelope, Request, Response, no_content};
use crate::auth::policy::PolicyName;

pub(super) async fn answer(
    sys: &Sys,
    request: &Request,
    action: Action,
    policy: PolicyRoute<'_>,
) -> Result<Response, Fault> {
    if policy.name.is_empty() {
        return match action {
            Action::List => Ok(list(sys, policy.old)),
            Action::Read if policy.old => Ok(list(sys, true)),
            _ => Err(Fault::Unsupported(None)),
        };
    }
    let name: PolicyName = policy
        .name
        .parse()
        .map_err(|error: crate::auth::policy::BadName| {
            // A name that no policy can have is not found; only who writes needs to know why.
            if action == Action::Write {
                Fault::bad(error.to_string())
            } else {
                Fault::NotFound
            }
        })?;
    match action {
        Action::Read => read(sys, &name, policy.old),
        Action::Write => write(sys, request, name).await,
        Action::Delete => {
            sys.auth.remove_policy(name).await?;
            Ok(no_content())
        }
        Action::List | Action::Patch => Err(Fault::Unsupported(None)),
    }
}

fn list(sys: &Sys, old: bool) -> Response {
    let names: Vec<String> = sys.auth.policies().into_iter().map(Into::into).collect();
    let data = if old {
        json!({"keys": names, "policies": names})
    } else {
        json!({"keys": names})
    };
    respond(&data.to_string(), old)
}

fn read(sys: &Sys, name: &PolicyName, old: bool) -> Result<Response, Fault> {
    let text = sys.auth.policy(name).ok_or(Fault::NotFound)?;
    let key = if old { "rules" } else { "policy" };
    let data = json!({"name": name.as_str(), key: &*text});
    Ok(respond(&data.to_string(), old))
}

async fn write(sys: &Sys, request: &Request, name: PolicyName) -> Result<Response, Fault> {
    let fields = fields(request)?;
    let text = match fields.text("policy")? {
        Some(text) => Some(text),
        None => fields.text("rules")?,
    };
    let text = text
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Fault::bad("'policy' parameter not supplied or empty"))?;
    sys.auth.put_policy(name, text).await?;
    Ok(no_content())
}

/// The older route repeats its data beside the envelope's own keys.
fn respond(data: &str, old: bool) -> Response {
    let envelope = Envelope::new().data(data.as_bytes());
    let envelope = if old {
        envelope.data_at_root_too()
    } else {
        envelope
    };
    envelope.respond(StatusCode::OK)
}
