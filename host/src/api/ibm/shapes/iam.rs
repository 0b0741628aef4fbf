//! What only `iam_credentials` have: their own spelling, their versions and what issuers are asked with.

use super::Object;
use super::secret::Secret;
use crate::api::docs::loose;
use utoipa::ToSchema;

/// As a new secret of the type `iam_credentials`, whose name is in the path.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct NewRole {
    description: Option<String>,
    #[schema(schema_with = loose::list, required = false)]
    labels: Option<Vec<String>>,
    custom_metadata: Option<Object>,
    #[schema(schema_with = loose::span)]
    ttl: String,
    #[schema(schema_with = loose::list, required = false)]
    access_groups: Option<Vec<String>>,
    service_id: Option<String>,
    #[schema(schema_with = loose::flag, required = false)]
    reuse_api_key: Option<bool>,
}

/// Which version.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct Restore {
    /// Its identifier, or `previous`.
    version_id: Option<String>,
}

/// Which API key.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct DeleteCredentials {
    api_key_id: String,
}

/// Secrets of the type `iam_credentials`.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct Roles {
    roles: Vec<Secret>,
    roles_total: usize,
}

/// What issuers are asked with.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct RootConfig {
    /// SHA-256 of the API key, in hexadecimal digits.
    api_key_hash: String,
}

/// What issuers are to be asked with.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct NewRootConfig {
    #[schema(min_length = 1)]
    api_key: String,
}
