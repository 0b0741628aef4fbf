//! The one way a secret changes: decide on a snapshot, seal, commit if the snapshot still holds.

use super::context::{self, Place};
use super::{SecretPath, SecretRow, Settings, key};
use crate::engine::clock::Time;
use crate::engine::collection::{Collection, CollectionId, row_key};
use crate::engine::{Engine, EngineError};
use crate::store::{Batch, StoreError};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Tries before a change gives up on a secret that others keep changing. Within one process a lock parts writers, so
/// only other daemons on a shared store and changes of the collection can take a try.
const TRIES: usize = 16;
/// Of these, how many let the collection change meanwhile.
const FREE_TRIES: usize = 8;

/// The version that a writer says it replaces; 0 for none yet. Any number may be said, most are no version's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cas(pub i64);

/// What a writer says beside the value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// The version that it replaces.
    pub cas: Option<Cas>,
    /// Who it is; noted for managed secrets only.
    pub author: String,
    /// Whether the secret has to be there already.
    pub must_exist: bool,
}

impl From<Option<Cas>> for Terms {
    fn from(cas: Option<Cas>) -> Self {
        Self {
            cas,
            ..Self::default()
        }
    }
}

/// What a change is decided on.
pub(in crate::engine) struct Snapshot {
    pub(in crate::engine) now: Time,
    /// `None` when nothing is stored at the path.
    pub(in crate::engine) row: Option<SecretRow>,
    pub(in crate::engine) defaults: Settings,
    /// The current version's value, where the change asked for it and it may be read.
    pub(in crate::engine) value: Option<Zeroizing<Vec<u8>>>,
}

impl Snapshot {
    /// Refuses a writer that replaces another version than it thinks, or must say which it replaces and does not.
    pub(in crate::engine) fn check_cas(&self, cas: Option<Cas>) -> Result<(), EngineError> {
        let own = self.row.as_ref().is_some_and(|row| row.settings.cas_required);
        let current = self.row.as_ref().map_or(0, |row| row.current);
        match cas {
            Some(Cas(said)) if said == i64::from(current) => Ok(()),
            Some(_) => Err(EngineError::CasMismatch),
            None if own || self.defaults.cas_required => Err(EngineError::CasRequired),
            None => Ok(()),
        }
    }
}

/// What is to become of a secret.
pub(in crate::engine) enum Outcome {
    /// It stays as it is.
    Unchanged,
    /// Secret and values go.
    Removed {
        versions: Vec<u32>,
        /// Rows elsewhere that go with it.
        also: Batch,
    },
    /// It becomes this.
    Changed {
        row: SecretRow,
        /// The value of a new or changed version.
        seal: Option<(u32, Zeroizing<Vec<u8>>)>,
        /// Versions whose values go.
        drop: Vec<u32>,
        /// Rows elsewhere that change with it.
        also: Batch,
    },
}

impl Outcome {
    /// With what else is to happen; nothing does where nothing changes.
    pub(in crate::engine) fn with(mut self, more: Batch) -> Self {
        if let Self::Removed { also, .. } | Self::Changed { also, .. } = &mut self {
            *also = std::mem::take(also).and(more);
        }
        self
    }

    /// Metadata changes, values stay.
    pub(in crate::engine) fn row(row: SecretRow) -> Self {
        Self::Changed {
            row,
            seal: None,
            drop: Vec::new(),
            also: Batch::new(),
        }
    }
}

/// Whether a decision needs the current value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Needs {
    Metadata,
    Value,
}

impl Engine {
    /// Carries out what `decide` makes of the secret at `path`; it may be asked again on a newer snapshot.
    pub(in crate::engine) async fn change<T>(
        &self,
        collection: CollectionId,
        path: &SecretPath,
        needs: Needs,
        mut decide: impl FnMut(&mut Snapshot) -> Result<(Outcome, T), EngineError>,
    ) -> Result<T, EngineError> {
        let key = key::metadata(collection, path);
        let _turn = self.locks.lock(&key).await;
        let mut settled = None;
        for attempt in 0..TRIES {
            if attempt == FREE_TRIES {
                settled = Some(self.collection_turns.lock(&row_key(collection)).await);
            }
            let collection = self.collection(collection)?;
            let raw = self.store.get(&key)?;
            let mut snapshot = self.snapshot(&collection, path, raw.as_deref(), needs).await?;
            let (outcome, answer) = decide(&mut snapshot)?;
            let unchanged = Batch::new()
                .expect(row_key(collection.id()), Some(&collection.raw))
                .expect(key.as_slice(), raw.as_deref());
            let Some(batch) = self.batch(&collection, path, &key, unchanged, outcome).await? else {
                return Ok(answer);
            };
            match self.store.commit(batch).await {
                Ok(()) => return Ok(answer),
                Err(StoreError::Conflict) => self.refresh(collection.id())?,
                Err(error) => return Err(error.into()),
            }
        }
        drop(settled);
        Err(EngineError::Contended)
    }

    async fn snapshot(
        &self,
        collection: &Arc<Collection>,
        path: &SecretPath,
        raw: Option<&[u8]>,
        needs: Needs,
    ) -> Result<Snapshot, EngineError> {
        let now = self.now();
        let row = raw.map(|raw| SecretRow::decode(raw, path.as_str())).transpose()?;
        let value = match needs {
            Needs::Value if row.is_some() => match self.read(collection, path, 0).await {
                Ok(reading) => Some(reading.value),
                Err(EngineError::Gone(_) | EngineError::VersionNotFound) => None,
                Err(error) => return Err(error),
            },
            Needs::Value | Needs::Metadata => None,
        };
        Ok(Snapshot {
            now,
            row,
            defaults: collection.defaults(),
            value,
        })
    }

    /// Adds an outcome to a batch; `None` when there is nothing to do.
    async fn batch(
        &self,
        collection: &Collection,
        path: &SecretPath,
        key: &[u8],
        batch: Batch,
        outcome: Outcome,
    ) -> Result<Option<Batch>, EngineError> {
        let without = |batch: Batch, versions: Vec<u32>| {
            versions
                .into_iter()
                .fold(batch, |batch, version| batch.delete(key::version(key, version)))
        };
        let (row, seal, drop, also) = match outcome {
            Outcome::Unchanged => return Ok(None),
            Outcome::Removed { versions, also } => {
                return Ok(Some(without(batch.and(also).delete(key), versions)));
            }
            Outcome::Changed {
                row,
                seal,
                drop,
                also,
            } => (row, seal, drop, also),
        };
        let mut batch = without(batch.and(also).put(key, row.encode()?), drop);
        if let Some((version, value)) = seal {
            let record = self.seal(collection, path, &row, version, &value).await?;
            batch = batch.put(key::version(key, version), record);
        }
        Ok(Some(batch))
    }

    async fn seal(
        &self,
        collection: &Collection,
        path: &SecretPath,
        row: &SecretRow,
        version: u32,
        value: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        let place = Place {
            secret: row.id,
            version,
            revision: row.version(version).map_or(0, |version| version.revision),
        };
        let context = context::encode(collection, path, place);
        Ok(self.hsm.seal(collection.keyring(), &context, value).await?)
    }
}
