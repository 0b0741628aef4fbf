//! What key vaults are made of: plans, accounts, realms. They stand in the settings.

use super::fault::Common;
use super::show::{CloudAccount, CloudProvider, KeyVaultPlan, Pong, Realm, ok};
use super::{Answer, Call, Fault};
use crate::auth::Capability;
use crate::engine::vaults::ObjectId;

/// Where policies see all this.
const PATH: &str = "imco/settings";

/// See whether the API is there
#[utoipa::path(
    get,
    path = "/v3/ping",
    tag = "Settings",
    responses((status = 200, description = "It is", body = Pong), Common)
)]
pub(super) fn ping(_: &Call<'_>) -> Answer {
    Ok(ok(&Pong { status: "ok" }))
}

/// List cloud accounts
#[utoipa::path(
    get,
    path = "/v3/settings/cloud_accounts",
    tag = "Settings",
    responses((status = 200, description = "All of them", body = [CloudAccount]), Common)
)]
pub(super) fn list_cloud_accounts(call: &Call<'_>) -> Answer {
    call.may(Capability::List, PATH)?;
    let imco = &call.app.imco;
    let accounts = imco.settings.accounts.iter();
    let shown: Vec<_> = accounts.map(|account| CloudAccount::of(imco, account)).collect();
    Ok(ok(&shown))
}

/// Show a cloud account
#[utoipa::path(
    get,
    path = "/v3/settings/cloud_accounts/{id}",
    tag = "Settings",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses((status = 200, description = "The account", body = CloudAccount), Common)
)]
pub(super) fn show_cloud_account(call: &Call<'_>, id: ObjectId) -> Answer {
    call.may(Capability::Read, PATH)?;
    let imco = &call.app.imco;
    let account = imco
        .account(id)
        .ok_or_else(|| Fault::not_found("cloud account"))?;
    Ok(ok(&CloudAccount::of(imco, account)))
}

/// List cloud providers
#[utoipa::path(
    get,
    path = "/v3/cloud/cloud_providers",
    tag = "Settings",
    responses((status = 200, description = "The one there is", body = [CloudProvider]), Common)
)]
pub(super) fn list_cloud_providers(call: &Call<'_>) -> Answer {
    call.may(Capability::List, PATH)?;
    Ok(ok(&[CloudProvider::of(&call.app.imco.provider)]))
}

/// List the realms of a cloud provider
#[utoipa::path(
    get,
    path = "/v3/cloud/cloud_providers/{id}/realms",
    tag = "Settings",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses((status = 200, description = "All of them", body = [Realm]), Common)
)]
pub(super) fn list_realms(call: &Call<'_>, provider: ObjectId) -> Answer {
    call.may(Capability::List, PATH)?;
    call.check_provider(provider)?;
    let imco = &call.app.imco;
    let realms = imco.settings.realms.iter();
    let shown: Vec<_> = realms.map(|realm| Realm::of(imco, realm)).collect();
    Ok(ok(&shown))
}

/// Show a realm
#[utoipa::path(
    get,
    path = "/v3/cloud/realms/{id}",
    tag = "Settings",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses((status = 200, description = "The realm", body = Realm), Common)
)]
pub(super) fn show_realm(call: &Call<'_>, id: ObjectId) -> Answer {
    call.may(Capability::Read, PATH)?;
    let imco = &call.app.imco;
    let realm = imco.realm(id).ok_or_else(|| Fault::not_found("realm"))?;
    Ok(ok(&Realm::of(imco, realm)))
}

/// List the key vault plans of a cloud provider
#[utoipa::path(
    get,
    path = "/v3/cloud/cloud_providers/{id}/key_vault_plans",
    tag = "Settings",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses((status = 200, description = "All of them", body = [KeyVaultPlan]), Common)
)]
pub(super) fn list_key_vault_plans(call: &Call<'_>, provider: ObjectId) -> Answer {
    call.may(Capability::List, PATH)?;
    call.check_provider(provider)?;
    let imco = &call.app.imco;
    let plans = imco.settings.plans.iter();
    let shown: Vec<_> = plans.filter_map(|plan| KeyVaultPlan::of(imco, plan)).collect();
    Ok(ok(&shown))
}

/// Show a key vault plan
#[utoipa::path(
    get,
    path = "/v3/secret/key_vault_plans/{id}",
    tag = "Settings",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses((status = 200, description = "The plan", body = KeyVaultPlan), Common)
)]
pub(super) fn show_key_vault_plan(call: &Call<'_>, id: ObjectId) -> Answer {
    call.may(Capability::Read, PATH)?;
    let imco = &call.app.imco;
    let plan = imco.plan(id).and_then(|plan| KeyVaultPlan::of(imco, plan));
    Ok(ok(&plan.ok_or_else(|| Fault::not_found("key vault plan"))?))
}

impl Call<'_> {
    fn check_provider(&self, id: ObjectId) -> Result<(), Fault> {
        match id == self.app.imco.provider.id {
            true => Ok(()),
            false => Err(Fault::not_found("cloud provider")),
        }
    }
}
