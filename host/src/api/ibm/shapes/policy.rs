//! Rotation policies.

use crate::api::docs::loose;
use utoipa::ToSchema;
use utoipa::openapi::Schema;

/// Rotation policies: none or one.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct Policies {
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
pub(in crate::api::ibm) struct NewPolicies {
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

fn unit() -> Schema {
    loose::one_of(["day", "month"])
}
