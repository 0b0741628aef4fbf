//! Collections: what one tenant's secrets share, above all their keyring.

mod lifecycle;
mod row;

pub use row::{Collection, CollectionId, Dialect, Title};

use super::secret::Settings;
use super::{Engine, EngineError};
use crate::store::{Batch, Store};
use row::State;
pub(super) use row::key as row_key;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// More than any daemon has; bounds one scan.
const PAGE: usize = 1000;

/// The collections that serve, in memory: every request needs one, and only this process changes them.
pub(super) struct Collections {
    ready: RwLock<BTreeMap<CollectionId, Arc<Collection>>>,
}

impl Collections {
    pub(super) fn load(store: &dyn Store) -> Result<Self, EngineError> {
        let ready = stored(store)?
            .into_iter()
            .filter(|collection| collection.state == State::Ready)
            .map(|collection| (collection.id, Arc::new(collection)))
            .collect();
        Ok(Self {
            ready: RwLock::new(ready),
        })
    }

    fn find(&self, id: CollectionId) -> Option<Arc<Collection>> {
        let ready = self.ready.read().unwrap_or_else(PoisonError::into_inner);
        ready.get(&id).cloned()
    }

    fn all(&self) -> Vec<Arc<Collection>> {
        let ready = self.ready.read().unwrap_or_else(PoisonError::into_inner);
        ready.values().cloned().collect()
    }

    /// Takes in what a collection has become.
    fn replace(&self, collection: Collection) -> Arc<Collection> {
        let collection = Arc::new(collection);
        let mut ready = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        match collection.state {
            State::Ready => ready.insert(collection.id, collection.clone()),
            State::Creating | State::Destroying => ready.remove(&collection.id),
        };
        collection
    }

    /// Takes over what the store holds of a collection. It is read under the lock: read before, it could replace what
    /// another has meanwhile committed and taken in.
    fn refresh(&self, id: CollectionId, store: &dyn Store) -> Result<(), EngineError> {
        let mut ready = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        let stored = store.get(&row::key(id))?;
        let stored = stored.map(|raw| Collection::decode(&raw)).transpose()?;
        match stored.filter(|collection| collection.state == State::Ready) {
            Some(collection) => drop(ready.insert(id, Arc::new(collection))),
            None => drop(ready.remove(&id)),
        }
        Ok(())
    }
}

/// Every collection in the store, whatever its state.
pub(super) fn stored(store: &dyn Store) -> Result<Vec<Collection>, EngineError> {
    let mut collections = Vec::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = store.scan(row::PREFIX, after.as_deref(), PAGE)?;
        let Some((last, _)) = page.last() else {
            return Ok(collections);
        };
        after = Some(last.clone());
        for (_, bytes) in &page {
            collections.push(Collection::decode(bytes)?);
        }
    }
}

impl Engine {
    /// The collection with this identifier.
    ///
    /// # Errors
    /// [`EngineError::CollectionNotFound`] when there is none, or none yet, or none any more.
    pub fn collection(&self, id: CollectionId) -> Result<Arc<Collection>, EngineError> {
        self.collections.find(id).ok_or(EngineError::CollectionNotFound)
    }

    /// The collections whose keyring the device does not hold: it is not the device that they were made on, or it has
    /// lost its flash. None of their secrets opens.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn orphaned_collections(&self) -> Result<Vec<Arc<Collection>>, EngineError> {
        let held = self.hsm.list_keyrings().await?;
        let mut collections = self.collections.all();
        collections.retain(|collection| held.binary_search(&collection.keyring()).is_err());
        Ok(collections)
    }

    /// All collections of a dialect that serve, in the order of their identifiers.
    pub fn collections(&self, dialect: Dialect) -> Vec<Arc<Collection>> {
        let mut collections = self.collections.all();
        collections.retain(|collection| collection.dialect == dialect);
        collections
    }

    /// Changes what holds for all secrets of a collection that say nothing else. Let the future run to its end (spawn
    /// it where a client may hang up): memory follows the store only then.
    ///
    /// # Errors
    /// As [`Engine::collection`], and those of the store.
    pub async fn configure(
        &self,
        id: CollectionId,
        change: impl Fn(&mut Settings),
    ) -> Result<Settings, EngineError> {
        let _turn = self.collection_turns.lock(&row::key(id)).await;
        let old = self.collection(id)?;
        let mut new = (*old).clone();
        change(&mut new.defaults);
        Ok(self.change_collection(&old, new).await?.defaults)
    }

    /// Gives a collection another title. Let the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// As [`Engine::configure`].
    pub async fn retitle(
        &self,
        id: CollectionId,
        change: impl Fn(&mut Title),
    ) -> Result<Arc<Collection>, EngineError> {
        let _turn = self.collection_turns.lock(&row::key(id)).await;
        let old = self.collection(id)?;
        let mut new = (*old).clone();
        change(new.title.as_mut().ok_or(EngineError::CollectionNotFound)?);
        self.change_collection(&old, new).await
    }

    /// Replaces one collection's row by another, if it is still what it was.
    async fn change_collection(
        &self,
        old: &Collection,
        new: Collection,
    ) -> Result<Arc<Collection>, EngineError> {
        let new = new.encoded()?;
        let batch = Batch::new()
            .expect(row::key(old.id), Some(&old.raw))
            .put(row::key(new.id), new.raw.as_slice());
        match self.store.commit(batch).await {
            Ok(()) => Ok(self.collections.replace(new)),
            Err(error) => {
                // A commit that failed may have been carried out.
                self.refresh(old.id)?;
                Err(error.into())
            }
        }
    }

    /// Takes over into memory what the store holds of a collection.
    pub(super) fn refresh(&self, id: CollectionId) -> Result<(), EngineError> {
        self.collections.refresh(id, &*self.store)
    }
}
