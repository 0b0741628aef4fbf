//! Secrets and their versions.

use super::KINDS;
use super::Object;
use crate::api::docs::loose;
use crate::api::ibm::route::type_name;
use utoipa::ToSchema;
use utoipa::openapi::Schema;

/// What to change of a secret beside its value.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct NewMetadata {
    name: Option<String>,
    /// An empty text takes it away.
    description: Option<String>,
    #[schema(schema_with = loose::list, required = false)]
    labels: Option<Vec<String>>,
    custom_metadata: Option<Object>,
    /// As in RFC 3339; an empty text takes it away. Of `arbitrary` and `username_password` only.
    expiration_date: Option<String>,
    /// Of `iam_credentials` only: of what API keys are that are made from now on, and how long they live.
    #[schema(schema_with = loose::list, required = false)]
    access_groups: Option<Vec<String>>,
    #[schema(schema_with = loose::span, required = false)]
    ttl: Option<String>,
}

/// What is noted beside a version.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct NewVersionMetadata {
    version_custom_metadata: Object,
}

/// Secrets.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct Secrets {
    secrets: Vec<Secret>,
    /// How many there are, on all pages.
    secrets_total: usize,
}

/// A secret. Which fields are there beside those of all secrets depends on its type.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct Secret {
    #[schema(required = false)]
    access_groups: Vec<String>,
    #[schema(required = false)]
    api_key: String,
    #[schema(required = false)]
    api_key_id: String,
    #[schema(required = false)]
    algorithm: String,
    #[schema(required = false)]
    alt_names: Vec<String>,
    #[schema(required = false)]
    bundle_certs: bool,
    #[schema(required = false)]
    certificate_authority: String,
    #[schema(required = false)]
    certificate_template: String,
    #[schema(required = false)]
    common_name: String,
    created_by: String,
    #[schema(format = DateTime)]
    creation_date: String,
    crn: String,
    custom_metadata: Object,
    #[schema(required = false)]
    description: String,
    /// Whether its value was ever read.
    downloaded: bool,
    #[schema(required = false, format = DateTime)]
    expiration_date: String,
    id: String,
    #[schema(required = false)]
    iam_apikey_description: String,
    #[schema(required = false)]
    iam_apikey_id: String,
    #[schema(required = false)]
    iam_apikey_name: String,
    #[schema(required = false)]
    iam_role_crn: String,
    #[schema(required = false)]
    iam_serviceid_crn: String,
    #[schema(required = false)]
    intermediate_included: bool,
    /// How far the order at a public authority is, and the DNS records that it wants.
    #[schema(required = false)]
    issuance_info: Object,
    #[schema(required = false)]
    issuer: String,
    #[schema(required = false)]
    key_algorithm: String,
    labels: Vec<String>,
    #[schema(format = DateTime)]
    last_update_date: String,
    locks_total: usize,
    name: String,
    #[schema(required = false, format = DateTime)]
    next_rotation_date: String,
    #[schema(required = false)]
    parameters: Object,
    #[schema(required = false)]
    private_key_included: bool,
    #[schema(required = false)]
    resource_key_crn: String,
    #[schema(required = false)]
    resource_key_name: String,
    #[schema(required = false)]
    reuse_api_key: bool,
    /// Seconds since 1970.
    #[schema(required = false)]
    revocation_time: i64,
    #[schema(required = false, format = DateTime)]
    revocation_time_rfc3339: String,
    #[schema(required = false)]
    role: String,
    #[schema(required = false)]
    rotation: Object,
    /// Its value, where that is asked for.
    #[schema(required = false)]
    secret_data: Object,
    /// Not there in the default group.
    #[schema(required = false)]
    secret_group_id: String,
    #[schema(schema_with = secret_type)]
    secret_type: String,
    #[schema(required = false)]
    serial_number: String,
    #[schema(required = false)]
    service_id: String,
    #[schema(required = false)]
    service_id_is_static: bool,
    #[schema(required = false)]
    source_crn: String,
    /// 0, 1, 3 or 5.
    state: u8,
    /// Pre-activation, Active, Deactivated or Destroyed.
    state_description: String,
    /// Seconds that issued credentials live; 0 is without end.
    #[schema(required = false)]
    ttl: i64,
    #[schema(required = false)]
    validity: Validity,
    /// Not there in lists.
    #[schema(required = false)]
    versions: Vec<Version>,
    versions_total: usize,
}

/// When a certificate counts.
#[derive(ToSchema)]
struct Validity {
    #[schema(format = DateTime)]
    not_after: String,
    #[schema(format = DateTime)]
    not_before: String,
}

/// Versions.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct Versions {
    versions: Vec<Version>,
    versions_total: usize,
}

/// A version of a secret.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct Version {
    #[schema(required = false)]
    auto_rotated: bool,
    created_by: String,
    #[schema(format = DateTime)]
    creation_date: String,
    downloaded: bool,
    #[schema(required = false, format = DateTime)]
    expiration_date: String,
    /// Its own in a list; the secret's where the version stands alone.
    id: String,
    #[schema(required = false)]
    locks_total: usize,
    payload_available: bool,
    /// Its value, where that is asked for.
    #[schema(required = false)]
    secret_data: Object,
    #[schema(required = false)]
    serial_number: String,
    #[schema(required = false)]
    revocation_time: i64,
    #[schema(required = false, format = DateTime)]
    revocation_time_rfc3339: String,
    /// Of certificates of private authorities, as a secret's.
    #[schema(required = false)]
    state: u8,
    #[schema(required = false)]
    state_description: String,
    #[schema(required = false)]
    validity: Validity,
    #[schema(required = false)]
    version_custom_metadata: Object,
    /// Its own identifier, where it stands alone.
    #[schema(required = false)]
    version_id: String,
}

fn secret_type() -> Schema {
    loose::one_of(KINDS.map(type_name))
}
