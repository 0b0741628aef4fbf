//! What a sealed version is bound to: the record's context, authenticated by the device.
//!
//! ```text
//! context = dialect (1 byte) ‖ collection (16) ‖ secret id (16) ‖ version (4, BE) ‖ revision (4, BE) ‖ path
//! ```
//! All parts but the last have a fixed length, so two places never encode alike; at most 296 of the 512 bytes that a
//! context may have. The secret's random id parts it from a secret that was deleted at the same path, the revision
//! from an older value of the same version: rows put back from there are refused.

use super::SecretPath;
use crate::engine::collection::Collection;
use uuid::Uuid;

/// Which value of which version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The secret's random identifier.
    pub secret: Uuid,
    /// The version's number.
    pub version: u32,
    /// How often the version's value has been replaced.
    pub revision: u32,
}

/// The context of one value.
pub fn encode(collection: &Collection, path: &SecretPath, place: Place) -> Vec<u8> {
    let path = path.as_str().as_bytes();
    let mut context = Vec::with_capacity(41 + path.len());
    context.push(collection.dialect() as u8);
    context.extend_from_slice(collection.id().as_bytes());
    context.extend_from_slice(place.secret.as_bytes());
    context.extend_from_slice(&place.version.to_be_bytes());
    context.extend_from_slice(&place.revision.to_be_bytes());
    context.extend_from_slice(path);
    context
}
