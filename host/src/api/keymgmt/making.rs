//! `sys/key-generation`: how far the device is with the keys that it is making. Casemate's own; Vault has nothing like it.

use super::{Action, key_types};
use crate::api::app::App;
use crate::api::vault::{Envelope, Fault, Request, Response, credential};
use crate::auth::Capability;
use crate::engine::keys::KeyInTheMaking;
use hyper::StatusCode;
use serde_json::{Value, json};

/// What policies decide about.
const PATH: &str = "sys/key-generation";

/// Answers a read of it; `rest` is what follows it in the path.
pub(in crate::api) async fn answer(app: &App, request: &Request, rest: &str) -> Response {
    let answer = guarded(app, request, rest).await;
    answer.unwrap_or_else(|fault| fault.allowing("GET, HEAD").respond())
}

async fn guarded(app: &App, request: &Request, rest: &str) -> Result<Response, Fault> {
    let credential = credential(request.headers()).ok_or_else(Fault::forbidden)?;
    let identity = app.auth.authenticate(credential.token).await?;
    if !identity.allows(PATH, Capability::Read) {
        return Err(Fault::forbidden());
    }
    match (Action::of(request)?, rest.trim_matches('/')) {
        (Action::Read, "") => {}
        (_, "") => return Err(Fault::no_method()),
        _ => return Err(Fault::not_found()),
    }
    let keys: Vec<_> = app.engine.keys_in_the_making().iter().map(shown).collect();
    let data = json!({ "keys": keys }).to_string();
    Ok(Envelope::new().data(data.as_bytes()).respond(StatusCode::OK))
}

fn shown(key: &KeyInTheMaking) -> Value {
    json!({
        "collection": key.collection.to_string(),
        "path": key.path.to_string(),
        "type": key_types::name(key.key_type),
        "since": key.since.to_string(),
        "primes_found": key.progress.primes,
        "primes_needed": 2,
        "candidates_tried": key.progress.candidates,
    })
}
