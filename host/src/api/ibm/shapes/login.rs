//! Logging in.

use super::Object;
use crate::api::docs::loose;
use utoipa::ToSchema;

/// An IAM token to be exchanged.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct Login {
    #[schema(min_length = 1)]
    token: String,
}

/// A token of ours.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct LoggedIn {
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
pub(in crate::api::ibm) struct LoginConfig {
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
pub(in crate::api::ibm) struct NewLoginConfig {
    #[schema(schema_with = loose::span, required = false)]
    token_max_ttl: Option<String>,
    #[schema(schema_with = loose::span, required = false)]
    token_ttl: Option<String>,
}
