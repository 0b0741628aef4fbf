//! From names and identifiers to secrets.
//!
//! ```text
//! name/ ‖ kind (1 byte) ‖ name    collection (16 bytes) ‖ secret's identifier (16 bytes)
//! ```

use super::Kind;
use crate::engine::collection::{Collection, CollectionId};
use crate::engine::secret::{SecretPath, SecretRow};
use crate::engine::{Engine, EngineError};
use crate::store::{Batch, Store};
use uuid::Uuid;

pub(super) const PREFIX: &[u8] = b"name/";

/// Where a managed secret lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// In which collection.
    pub collection: CollectionId,
    /// Its identifier.
    pub id: Uuid,
    /// Its path there.
    pub path: SecretPath,
}

/// The key of a name's row.
pub(super) fn key(kind: Kind, name: &str) -> Vec<u8> {
    [PREFIX, &[kind as u8], name.as_bytes()].concat()
}

/// What a name's row holds.
pub(super) fn value(collection: CollectionId, id: Uuid) -> Vec<u8> {
    [*collection.as_bytes(), *id.as_bytes()].concat()
}

/// The collection and the identifier in a name's row.
pub(super) fn parse(value: &[u8]) -> Result<(CollectionId, Uuid), EngineError> {
    let damaged = || EngineError::Damaged("a name's row".into());
    let (collection, id) = value.split_first_chunk::<16>().ok_or_else(damaged)?;
    let id = Uuid::from_slice(id).map_err(|_| damaged())?;
    let collection = Uuid::from_bytes(*collection).to_string();
    Ok((collection.parse().map_err(|_| damaged())?, id))
}

/// What sets a secret's name free, where it has one.
pub(in crate::engine) fn released(row: &SecretRow) -> Batch {
    match &row.managed {
        None => Batch::new(),
        Some(managed) => Batch::new().delete(key(managed.kind, &managed.name)),
    }
}

/// What takes a name, on condition that it is free.
pub(super) fn taken(kind: Kind, name: &str, collection: CollectionId, id: Uuid) -> Batch {
    let key = key(kind, name);
    Batch::new()
        .expect(key.as_slice(), None)
        .put(key, value(collection, id))
}

/// The path of a managed secret.
pub(in crate::engine) fn path(kind: Kind, id: Uuid) -> Result<SecretPath, EngineError> {
    SecretPath::parse(format!("{}/{id}", kind.slug())).map_err(|bad| EngineError::Damaged(bad.to_string()))
}

impl Engine {
    /// The secret of this kind in this collection that has the text as its identifier, or else as its name.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`] and those of the store.
    pub fn find(&self, collection: &Collection, kind: Kind, text: &str) -> Result<Found, EngineError> {
        if let Ok(id) = text.parse::<Uuid>() {
            let path = path(kind, id)?;
            if self.exists(collection, &path)? {
                let collection = collection.id();
                return Ok(Found { collection, id, path });
            }
        }
        let row = self
            .store
            .get(&key(kind, text))?
            .ok_or(EngineError::SecretNotFound)?;
        let (home, id) = parse(&row)?;
        if home != collection.id() {
            return Err(EngineError::SecretNotFound);
        }
        let path = path(kind, id)?;
        Ok(Found {
            collection: home,
            id,
            path,
        })
    }

    /// Refuses a name that another secret of the kind has.
    pub(in crate::engine) fn check_free(
        store: &dyn Store,
        kind: Kind,
        name: &str,
    ) -> Result<(), EngineError> {
        match store.get(&key(kind, name))? {
            None => Ok(()),
            Some(_) => Err(EngineError::NameTaken(name.to_owned())),
        }
    }
}
