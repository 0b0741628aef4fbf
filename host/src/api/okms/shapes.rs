//! The shapes of bodies and answers, for documentation.

#![allow(
    dead_code,
    reason = "nothing is made of them: answers are written straight into bytes"
)]

use crate::api::docs::loose;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A version with its value.
#[derive(ToSchema)]
pub(in crate::api) struct SecretData {
    /// The value: any object.
    data: Map<String, Value>,
    metadata: VersionMetadata,
}

/// A version's keys.
#[derive(ToSchema)]
pub(in crate::api) struct Subkeys {
    /// The value, with null for whatever is no object.
    subkeys: Map<String, Value>,
    metadata: VersionMetadata,
}

/// A version without its value.
#[derive(ToSchema)]
pub(in crate::api) struct VersionMetadata {
    #[schema(format = DateTime)]
    created_time: String,
    /// The secret's.
    #[schema(required)]
    custom_metadata: Option<BTreeMap<String, String>>,
    /// When it was or will be deactivated; empty where it will not.
    deletion_time: String,
    destroyed: bool,
    version: u32,
}

/// All that is known of a secret.
#[derive(ToSchema)]
pub(in crate::api) struct SecretMetadata {
    cas_required: bool,
    #[schema(format = DateTime)]
    created_time: String,
    /// The number of the newest version.
    current_version: u32,
    #[schema(required)]
    custom_metadata: Option<BTreeMap<String, String>>,
    /// As delete_version_after: OVHcloud's name for it.
    deactivate_version_after: String,
    /// How long versions stay active, such as `768h0m0s`; `0s` is for good.
    delete_version_after: String,
    /// How many versions are kept; 0 is as the domain's configuration says.
    max_versions: u32,
    /// The number of the oldest version that is kept; 0 until one was dropped.
    oldest_version: u32,
    #[schema(format = DateTime)]
    updated_time: String,
    /// Its name among all resources, which secrets of OKMS have.
    #[schema(required = false)]
    urn: String,
    /// By their numbers.
    versions: BTreeMap<String, VersionState>,
}

/// How a version is.
#[derive(ToSchema)]
pub(in crate::api) struct VersionState {
    #[schema(format = DateTime)]
    created_time: String,
    deletion_time: String,
    destroyed: bool,
}

/// Names.
#[derive(ToSchema)]
pub(in crate::api) struct Names {
    keys: Vec<String>,
}

/// What secrets have that do not say otherwise.
#[derive(ToSchema)]
pub(in crate::api) struct Config {
    cas_required: bool,
    /// As delete_version_after: OVHcloud's name for it.
    deactivate_version_after: String,
    delete_version_after: String,
    max_versions: u32,
}

/// Numbers of versions: a list, one, or a text with commas.
#[derive(ToSchema)]
pub(in crate::api) struct VersionNumbers {
    #[schema(schema_with = loose::versions)]
    versions: Vec<u32>,
}

/// A new configuration; what is left out stays as it is.
#[derive(ToSchema)]
pub(in crate::api) struct NewConfig {
    #[schema(schema_with = loose::flag, required = false)]
    cas_required: Option<bool>,
    /// As delete_version_after, of which only one may be given.
    #[schema(schema_with = loose::span, required = false)]
    deactivate_version_after: Option<String>,
    /// Seconds, or a duration such as `1h30m` or `7d`.
    #[schema(schema_with = loose::span, required = false)]
    delete_version_after: Option<String>,
    #[schema(schema_with = loose::number, required = false)]
    max_versions: Option<u32>,
}

/// New metadata; what is left out stays as it is.
#[derive(ToSchema)]
pub(in crate::api) struct NewSecretMetadata {
    #[schema(schema_with = loose::flag, required = false)]
    cas_required: Option<bool>,
    /// As delete_version_after, of which only one may be given.
    #[schema(schema_with = loose::span, required = false)]
    deactivate_version_after: Option<String>,
    /// Seconds, or a duration such as `1h30m` or `7d`.
    #[schema(schema_with = loose::span, required = false)]
    delete_version_after: Option<String>,
    #[schema(schema_with = loose::number, required = false)]
    max_versions: Option<u32>,
    /// Up to 64 texts of up to 512 bytes. Numbers and flags count as what they are written as.
    #[schema(schema_with = loose::texts, required = false)]
    custom_metadata: Option<BTreeMap<String, String>>,
}
