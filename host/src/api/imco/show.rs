//! What the API shows of things.

use super::Imco;
use crate::api::docs::loose;
use crate::api::vault::{Response, json};
use crate::config::{Item, Plan};
use crate::engine::vaults::{ObjectId, SecretState, Vault, VaultSecret, VaultState, VaultVersion};
use hyper::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::Schema;

/// A key vault.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyVault {
    /// Its identifier.
    id: String,
    /// What people call it.
    name: String,
    /// The identifier of its keyring on the device.
    remote_id: String,
    /// How far it has come.
    #[schema(schema_with = vault_states)]
    state: &'static str,
    /// The plan that it follows.
    key_vault_plan_id: String,
    /// The account that it belongs to.
    cloud_account_id: String,
    /// Where it is.
    realm_id: String,
    /// Whether its keyring was there before it.
    brownfield: bool,
    /// Labels that were put on it.
    label_ids: Vec<String>,
    /// The identifier that its keyring was to have, if one was desired.
    desired_remote_id: Option<String>,
    resource_type: &'static str,
}

impl KeyVault {
    pub(super) fn of(vault: &Vault) -> Self {
        Self {
            id: vault.id.to_string(),
            name: vault.name.clone(),
            remote_id: vault.keyring.to_string(),
            state: vault.state.name(),
            key_vault_plan_id: vault.plan.to_string(),
            cloud_account_id: vault.account.to_string(),
            realm_id: vault.realm.to_string(),
            brownfield: vault.brownfield,
            label_ids: texts(&vault.labels),
            desired_remote_id: vault.desired.then(|| vault.keyring.to_string()),
            resource_type: "key_vault",
        }
    }
}

/// A secret, without its values.
#[derive(Serialize, ToSchema)]
pub(super) struct Secret {
    /// Its identifier.
    id: String,
    /// What people call it.
    name: String,
    /// The key vault that it is in.
    key_vault_id: String,
    /// The same, as IMCO's documentation spells it.
    #[serde(rename = "key vault_id")]
    key_vault_id_as_documented: String,
    /// Its identifier within the key vault.
    remote_id: String,
    /// How far it has come.
    #[schema(schema_with = secret_states)]
    state: &'static str,
    /// Whether it was there before the key vault was imported.
    brownfield: bool,
    /// Labels that were put on it.
    label_ids: Vec<String>,
    /// The identifier that it was to have, if one was desired.
    desired_remote_id: Option<String>,
    resource_type: &'static str,
}

impl Secret {
    pub(super) fn of(secret: &VaultSecret) -> Self {
        let vault = secret.vault.to_string();
        Self {
            id: secret.id.to_string(),
            name: secret.name.clone(),
            key_vault_id_as_documented: vault.clone(),
            key_vault_id: vault,
            remote_id: secret.remote_id.clone(),
            state: secret.state.name(),
            // The device has keyrings only: what is sealed under them is always made here.
            brownfield: false,
            label_ids: texts(&secret.labels),
            desired_remote_id: secret.desired.then(|| secret.remote_id.clone()),
            resource_type: "secret",
        }
    }
}

/// A version of a secret, without its value.
#[derive(Serialize, ToSchema)]
pub(super) struct SecretVersion {
    /// Its identifier.
    id: String,
    /// The secret that it belongs to.
    secret_id: String,
    /// The key vault that the secret is in.
    key_vault_id: String,
    /// The same, as IMCO's documentation spells it.
    #[serde(rename = "key vault_id")]
    key_vault_id_as_documented: String,
    /// Its identifier within the key vault.
    remote_id: String,
    /// Whether it is the secret's newest.
    last: bool,
    resource_type: &'static str,
}

impl SecretVersion {
    pub(super) fn of(version: &VaultVersion) -> Self {
        let vault = version.vault.to_string();
        Self {
            id: version.id.to_string(),
            secret_id: version.secret.to_string(),
            key_vault_id_as_documented: vault.clone(),
            key_vault_id: vault,
            remote_id: version.remote_id.clone(),
            last: version.last,
            resource_type: "secret_version",
        }
    }
}

/// Where key vaults can be.
#[derive(Serialize, ToSchema)]
pub(super) struct Realm {
    id: String,
    name: String,
    location_id: String,
    cloud_provider_id: String,
    provider_name: String,
    deprecated: bool,
    resource_type: &'static str,
}

