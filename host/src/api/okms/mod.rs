//! OVHcloud's OKMS secret manager, in the version that is compatible with Vault's KV version 2.
//!
//! This translates between HTTP and the engine and holds no rules about secrets. What comes in is trusted no further
//! than the token that comes with it: authenticate, find the domain, authorise by the canonical path
//! `api/<domain>/secret/<endpoint>/<path>` whatever alias was used, then parse the rest.

pub(super) mod body;
mod config;
pub(super) mod data;
mod document;
pub(super) mod domains;
pub(super) mod fault;
pub(super) mod json;
mod list;
mod metadata;
pub(super) mod mounts;
mod route;
pub(super) mod shapes;
mod subkeys;
pub(super) mod value;
mod versions;

pub(super) use document::document;

use super::app::App;
use super::guard::Caller;
use super::vault::{Action, Request, Response, query_pairs};
use crate::auth::Capability;
use crate::engine::collection::{Collection, Dialect};
use crate::engine::secret::SecretPath;
use fault::Fault;
use route::{Endpoint, Route};
use std::sync::Arc;

/// The domain that a URL names.
#[derive(Debug, Clone, Copy)]
pub(super) enum DomainName<'a> {
    /// By its identifier, as it came.
    Id(&'a str),
    /// Not at all: the one that first start made.
    Default,
}

/// One request to a domain, authenticated.
struct Call<'a> {
    app: &'a App,
    request: &'a Request,
    caller: Caller,
    domain: Arc<Collection>,
    route: Route,
}

/// Answers what follows `…/secret/` in a raw path.
pub(super) async fn answer(
    app: &App,
    request: &Request,
    domain: DomainName<'_>,
    rest: &str,
) -> Result<Response, Fault> {
    let caller = app.caller(request).await?;
    let domain = find(app, domain)?;
    let call = Call {
        app,
        request,
        caller,
        domain,
        route: Route::parse(rest)?,
    };
    let allow = call.route.methods();
    call.answer().await.map_err(|fault| fault.allowing(allow))
}

/// The domain with this name.
pub(super) fn find(app: &App, name: DomainName<'_>) -> Result<Arc<Collection>, Fault> {
    let id = match name {
        DomainName::Id(id) => id.parse().map_err(|_| Fault::no_domain())?,
        DomainName::Default => app.default_domain().ok_or_else(Fault::no_domain)?,
    };
    let domain = app.engine.collection(id)?;
    if domain.dialect() != Dialect::Okms {
        return Err(Fault::no_domain());
    }
    Ok(domain)
}

impl Call<'_> {
    async fn answer(self) -> Result<Response, Fault> {
        use Action::{Delete, List, Patch, Read, Write};
        match (self.route.endpoint, Action::of(self.request)?) {
            (Endpoint::Config, Read) => self.read_config(),
            (Endpoint::Config, Write) => self.write_config().await,
            (Endpoint::Data, Read) => self.read_data().await,
            (Endpoint::Data, Write) => self.write_data().await,
            (Endpoint::Data, Patch) => self.patch_data().await,
            (Endpoint::Data, Delete) => self.delete_data().await,
            (Endpoint::Subkeys, Read) => self.read_subkeys().await,
            (Endpoint::Delete, Write) => self.deactivate_versions().await,
            (Endpoint::Undelete, Write) => self.reactivate_versions().await,
            (Endpoint::Destroy, Write) => self.destroy_versions().await,
            (Endpoint::Metadata, List) => self.list(),
            (Endpoint::Metadata, Read) if self.route.rest.is_empty() => self.list(),
            (Endpoint::Metadata, Write | Patch | Delete) if self.route.rest.is_empty() => {
                Err(Fault::no_method())
            }
            (Endpoint::Metadata, Read) => self.read_metadata(),
            (Endpoint::Metadata, Write) => self.write_metadata().await,
            (Endpoint::Metadata, Patch) => self.patch_metadata().await,
            (Endpoint::Metadata, Delete) => self.delete_metadata().await,
            _ => Err(Fault::no_method()),
        }
    }

    /// Lets the request through if its token's policies allow it.
    fn authorise(&self, capability: Capability, path: &str) -> Result<(), Fault> {
        let endpoint = self.route.endpoint.name();
        let path = match path {
            "" => format!("api/{}/secret/{endpoint}", self.domain.id()),
            path => format!("api/{}/secret/{endpoint}/{path}", self.domain.id()),
        };
        self.caller.may(capability, &path)
    }

    /// The secret's path, once the token's policies allow this on it.
    fn path(&self, capability: Capability) -> Result<SecretPath, Fault> {
        let path = self.route.path()?;
        self.authorise(capability, path.as_str())?;
        Ok(path)
    }

    /// The secret's path, once the token's policies allow making it or changing it, whichever it is.
    fn path_to_write(&self) -> Result<SecretPath, Fault> {
        let path = self.route.path()?;
        let capability = match self.app.engine.exists(&self.domain, &path)? {
            true => Capability::Update,
            false => Capability::Create,
        };
        self.authorise(capability, path.as_str())?;
        Ok(path)
    }

    /// A number in the query; absent or empty means 0.
    fn query_number(&self, name: &str) -> Result<u32, Fault> {
        let value = query_pairs(self.request.uri()).find(|(key, _)| key == name);
        match value.as_ref().map_or("", |(_, value)| value) {
            "" => Ok(0),
            number => number.parse().map_err(|_| {
                Fault::bad_request(format!("Field validation failed: {name} must be a number from 0"))
            }),
        }
    }
}
