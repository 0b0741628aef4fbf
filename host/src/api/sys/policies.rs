use hyper::StatusCode;
use serde_json::json;

use super::route::PolicyAction;
use super::{Fault, Operation, Sys, fields};
use crate::api::vault::{Envelope, Request, Response, no_content};
use crate::auth::policy::PolicyName;

pub(super) async fn answer(
    sys: &Sys,
    request: &Request,
    operation: Operation,
    action: PolicyAction<'_>,
) -> Result<Response, Fault> {
    if action.name.is_empty() {
        return match operation {
            Operation::List => Ok(list(sys, action.old)),
            Operation::Read if action.old => Ok(list(sys, true)),
            _ => Err(Fault::Unsupported),
        };
    }
    let name: PolicyName = action
        .name
        .parse()
        .map_err(|error: crate::auth::policy::BadName| {
            // A name that no policy can have is not found; only who writes needs to know why.
            if operation == Operation::Write {
                Fault::bad(error.to_string())
            } else {
                Fault::NotFound
            }
        })?;
    match operation {
        Operation::Read => read(sys, &name, action.old),
        Operation::Write => write(sys, request, name).await,
        Operation::Delete => {
            sys.auth.remove_policy(name).await?;
            Ok(no_content())
        }
        Operation::List => Err(Fault::Unsupported),
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
