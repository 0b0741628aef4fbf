//! What the API shows of things.

use super::key_types;
use crate::api::docs::loose;
use crate::api::vault::{Response, data};
use crate::engine::collection::Collection;
use crate::engine::distribution::{Kms, Leftover};
use crate::engine::keys::{Facts, KeyName};
use crate::kms::{Protection, ProviderKind};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// A key.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyShown {
    name: String,
    #[schema(schema_with = key_type)]
    r#type: &'static str,
    deletion_allowed: bool,
    /// The number of the newest version.
    latest_version: u32,
    /// The number of the oldest version that is not switched off.
    min_enabled_version: u32,
    /// As versions: Vault's documentation calls them keys, its answers versions.
    #[schema(value_type = BTreeMap<String, KeyVersion>)]
    keys: BTreeMap<u32, KeyVersion>,
    /// Those that are not switched off, by their numbers.
    #[schema(value_type = BTreeMap<String, KeyVersion>)]
    versions: BTreeMap<u32, KeyVersion>,
    /// Regions that it was made to be replicated to, if any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    replica_regions: Vec<String>,
}

impl KeyShown {
    pub(super) fn of(
        name: &KeyName,
        facts: Facts,
        current: u32,
        versions: BTreeMap<u32, KeyVersion>,
    ) -> Self {
        Self {
            name: name.to_string(),
            r#type: key_types::name(facts.key_type),
            deletion_allowed: facts.deletion_allowed,
            latest_version: current,
            min_enabled_version: facts.min_enabled_version,
            keys: versions.clone(),
            versions,
            replica_regions: facts.replica_regions,
        }
    }
}

/// A version of a key.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct KeyVersion {
    #[schema(format = DateTime)]
    pub(super) creation_time: String,
    /// In PEM, of a pair of keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) public_key: Option<String>,
}

/// A provider.
#[derive(Serialize, ToSchema)]
pub(super) struct KmsShown {
    name: String,
    #[schema(schema_with = provider)]
    provider: &'static str,
    key_collection: String,
    /// Keys whose distribution is not finished: repeat it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    unfinished: Vec<String>,
    /// What could not be cleaned up there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    leftovers: Vec<LeftoverShown>,
}

/// Something that may be left at a provider.
#[derive(Serialize, ToSchema)]
struct LeftoverShown {
    /// What, in words.
    what: String,
    #[schema(format = DateTime)]
    since: String,
}

impl KmsShown {
    pub(super) fn of(name: &KeyName, kms: Kms, unfinished: Vec<String>) -> Self {
        let leftovers = kms.leftovers.into_iter();
        Self {
            name: name.to_string(),
            provider: kms.kind.name(),
            key_collection: kms.key_collection,
            unfinished,
            leftovers: leftovers.map(LeftoverShown::of).collect(),
        }
    }
}

impl LeftoverShown {
    fn of(left: Leftover) -> Self {
        Self {
            what: left.what,
            since: left.since.to_string(),
        }
    }
}

/// A key at a provider.
#[derive(Serialize, ToSchema)]
pub(super) struct DistributionShown {
    /// What the provider calls it.
    pub(super) name: String,
    /// With commas.
    pub(super) purpose: String,
    #[schema(schema_with = protection)]
    pub(super) protection: &'static str,
    #[schema(format = DateTime)]
    pub(super) distribution_time: String,
    /// What the provider calls its versions, by their numbers.
    #[schema(value_type = BTreeMap<String, String>)]
    pub(super) versions: BTreeMap<u32, String>,
}

/// A mount.
#[derive(Serialize, ToSchema)]
pub(super) struct MountShown {
    accessor: String,
    config: MountConfig,
    description: String,
    external_entropy_access: bool,
    local: bool,
    #[schema(schema_with = null)]
    options: (),
    seal_wrap: bool,
    r#type: &'static str,
    uuid: String,
}

/// What Vault's clients expect there.
#[derive(Serialize, ToSchema)]
struct MountConfig {
    default_lease_ttl: u32,
    force_no_cache: bool,
    max_lease_ttl: u32,
}

impl MountShown {
    pub(super) fn of(mount: &Collection, r#type: &'static str) -> Self {
        let id = mount.id().to_string();
        let description = mount.title().and_then(|title| title.description.as_deref());
        Self {
            accessor: format!("{type}_{}", id.split('-').next().unwrap_or_default()),
            config: MountConfig {
                default_lease_ttl: 0,
                force_no_cache: false,
                max_lease_ttl: 0,
            },
            description: description.unwrap_or_default().to_owned(),
            external_entropy_access: false,
            local: false,
            options: (),
            seal_wrap: true,
            r#type,
            uuid: id,
        }
    }
}

pub(super) fn key_type() -> Schema {
    loose::one_of(key_types::names())
}

pub(super) fn provider() -> Schema {
    loose::one_of(ProviderKind::ALL.map(ProviderKind::name))
}

pub(super) fn protection() -> Schema {
    loose::one_of(Protection::ALL.map(Protection::name))
}

fn null() -> Schema {
    ObjectBuilder::new().schema_type(Type::Null).build().into()
}

/// 200 with this as `data`.
pub(super) fn shown(thing: &impl Serialize) -> Response {
    data(json(thing).to_string().as_bytes())
}

/// Structs of texts, numbers and flags always can be written.
pub(super) fn json(thing: &impl Serialize) -> Value {
    serde_json::to_value(thing).unwrap_or_default()
}
