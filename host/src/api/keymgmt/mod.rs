//! Vault's key management engine: keys that the device makes, under any number of mounts.
//!
//! This translates between HTTP and the engine. Paths, bodies and statuses are Vault Enterprise's; where its
//! documentation and its answers differ, both shapes are given.

mod distribution;
mod document;
mod key_types;
mod keys;
mod kms;
pub(super) mod making;
pub(super) mod mounts;
mod route;
mod show;

pub(super) use document::document;

use super::app::App;
use super::router::below;
use super::vault::{Action, Fault, Fields, Request, Response, credential};
use crate::auth::{Capability, Identity};
use crate::engine::collection::{Collection, Dialect};
use route::Route;
use std::sync::Arc;

/// The mount that is there without being made.
const DEFAULT_MOUNT: &str = "keymgmt";

/// A mount, and what follows its path in a request's.
pub(super) struct Mounted<'r> {
    path: String,
    /// `None` for the default mount before its first key.
    collection: Option<Arc<Collection>>,
    rest: &'r str,
}

impl<'r> Mounted<'r> {
    /// The mount that what follows `/v1/` in a raw path belongs to.
    pub(super) fn find(app: &App, raw: &'r str) -> Option<Self> {
        let mounts = app.engine.collections(Dialect::Keymgmt).into_iter();
        let mut found = mounts.filter_map(|collection| {
            let path = collection.title()?.name.clone();
            let rest = below(raw, &path)?;
            Some(Self {
                path,
                collection: Some(collection),
                rest,
            })
        });
        found.next().or_else(|| {
            Some(Self {
                path: DEFAULT_MOUNT.into(),
                collection: None,
                rest: below(raw, DEFAULT_MOUNT)?,
            })
        })
    }
}

/// Answers a request to a mount.
pub(super) async fn answer(app: &App, request: &Request, mounted: Mounted<'_>) -> Response {
    guarded(app, request, mounted)
        .await
        .unwrap_or_else(Fault::respond)
}

async fn guarded(app: &App, request: &Request, mounted: Mounted<'_>) -> Result<Response, Fault> {
    let credential = credential(request.headers()).ok_or_else(Fault::forbidden)?;
    let call = Call {
        app,
        request,
        identity: app.auth.authenticate(credential.token).await?,
        mount: mounted.path,
        collection: mounted.collection,
    };
    let route = Route::parse(mounted.rest).ok_or_else(Fault::not_found)?;
    let answer = call.answer(&route).await;
    answer.map_err(|fault| fault.allowing(route.methods()))
}

/// One request, authenticated.
struct Call<'a> {
    app: &'a App,
    request: &'a Request,
    identity: Identity,
    mount: String,
    collection: Option<Arc<Collection>>,
}

impl Call<'_> {
    async fn answer(self, route: &Route) -> Result<Response, Fault> {
        match (route, Action::of(self.request)?) {
            (Route::Keys, Action::List) => self.list_keys(),
            (Route::Key(name), Action::Read) => self.read_key(name).await,
            (Route::Key(name), Action::Write) => self.write_key(name).await,
            (Route::Key(name), Action::Delete) => self.delete_key(name).await,
            (Route::Rotate(name), Action::Write) => self.rotate_key(name).await,
            (Route::KmsOfKey(name), Action::List) => self.list_kms_of_key(name),
            (Route::Kmses, Action::List) => self.list_kms(),
            (Route::Kms(name), Action::Read) => self.read_kms(name),
            (Route::Kms(name), Action::Write) => self.write_kms(name).await,
            (Route::Kms(name), Action::Delete) => self.delete_kms(name).await,
            (Route::KeysOfKms(kms), Action::List) => self.list_keys_of_kms(kms),
            (Route::Distribution(kms, key), Action::Read) => self.read_distribution(kms, key),
            (Route::Distribution(kms, key), Action::Write) => self.distribute(kms, key).await,
            (Route::Distribution(kms, key), Action::Delete) => self.withdraw(kms, key).await,
            (Route::Replicate(kms, key), Action::Write) => self.replicate(kms, key).await,
            _ => Err(Fault::no_method()),
        }
    }

    fn authorise(&self, capability: Capability, path: &str) -> Result<(), Fault> {
        let path = format!("{}/{path}", self.mount);
        match self.identity.allows(&path, capability) {
            true => Ok(()),
            false => Err(Fault::forbidden()),
        }
    }

    fn fields(&self) -> Result<Fields, Fault> {
        Ok(Fields::parse(self.request.body())?)
    }

    /// The mount's collection.
    fn existing(&self) -> Result<&Arc<Collection>, Fault> {
        self.collection.as_ref().ok_or_else(Fault::not_found)
    }
}
