//! `sys/mounts`: where key management is found. Each mount has a keyring of its own, which goes with it.

use super::show::{self, MountShown};
use super::{Action, DEFAULT_MOUNT};
use crate::api::app::App;
use crate::api::vault::{Envelope, Fault, Fields, Request, Response, credential, no_content};
use crate::auth::Capability;
use crate::engine::EngineError;
use crate::engine::collection::{Collection, Dialect, Title};
use hyper::StatusCode;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The one type of engine that can be mounted.
pub(super) const TYPE: &str = "keymgmt";
/// First segments of paths that belong to something else.
const TAKEN: [&str; 8] = [
    "api",
    "apikeys",
    "auth",
    "cubbyhole",
    "ibmcloud",
    "secret",
    "serviceids",
    "sys",
];

/// Answers what follows `sys/mounts` in a raw path.
pub(in crate::api) async fn answer(app: &App, request: &Request, rest: &str) -> Response {
    let methods = match rest.trim_matches('/') {
        "" => "GET, HEAD",
        _ => "GET, HEAD, POST, PUT, DELETE",
    };
    let answer = guarded(app, request, rest).await;
    answer.unwrap_or_else(|fault| fault.allowing(methods).respond())
}

async fn guarded(app: &App, request: &Request, rest: &str) -> Result<Response, Fault> {
    let credential = credential(request.headers()).ok_or_else(Fault::forbidden)?;
    let identity = app.auth.authenticate(credential.token).await?;
    let path = percent_decode_str(rest.trim_matches('/')).decode_utf8();
    let path = path.map_err(|_| Fault::bad_request("the path is not UTF-8 when decoded"))?;
    let may = |capability| {
        let whole = format!("sys/mounts/{path}");
        match identity.allows(whole.trim_end_matches('/'), capability) {
            true => Ok(()),
            false => Err(Fault::forbidden()),
        }
    };
    match (Action::of(request)?, &*path) {
        (Action::Read, path) => {
            may(Capability::Read)?;
            read(app, path)
        }
        (Action::Write, path) if !path.is_empty() => {
            may(Capability::Update)?;
            let fields = Fields::parse(request.body())?;
            mount(app, path, &fields).await
        }
        (Action::Delete, path) if !path.is_empty() => {
            may(Capability::Delete)?;
            unmount(app, path).await
        }
        (_, path) => Err(Fault::no_method().allowing(match path {
            "" => "GET, HEAD",
            _ => "GET, HEAD, POST, PUT, DELETE",
        })),
    }
}

fn all(app: &App) -> Vec<Arc<Collection>> {
    app.engine.collections(Dialect::Keymgmt)
}

fn find(app: &App, path: &str) -> Option<Arc<Collection>> {
    let named = |mount: &Arc<Collection>| mount.title().is_some_and(|title| title.name == path);
    all(app).into_iter().find(named)
}

/// One mount, or all of them. As in Vault, the fields of `data` stand beside it too.
fn read(app: &App, path: &str) -> Result<Response, Fault> {
    let data = if path.is_empty() {
        let mounts = all(app);
        let shown = mounts
            .iter()
            .filter_map(|mount| Some((format!("{}/", mount.title()?.name), show(mount))));
        Value::Object(shown.collect::<Map<_, _>>())
    } else {
        let none = || Fault::bad_request(format!("No secret engine mount at {path}/"));
        show(&*find(app, path).ok_or_else(none)?)
    };
    let data = data.to_string();
    Ok(Envelope::new()
        .data(data.as_bytes())
        .data_at_root_too()
        .respond(StatusCode::OK))
}

fn show(mount: &Collection) -> Value {
    show::json(&MountShown::of(mount, TYPE))
}

async fn mount(app: &App, path: &str, fields: &Fields) -> Result<Response, Fault> {
    match fields.text("type")?.as_deref() {
        Some(TYPE) => {}
        None => return Err(Fault::bad_request("backend type must be specified as a string")),
        Some(other) => {
            return Err(Fault::bad_request(format!(
                "{other:?} can't be mounted; the one engine that can is {TYPE}"
            )));
        }
    }
    check(app, path)?;
    make(app, path, fields.text("description")?).await?;
    Ok(no_content())
}

/// Makes a mount, unless there is one already at this path.
pub(super) async fn make(
    app: &App,
    path: &str,
    description: Option<String>,
) -> Result<Arc<Collection>, EngineError> {
    let engine = app.engine.clone();
    let title = Title {
        name: path.into(),
        description,
        updated: engine.now(),
    };
    app.finished(async move { engine.create_named_collection(Dialect::Keymgmt, title).await })
        .await
}

async fn unmount(app: &App, path: &str) -> Result<Response, Fault> {
    if let Some(mount) = find(app, path) {
        let (engine, id) = (app.engine.clone(), mount.id());
        app.finished(async move { engine.destroy_key_collection(id).await })
            .await?;
    }
    Ok(no_content())
}

/// Refuses a path that is in use, or lies above or below one.
fn check(app: &App, path: &str) -> Result<(), Fault> {
    let fits = |segment: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !segment.is_empty() && segment.bytes().all(known) && segment.bytes().any(|byte| byte != b'.')
    };
    if path.len() > 128 || !path.split('/').all(fits) {
        let why = "a mount's path may have letters, digits, - _ . and single slashes, 128 in all";
        return Err(Fault::bad_request(why));
    }
    let first = path.split('/').next().unwrap_or_default();
    if TAKEN.contains(&first) {
        return Err(Fault::bad_request(format!("path is already in use at {first}/")));
    }
    let within = |outer: &str, inner: &str| format!("{inner}/").starts_with(&format!("{outer}/"));
    let names = all(app)
        .into_iter()
        .filter_map(|mount| Some(mount.title()?.name.clone()));
    let default = (path != DEFAULT_MOUNT).then(|| DEFAULT_MOUNT.to_owned());
    let mut taken = names.chain(default);
    match taken.find(|taken| within(taken, path) || within(path, taken)) {
        Some(taken) => Err(Fault::bad_request(format!("path is already in use at {taken}/"))),
        None => Ok(()),
    }
}
