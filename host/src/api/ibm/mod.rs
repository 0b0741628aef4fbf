//! IBM Cloud Secrets Manager's Vault API: login, secret groups, secrets of eight types, configurations that they are issued
//! by, versions, locks, policies, and Vault's KV version 2 over its key-value secrets.
//!
//! This translates between HTTP and the engine and holds no rules about secrets, only those about what a request may
//! say. A path that is not listed is 403, as IBM has it. Authenticate, authorise by the canonical path, which always
//! names the group (see [`crate::auth::iam`]), and only then look whether anything is there.

mod body;
mod certificate;
mod chapters;
mod config;
mod groups;
mod iam_credentials;
mod instance;
mod issued;
mod kv;
mod locks;
mod login;
mod page;
mod policies;
mod private;
mod public_cert;
mod route;
mod rules;
mod secrets;
mod service_credentials;
mod show;
mod versions;

mod document;
mod shapes;

pub(super) use document::document;
pub use instance::Ibm;

use super::app::App;
use super::okms::fault::Fault as OkmsFault;
use super::vault::{Action, Fault, Request, Response, credential};
use crate::auth::{Capability, Identity};
use crate::engine::collection::{Collection, CollectionId};
use crate::engine::managed::{Found, Kind};
use crate::engine::secret::SecretRow;
use route::{GroupName, Route};
use std::sync::Arc;

/// Bytes of a request's body: the largest payload, of which JSON may escape every character, and what stands around.
pub(super) const MAX_BODY: usize = 2 * secrets::MAX_ARBITRARY + 64 * 1024;

/// Answers a request whose body was not received: one that is too large is 400 here.
pub(super) fn refuse(fault: OkmsFault) -> Response {
    Fault::refused(fault).respond()
}

/// Answers what follows `/v1/` in a raw path, where that starts with `ibmcloud/` or `auth/ibmcloud/`.
pub(super) async fn answer(app: &App, request: &Request, rest: &str) -> Response {
    let Some(route) = Route::parse(rest) else {
        return Fault::forbidden().respond();
    };
    let methods = route.methods();
    let answer = match route {
        Route::Login => login::login(app, request).await,
        Route::Published(name, what) => config::published(app, request, &name, what),
        route => guarded(app, request, route).await,
    };
    answer.unwrap_or_else(|fault| fault.behind_gateway().allowing(methods).respond())
}

async fn guarded(app: &App, request: &Request, route: Route) -> Result<Response, Fault> {
    let credential = credential(request.headers()).ok_or_else(Fault::forbidden)?;
    let identity = app.auth.authenticate(credential.token).await?;
    let call = Call {
        app,
        request,
        identity,
        instance: app.ibm.instance(&app.engine).await?,
    };
    call.answer(route).await
}

/// One request, authenticated.
struct Call<'a> {
    app: &'a App,
    request: &'a Request,
    identity: Identity,
    /// The collection of the default group, whose identifier is the instance's.
    instance: Arc<Collection>,
}

/// A group that a request is about.
struct Group {
    collection: Arc<Collection>,
    /// `None` for the default group, which answers do not name.
    id: Option<CollectionId>,
}

impl Call<'_> {
    async fn answer(self, route: Route) -> Result<Response, Fault> {
        use Action::{Delete, List, Read, Write};
        let action = Action::of(self.request)?;
        match (&route, action) {
            (Route::LoginConfig, Read) => self.read_login_config(&route),
            (Route::LoginConfig, Write) => self.write_login_config(&route).await,
            (Route::Groups, Read | List) => self.list_groups(&route),
            (Route::Groups, Write) => self.create_group(&route).await,
            (Route::Group(id), Read) => self.read_group(&route, id),
            (Route::Group(id), Write) => self.update_group(&route, id).await,
            (Route::Group(id), Delete) => self.delete_group(&route, id).await,
            (Route::Secrets { kind, group }, Read | List) => self.list_secrets(&route, *kind, group.as_ref()),
            (Route::Secrets { kind, group }, Write) => {
                self.create_secret(&route, *kind, group.as_ref()).await
            }
            (Route::Secret(secret), action) => self.secret(&route, secret, action).await,
            (Route::Roles(group), Read | List) => self.list_roles(&route, group.as_ref()),
            (Route::Role(group, name), Write) => self.create_role(group, name).await,
            (Route::Role(group, name), Delete) => self.delete_role(&route, group, name).await,
            (Route::Creds(group, name), Read) => self.read_credentials(&route, group, name).await,
            (Route::RootConfig, Read) => self.read_root_config(&route).await,
            (Route::RootConfig, Write) => self.write_root_config(&route).await,
            (Route::Locks(locks), action) => self.locks(&route, locks, action).await,
            (Route::Configs(kind), action) => self.configs(&route, *kind, action).await,
            (Route::Config(kind, name), action) => self.config(&route, *kind, name, action).await,
            (Route::ConfigAction(kind, name, what), Write) => {
                self.config_action(&route, *kind, name, *what).await
            }
            (Route::Kv(endpoint, path), action) => self.kv(*endpoint, path, action).await,
            _ => Err(Fault::no_method()),
        }
    }

    /// Lets the request through if its token's policies allow any of this.
    fn authorise(&self, any: &[Capability], path: &str) -> Result<(), Fault> {
        let allowed = any
            .iter()
            .any(|&capability| self.identity.allows(path, capability));
        if allowed { Ok(()) } else { Err(Fault::forbidden()) }
    }

    /// Who is noted as the author of changes.
    fn author(&self) -> String {
        let record = self.identity.record();
        record.meta.get("user").unwrap_or(&record.display_name).clone()
    }

    /// The group with this name.
    fn group(&self, name: &GroupName) -> Result<Group, Fault> {
        let GroupName::Other(id) = name else {
            let collection = self.instance.clone();
            return Ok(Group { collection, id: None });
        };
        let collection = self.titled(id)?;
        let id = Some(collection.id());
        Ok(Group { collection, id })
    }

    fn find(&self, group: &Group, kind: Kind, name: &str) -> Result<Found, Fault> {
        Ok(self.app.engine.find(&group.collection, kind, name)?)
    }

    fn found(&self, group: &GroupName, kind: Kind, name: &str) -> Result<(Group, Found, SecretRow), Fault> {
        let group = self.group(group)?;
        let found = self.find(&group, kind, name)?;
        let row = self.app.engine.describe(&found)?;
        Ok((group, found, row))
    }
}
