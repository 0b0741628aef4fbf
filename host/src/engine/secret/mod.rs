//! Versioned secrets: what Vault's KV version 2 does, without its HTTP.

pub(super) mod change;
pub mod context;
mod custom;
pub(super) mod key;
mod list;
mod metadata;
mod path;
mod read;
mod row;
pub(super) mod versions;
pub(super) mod write;

pub use change::{Cas, Terms};
pub use custom::{BadCustomMetadata, CustomMetadata};
pub use list::Listing;
pub use metadata::{CustomChange, MetadataChange};
pub use path::{BadPath, SecretPath};
pub use read::{Gone, Reading};
pub use row::{DEFAULT_MAX_VERSIONS, MAX_MAX_VERSIONS, SecretRow, Settings, Version, VersionState};
pub use write::{Patching, Written};
