//! Domains: `sys/okms/domains`, an API of our own, used by `casemate domain`.

use super::Action;
use super::fault::Fault;
use super::json::Json;
use crate::api::app::App;
use crate::api::vault::{self, Request, Response, no_content};
use crate::auth::Capability;
use crate::engine::collection::{Collection, CollectionId, Dialect};

/// Where policies see this API, and URLs after `/v1/`.
const PATH: &str = "sys/okms/domains";

/// Answers what follows `sys/okms/domains` in a raw path.
pub(in crate::api) async fn answer(app: &App, request: &Request, rest: &str) -> Result<Response, Fault> {
    let caller = app.caller(request).await?;
    let id = rest.trim_matches('/');
    let path = policy_path(id);
    let action = Action::of(request)?;
    match (action, id) {
        (Action::Read | Action::List, "") => {
            caller.may(Capability::List, &format!("{PATH}/"))?;
            Ok(list(app))
        }
        (Action::Write, "") => {
            caller.may(Capability::Update, &path)?;
            let engine = app.engine.clone();
            let create = async move { engine.create_collection(Dialect::Okms).await };
            let domain = app.detached(create).await?;
            Ok(vault::data(&object(&domain)))
        }
        (Action::Read, id) => {
            caller.may(Capability::Read, &path)?;
            let domain = super::find(app, super::DomainName::Id(id))?;
            Ok(vault::data(&object(&domain)))
        }
        (Action::Delete, id) if !id.is_empty() => {
            caller.may(Capability::Delete, &path)?;
            let domain = super::find(app, super::DomainName::Id(id))?;
            let engine = app.engine.clone();
            let destroy = async move { engine.destroy_collection(domain.id()).await };
            app.detached(destroy).await?;
            Ok(no_content())
        }
        _ => Err(Fault::no_method()),
    }
}

/// The path that policies decide about: an identifier can be written in several ways, a rule must meet them all.
fn policy_path(id: &str) -> String {
    match (id, id.parse::<CollectionId>()) {
        ("", _) => PATH.to_owned(),
        (_, Ok(id)) => format!("{PATH}/{id}"),
        (id, Err(_)) => format!("{PATH}/{id}"),
    }
}

fn list(app: &App) -> Response {
    let domains = app.engine.collections(Dialect::Okms);
    let mut json = Json::with_capacity(64 * domains.len());
    json.raw(br#"{"keys":["#);
    for (index, domain) in domains.iter().enumerate() {
        json.raw(if index == 0 { b"\"" } else { b",\"" })
            .plain(domain.id())
            .raw(b"\"");
    }
    json.raw(b"]}");
    vault::data(&json.into_bytes())
}

fn object(domain: &Collection) -> Vec<u8> {
    let mut json = Json::with_capacity(256);
    json.raw(br#"{"id":""#)
        .plain(domain.id())
        .raw(br#"","created_time":""#)
        .plain(domain.created())
        .raw(br#"","keyring":""#)
        .plain(domain.keyring())
        .raw(br#""}"#);
    json.into_bytes()
}
