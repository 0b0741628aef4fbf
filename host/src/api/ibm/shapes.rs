//! The shapes of bodies and answers, for documentation. [`super::show`] makes the answers.

#![allow(
    dead_code,
    reason = "nothing is made of them: bodies are read, and answers made, field by field"
)]

use super::route::type_name;
use crate::api::docs::loose;
use crate::engine::managed::Kind;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::Schema;

/// The types of secrets that the document has.
pub(super) const KINDS: [Kind; 8] = [
    Kind::Arbitrary,
    Kind::KeyValue,
    Kind::Credentials,
    Kind::Certificate,
    Kind::ApiKey,
    Kind::ServiceKey,
    Kind::PrivateCertificate,
    Kind::PublicCertificate,
];

type Object = Map<String, Value>;

/// An IAM token to be exchanged.
#[derive(ToSchema)]
pub(super) struct Login {
    #[schema(min_length = 1)]
    token: String,
}

/// A token of ours.
#[derive(ToSchema)]
pub(super) struct LoggedIn {
    client_token: String,
    accessor: String,
    policies: Vec<String>,
    token_policies: Vec<String>,
    /// Who it is.
    metadata: Object,
    /// Seconds.
    lease_duration: u64,
    renewable: bool,
    entity_id: String,
    token_type: String,
    orphan: bool,
}

/// How long logins last.
#[derive(ToSchema)]
pub(super) struct LoginConfig {
    login: LoginTimes,
}

/// Durations such as `1h0m0s`.
#[derive(ToSchema)]
struct LoginTimes {
    token_max_ttl: String,
    token_ttl: String,
}

/// How long logins are to last: seconds, or durations such as `1h30m`.
#[derive(ToSchema)]
pub(super) struct NewLoginConfig {
    #[schema(schema_with = loose::span, required = false)]
    token_max_ttl: Option<String>,
    #[schema(schema_with = loose::span, required = false)]
    token_ttl: Option<String>,
}

/// Secret groups.
#[derive(ToSchema)]
pub(super) struct Groups {
    groups: Vec<Group>,
}

/// A secret group.
#[derive(ToSchema)]
pub(super) struct Group {
    #[schema(format = DateTime)]
    creation_date: String,
    #[schema(required = false)]
    description: String,
    id: String,
    #[schema(format = DateTime)]
    last_update_date: String,
    name: String,
    r#type: String,
}

/// What a secret group is to be called.
#[derive(ToSchema)]
pub(super) struct NewGroup {
    #[schema(min_length = 2, max_length = 64)]
    name: String,
    /// 2 to 1024 characters; an empty text takes it away.
    description: Option<String>,
}

