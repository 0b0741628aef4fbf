//! Ingram Micro Cloud Orchestrator: key vaults, their secrets, and what its clients ask beside.
//!
//! This translates between HTTP and [`crate::engine::vaults`]. The caller is known by a client certificate of ours, or
//! by a token. A certificate without policies of its own may do what its kind needs: a user's everything but read
//! values, a host's read values only; one with policies may do what these allow. Policies see the paths
//! `imco/key_vaults/{vault}/secrets/{secret}/versions/{version}/content` and what they begin with, `imco/labels/…` and
//! `imco/settings`, whatever path a request came by.

mod access;
mod body;
mod catalogue;
mod document;
mod fault;
mod import;
mod labels;
mod route;
mod secrets;
mod show;
mod text;
mod vaults;
mod versions;

pub(super) use document::document;
pub(super) use fault::Fault;
pub(super) use import::answer as answer_import;

use super::app::App;
use super::vault::{Request, Response};
use crate::config::{ImcoSettings, Item, Plan};
use crate::engine::vaults::ObjectId;
use access::{BuiltIn, Visitor};
use hyper::Method;
use route::Route;

/// What hosts ask without `/v3`.
const VERSIONS: &str = "/secret/secret_versions/";

type Answer = Result<Response, Fault>;

/// What the dialect keeps beside the engine.
pub struct Imco {
    settings: ImcoSettings,
    provider: Item,
    built_in: BuiltIn,
}

impl Imco {
    /// With the plans, accounts, realms and labels of the settings.
    pub fn new(settings: ImcoSettings) -> Self {
        let name = "Casemate".to_owned();
        Self {
            settings,
            provider: Item {
                id: ObjectId::derived(&[b"provider", name.as_bytes()]),
                name,
            },
            built_in: BuiltIn::new(),
        }
    }

    fn plan(&self, id: ObjectId) -> Option<&Plan> {
        self.settings.plans.iter().find(|plan| plan.item.id == id)
    }

    fn account(&self, id: ObjectId) -> Option<&Item> {
        find(&self.settings.accounts, id)
    }

    fn realm(&self, id: ObjectId) -> Option<&Item> {
        find(&self.settings.realms, id)
    }

    fn label(&self, id: ObjectId) -> Option<&Item> {
        find(&self.settings.labels, id)
    }
}

fn find(items: &[Item], id: ObjectId) -> Option<&Item> {
    items.iter().find(|item| item.id == id)
}

/// One request, authenticated.
struct Call<'a> {
    app: &'a App,
    request: &'a Request,
    visitor: Visitor,
}

/// Answers a path that begins with `/v3/`, or that hosts ask without it; `None` for all others.
pub(super) async fn answer(app: &App, request: &Request) -> Option<Response> {
    let path = request.uri().path();
    let route = match path.strip_prefix("/v3/") {
        Some(rest) => Route::parse(rest),
        None => Route::unversioned(path.strip_prefix(VERSIONS)?),
    };
    Some(guarded(app, request, route).await.unwrap_or_else(Fault::respond))
}

/// Whether a path is one of this API.
pub(super) fn is_own(path: &str) -> bool {
    path.starts_with("/v3/") || path.starts_with(VERSIONS)
}

async fn guarded(app: &App, request: &Request, route: Option<Route>) -> Answer {
    let visitor = Visitor::of(app, request).await?;
    let call = Call {
        app,
        request,
        visitor,
    };
    call.answer(route.ok_or_else(Fault::no_route)?).await
}

impl Call<'_> {
    async fn answer(&self, route: Route) -> Answer {
        let method = match self.request.method() {
            &Method::HEAD => &Method::GET,
            method => method,
        };
        match (route, method) {
            (Route::KeyVaults, &Method::GET) => vaults::list_key_vaults(self),
            (Route::KeyVaults, &Method::POST) => vaults::create_key_vault(self).await,
            (Route::KeyVault(id), &Method::GET) => vaults::show_key_vault(self, id),
            (Route::KeyVault(id), &Method::PUT) => vaults::update_key_vault(self, id).await,
            (Route::KeyVault(id), &Method::DELETE) => vaults::delete_key_vault(self, id).await,
            (Route::RetryKeyVault(id), &Method::PUT) => vaults::retry_key_vault(self, id).await,
            (Route::KeyVaultSecrets(id), &Method::GET) => secrets::list_secrets(self, id),
            (Route::KeyVaultSecrets(id), &Method::POST) => secrets::create_secret(self, id).await,
            (Route::Secret(id), &Method::GET) => secrets::show_secret(self, id),
            (Route::Secret(id), &Method::PUT) => secrets::update_secret(self, id).await,
            (Route::Secret(id), &Method::DELETE) => secrets::delete_secret(self, id).await,
            (Route::RetrySecret(id), &Method::PUT) => secrets::retry_secret(self, id).await,
            (Route::SecretVersions(id), &Method::GET) => versions::list_secret_versions(self, id),
            (Route::SecretVersions(id), &Method::POST) => versions::create_secret_version(self, id).await,
            (Route::SecretVersion(id), &Method::GET) => versions::show_secret_version(self, id).await,
            (Route::Content(id), &Method::GET) => versions::download_secret_version(self, id).await,
            (route, method) => self.answer_beside(route, method).await,
        }
    }

    /// What is beside key vaults and secrets.
    async fn answer_beside(&self, route: Route, method: &Method) -> Answer {
        match (route, method) {
            (Route::LabelResources(id), &Method::POST) => labels::add_label_resources(self, id).await,
            (Route::LabelResource(id, kind, resource), &Method::DELETE) => {
                labels::remove_label_resource(self, id, &kind, resource).await
            }
            (route, &Method::GET) if route.methods().starts_with("GET") => match route {
                Route::Accounts => catalogue::list_cloud_accounts(self),
                Route::Account(id) => catalogue::show_cloud_account(self, id),
                Route::Labels => labels::list_labels(self),
                Route::LabelResources(id) => labels::list_label_resources(self, id),
                Route::Plan(id) => catalogue::show_key_vault_plan(self, id),
                Route::Providers => catalogue::list_cloud_providers(self),
                Route::ProviderPlans(id) => catalogue::list_key_vault_plans(self, id),
                Route::ProviderRealms(id) => catalogue::list_realms(self, id),
                Route::Realm(id) => catalogue::show_realm(self, id),
                _ => catalogue::ping(self),
            },
            (route, _) => Err(Fault::no_method(route.methods())),
        }
    }
}
