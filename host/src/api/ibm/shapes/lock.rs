//! Locks.

use super::Object;
use crate::api::docs::loose;
use utoipa::ToSchema;

/// Locks, newest first.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct Locks {
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
pub(in crate::api::ibm) struct NewLocks {
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
pub(in crate::api::ibm) struct Unlock {
    #[schema(schema_with = loose::list)]
    locks: Vec<String>,
}

/// What locks there are on the newest version and the one before.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct Locked {
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