impl Realm {
    pub(super) fn of(imco: &Imco, realm: &Item) -> Self {
        Self {
            id: realm.id.to_string(),
            name: realm.name.clone(),
            location_id: location(realm).to_string(),
            cloud_provider_id: imco.provider.id.to_string(),
            provider_name: realm.name.clone(),
            deprecated: false,
            resource_type: "realm",
        }
    }
}

/// What a key vault can be.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyVaultPlan {
    id: String,
    name: String,
    cloud_provider_id: String,
    location_id: String,
    realm_id: String,
    realm_provider_name: String,
    flavour_provider_name: String,
    deprecated: bool,
    resource_type: &'static str,
}

impl KeyVaultPlan {
    pub(super) fn of(imco: &Imco, plan: &Plan) -> Option<Self> {
        let realm = imco.settings.realms.get(plan.realm)?;
        Some(Self {
            id: plan.item.id.to_string(),
            name: plan.item.name.clone(),
            cloud_provider_id: imco.provider.id.to_string(),
            location_id: location(realm).to_string(),
            realm_id: realm.id.to_string(),
            realm_provider_name: realm.name.clone(),
            flavour_provider_name: plan.item.name.clone(),
            deprecated: plan.deprecated,
            resource_type: "key_vault_plan",
        })
    }
}

/// Whose clouds there are: Casemate's own.
#[derive(Serialize, ToSchema)]
pub(super) struct CloudProvider {
    id: String,
    name: String,
}

impl CloudProvider {
    pub(super) fn of(provider: &Item) -> Self {
        Self {
            id: provider.id.to_string(),
            name: provider.name.clone(),
        }
    }
}

/// To whom key vaults can belong.
#[derive(Serialize, ToSchema)]
pub(super) struct CloudAccount {
    id: String,
    name: String,
    subscription_id: String,
    remote_id: String,
    cloud_provider_id: String,
    supports_importing: bool,
    supports_importing_vpcs: bool,
    supports_importing_floating_ips: bool,
    supports_importing_volumes: bool,
    supports_importing_policies: bool,
    supports_importing_kubernetes_clusters: bool,
    /// Always `idle`: key vaults are imported by `casemate imco import`.
    state: &'static str,
    error_event_id: Option<String>,
    resource_type: &'static str,
}

impl CloudAccount {
    pub(super) fn of(imco: &Imco, account: &Item) -> Self {
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            subscription_id: account.name.clone(),
            remote_id: account.name.clone(),
            cloud_provider_id: imco.provider.id.to_string(),
            supports_importing: false,
            supports_importing_vpcs: false,
            supports_importing_floating_ips: false,
            supports_importing_volumes: false,
            supports_importing_policies: false,
            supports_importing_kubernetes_clusters: false,
            state: "idle",
            error_event_id: None,
            resource_type: "cloud_account",
        }
    }
}

/// What key vaults and secrets can be marked with.
#[derive(Serialize, ToSchema)]
pub(super) struct Label {
    id: String,
    name: String,
    /// Empty: with a namespace it would be hidden from people.
    namespace: &'static str,
    value: &'static str,
    resource_type: &'static str,
}

impl Label {
    pub(super) fn of(label: &Item) -> Self {
        Self {
            id: label.id.to_string(),
            name: label.name.clone(),
            namespace: "",
            value: "",
            resource_type: "label",
        }
    }
}

/// A key vault or secret that has a label.
#[derive(Serialize, ToSchema)]
pub(super) struct LabelResource {
    /// Its identifier.
    pub(super) id: String,
    /// `key_vault` or `secret`.
    pub(super) resource_type: &'static str,
}

/// That the API is there.
#[derive(Serialize, ToSchema)]
pub(super) struct Pong {
    /// Always `ok`.
    pub(super) status: &'static str,
}

/// The location that a realm lies in: there is one for each.
fn location(realm: &Item) -> ObjectId {
    ObjectId::derived(&[b"location", realm.id.as_bytes()])
}

fn texts(ids: &[ObjectId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn vault_states() -> Schema {
    loose::one_of(VaultState::ALL.map(VaultState::name))
}

fn secret_states() -> Schema {
    loose::one_of(SecretState::ALL.map(SecretState::name))
}

/// 200 with this.
pub(super) fn ok(shown: &impl Serialize) -> Response {
    respond(StatusCode::OK, shown)
}

/// 201 with this.
pub(super) fn created(shown: &impl Serialize) -> Response {
    respond(StatusCode::CREATED, shown)
}

fn respond(status: StatusCode, shown: &impl Serialize) -> Response {
    // Structs of texts, numbers and flags always can be written.
    json(status, serde_json::to_vec(shown).unwrap_or_default())
}