/// What stands in any new secret.
macro_rules! new_secret {
    ($(#[$doc:meta])* $name:ident { $($fields:tt)* }) => {
        $(#[$doc])*
        #[derive(ToSchema)]
        pub(super) struct $name {
            #[schema(min_length = 2, max_length = 256, pattern = "^[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9]$")]
            name: String,
            /// 2 to 1024 characters.
            description: Option<String>,
            /// Up to 30, of 2 to 64 characters.
            #[schema(schema_with = loose::list, required = false)]
            labels: Option<Vec<String>>,
            /// Up to 10 KB.
            custom_metadata: Option<Object>,
            /// Up to 10 KB.
            version_custom_metadata: Option<Object>,
            $($fields)*
        }
    };
}

new_secret! {
    /// A text.
    NewArbitrary {
        #[schema(min_length = 1)]
        payload: String,
        /// When it ends, as in RFC 3339.
        expiration_date: Option<String>,
    }
}

new_secret! {
    /// An object.
    NewKv {
        payload: Object,
    }
}

new_secret! {
    /// A user's name and password.
    NewCredentials {
        #[schema(min_length = 2, max_length = 64)]
        username: String,
        /// 6 to 256 characters; one is made where there is none.
        password: Option<String>,
        /// When it ends, as in RFC 3339.
        expiration_date: Option<String>,
    }
}

new_secret! {
    /// A certificate of somebody else's, and what belongs to it, in PEM.
    NewCertificate {
        #[schema(min_length = 1)]
        certificate: String,
        private_key: Option<String>,
        intermediate: Option<String>,
    }
}

new_secret! {
    /// API keys of an identity provider, made when the secret is read.
    NewApiKey {
        /// How long they live: seconds, or a duration such as `30m`.
        #[schema(schema_with = loose::span)]
        ttl: String,
        /// 1 to 10, of which they are; or else service_id.
        #[schema(schema_with = loose::list, required = false)]
        access_groups: Option<Vec<String>>,
        /// Whose they are.
        service_id: Option<String>,
        /// Whether readers share one as long as it lives.
        #[schema(schema_with = loose::flag, required = false)]
        reuse_api_key: Option<bool>,
    }
}

new_secret! {
    /// The credentials of a service, made with the secret.
    NewServiceKey {
        source_crn: String,
        role: String,
        /// How long they live: seconds, or a duration such as `90d`; without it as long as the secret.
        #[schema(schema_with = loose::span, required = false)]
        ttl: Option<String>,
        parameters: Option<Object>,
    }
}

new_secret! {
    /// A certificate of an authority of one's own. Lists may be texts with commas.
    NewPrivate {
        #[schema(schema_with = loose::text)]
        certificate_template: String,
        #[schema(schema_with = loose::text, required = false)]
        common_name: Option<String>,
        #[schema(schema_with = loose::list, required = false)]
        alt_names: Option<Vec<String>>,
        #[schema(schema_with = loose::list, required = false)]
        ip_sans: Option<Vec<String>>,
        #[schema(schema_with = loose::list, required = false)]
        uri_sans: Option<Vec<String>>,
        /// `<oid>:UTF8:<text>`
        #[schema(schema_with = loose::list, required = false)]
        other_sans: Option<Vec<String>>,
        #[schema(schema_with = loose::span, required = false)]
        ttl: Option<String>,
        #[schema(schema_with = loose::flag, required = false)]
        exclude_cn_from_sans: Option<bool>,
        /// A request in PEM of whoever keeps the key.
        #[schema(schema_with = loose::text, required = false)]
        csr: Option<String>,
        /// `pem` or `pem_bundle`
        #[schema(schema_with = loose::text, required = false)]
        format: Option<String>,
        /// `der` or `pkcs8`
        #[schema(schema_with = loose::text, required = false)]
        private_key_format: Option<String>,
        /// `auto_rotate`, `interval` and `unit`; they may stand beside the name too.
        rotation: Option<Object>,
    }
}

new_secret! {
    /// A certificate of a public authority.
    NewPublic {
        /// The configuration it is ordered by.
        #[schema(min_length = 1)]
        ca: String,
        /// Who makes the DNS records: `manual`, or a configuration.
        #[schema(min_length = 1)]
        dns: String,
        #[schema(min_length = 1)]
        common_name: String,
        #[schema(schema_with = loose::list, required = false)]
        alt_names: Option<Vec<String>>,
        #[schema(schema_with = loose::flag, required = false)]
        bundle_certs: Option<bool>,
        /// `RSA2048`, `RSA4096`, `EC256` or `EC384`
        key_algorithm: Option<String>,
        /// `auto_rotate` and `rotate_keys`; they may stand beside the name too.
        rotation: Option<Object>,
    }
}

/// A certificate anew.
#[derive(ToSchema)]
pub(super) struct PrivateVersion {
    /// Another request, where one was made by a request.
    csr: Option<String>,
    version_custom_metadata: Option<Object>,
}

/// A certificate that is ordered anew.
#[derive(ToSchema)]
pub(super) struct PublicVersion {
    /// Whether it gets another key.
    #[schema(schema_with = loose::flag, required = false)]
    rotate_keys: Option<bool>,
}

/// As a new secret of the type `iam_credentials`, whose name is in the path.
#[derive(ToSchema)]
pub(super) struct NewRole {
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

/// Nothing needs to be said.
#[derive(ToSchema)]
pub(super) struct Unsaid {}

/// Which version.
#[derive(ToSchema)]
pub(super) struct Restore {
    /// Its identifier, or `previous`.
    version_id: Option<String>,
}

/// Which API key.
#[derive(ToSchema)]
pub(super) struct DeleteCredentials {
    api_key_id: String,
}

/// Secrets of the type `iam_credentials`.
#[derive(ToSchema)]
pub(super) struct Roles {
    roles: Vec<Secret>,
    roles_total: usize,
}

/// What issuers are asked with.
#[derive(ToSchema)]
pub(super) struct RootConfig {
    /// SHA-256 of the API key, in hexadecimal digits.
    api_key_hash: String,
}

/// What issuers are to be asked with.
#[derive(ToSchema)]
pub(super) struct NewRootConfig {
    #[schema(min_length = 1)]
    api_key: String,
}

/// Another text.
#[derive(ToSchema)]
pub(super) struct ArbitraryVersion {
    #[schema(min_length = 1)]
    payload: String,
    version_custom_metadata: Option<Object>,
}

/// Another object.
#[derive(ToSchema)]
pub(super) struct KvVersion {
    payload: Object,
    version_custom_metadata: Option<Object>,
}

/// Another password.
#[derive(ToSchema)]
pub(super) struct CredentialsVersion {
    /// 6 to 256 characters; one is made where there is none.
    password: Option<String>,
    version_custom_metadata: Option<Object>,
}

/// Another certificate.
#[derive(ToSchema)]
pub(super) struct CertificateVersion {
    #[schema(min_length = 1)]
    certificate: String,
    private_key: Option<String>,
    intermediate: Option<String>,
    version_custom_metadata: Option<Object>,
}

/// What to change of a secret beside its value.
#[derive(ToSchema)]
pub(super) struct NewMetadata {
    name: Option<String>,
    /// An empty text takes it away.
    description: Option<String>,
    #[schema(schema_with = loose::list, required = false)]
    labels: Option<Vec<String>>,
    custom_metadata: Option<Object>,
    /// As in RFC 3339; an empty text takes it away. Of `arbitrary` and `username_password` only.
    expiration_date: Option<String>,
}

/// What is noted beside a version.
#[derive(ToSchema)]
pub(super) struct NewVersionMetadata {
    version_custom_metadata: Object,
}

/// Secrets.
#[derive(ToSchema)]
pub(super) struct Secrets {
    secrets: Vec<Secret>,
    /// How many there are, on all pages.
    secrets_total: usize,
}

/// A secret. Which fields are there beside those of all secrets depends on its type.
#[derive(ToSchema)]
pub(super) struct Secret {
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
pub(super) struct Versions {
    versions: Vec<Version>,
    versions_total: usize,
}

/// A version of a secret.
#[derive(ToSchema)]
pub(super) struct Version {
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

/// Rotation policies: none or one.
#[derive(ToSchema)]
pub(super) struct Policies {
    policies: Vec<Policy>,
}

/// When a secret is rotated by itself.
#[derive(ToSchema)]
struct Policy {
    created_by: String,
    #[schema(format = DateTime)]
    creation_date: String,
    crn: String,
    id: String,
    #[schema(format = DateTime)]
    last_update_date: String,
    rotation: Rotation,
    r#type: String,
    updated_by: String,
}

/// An interval.
#[derive(ToSchema)]
struct Rotation {
    /// 1 to 1095 days, 1 to 36 months.
    interval: u16,
    #[schema(schema_with = unit)]
    unit: String,
}

/// The policy that is to be; an empty list takes it away.
#[derive(ToSchema)]
pub(super) struct NewPolicies {
    #[schema(max_items = 1)]
    policies: Vec<NewPolicy>,
}

/// When a secret is to be rotated by itself.
#[derive(ToSchema)]
struct NewPolicy {
    rotation: NewRotation,
}

/// An interval.
#[derive(ToSchema)]
struct NewRotation {
    #[schema(schema_with = loose::number)]
    interval: u16,
    #[schema(schema_with = unit)]
    unit: String,
}

/// Locks, newest first.
#[derive(ToSchema)]
pub(super) struct Locks {
    locks: Vec<Lock>,
    /// How many there are, on all pages.
    locks_total: usize,
}

/// A lock on a version.
#[derive(ToSchema)]
struct Lock {
    attributes: Object,
    created_by: String,
    #[schema(format = DateTime)]
    creation_date: String,
    #[schema(required = false)]
    description: String,
    #[schema(format = DateTime)]
    last_update_date: String,
    name: String,
    secret_group_id: String,
    secret_id: String,
    secret_version_alias: String,
    secret_version_id: String,
}

/// Locks to be made.
#[derive(ToSchema)]
pub(super) struct NewLocks {
    #[schema(min_items = 1)]
    locks: Vec<NewLock>,
}

/// A lock to be made.
#[derive(ToSchema)]
struct NewLock {
    #[schema(min_length = 2, max_length = 256, pattern = "^[^,*]*$")]
    name: String,
    #[schema(max_length = 1024)]
    description: Option<String>,
    attributes: Option<Object>,
}

/// Locks to take away: names, or `*` for all.
#[derive(ToSchema)]
pub(super) struct Unlock {
    #[schema(schema_with = loose::list)]
    locks: Vec<String>,
}

/// What locks there are on the newest version and the one before.
#[derive(ToSchema)]
pub(super) struct Locked {
    secret_group_id: String,
    secret_id: String,
    versions: Vec<LockedVersion>,
}

/// A version and the names of its locks.
#[derive(ToSchema)]
struct LockedVersion {
    alias: String,
    id: String,
    locks: Vec<String>,
    payload_available: bool,
}

fn secret_type() -> Schema {
    loose::one_of(KINDS.map(type_name))
}

fn unit() -> Schema {
    loose::one_of(["day", "month"])
}
