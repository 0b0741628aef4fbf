use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::route::Of;
use super::{Fault, Sender, Sys, fields};
use crate::api::vault::{Action, Envelope, Request, Response};
use crate::auth::TokenHash;
use crate::auth::policy::Acl;

/// Paths asked for at once.
const MAX_PATHS: usize = 1024;

pub(super) async fn answer(
    sys: &Sys,
    request: &Request,
    sender: &Sender<'_>,
    action: Action,
    of: Of,
) -> Result<Response, Fault> {
    if action != Action::Write {
        return Err(Fault::Unsupported(None));
    }
    let fields = fields(request)?;
    let paths = match fields.list("paths")? {
        Some(paths) => Some(paths),
        None => fields.list("path")?,
    };
    let paths = paths
        .filter(|paths| (1..=MAX_PATHS).contains(&paths.len()))
        .ok_or_else(|| Fault::bad(format!("paths must be supplied: 1 to {MAX_PATHS} of them")))?;
    if of == Of::Caller {
        return Ok(respond(sender.identity.acl(), &paths));
    }
    let token = fields.text("token")?.ok_or_else(|| Fault::bad("missing token"))?;
    let acl = sys.auth.acl(&TokenHash::of(&token)).ok_or(Fault::BadToken)?;
    Ok(respond(&acl, &paths))
}

/// A list for each path; where there is one path only, under `capabilities` too.
fn respond(acl: &Acl, paths: &[String]) -> Response {
    let mut data = Map::new();
    for path in paths {
        let names = if acl.is_root() {
            vec!["root"]
        } else {
            acl.capabilities(path).names()
        };
        data.insert(path.clone(), json!(names));
    }
    if let [path] = paths {
        let only = data.get(path).cloned().unwrap_or_default();
        data.insert("capabilities".into(), only);
    }
    let data = Value::Object(data).to_string();
    let envelope = Envelope::new().data(data.as_bytes()).data_at_root_too();
    envelope.respond(StatusCode::OK)
}
