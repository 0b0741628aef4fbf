//! Making and destroying collections. Both are written down before the device is asked and finished at the next start
//! if the daemon dies in between.

use super::row::{self, State};
use super::{Collection, CollectionId, Dialect, Title, stored};
use crate::engine::secret::{Settings, key};
use crate::engine::{Engine, EngineError};
use crate::hsm::{ErrorKind, HsmError};
use crate::store::Batch;
use casemate_common::keyring::KeyringId;
use std::sync::Arc;
use tracing::{info, warn};

/// Rows deleted in one batch; bounds memory and the time others wait.
const ROWS_PER_BATCH: usize = 256;

impl Engine {
    /// Makes a collection with a keyring of its own.
    ///
    /// # Errors
    /// Those of the device and the store. A collection that was written down but not finished is finished by
    /// [`Engine::resume`]. Let the future run to its end: see [`Engine::configure`].
    pub async fn create_collection(&self, dialect: Dialect) -> Result<Arc<Collection>, EngineError> {
        self.create_titled_collection(dialect, None).await
    }

    /// Makes a collection with a keyring of its own, and a title.
    ///
    /// # Errors
    /// As [`Engine::create_collection`].
    pub async fn create_titled_collection(
        &self,
        dialect: Dialect,
        title: Option<Title>,
    ) -> Result<Arc<Collection>, EngineError> {
        let keyring = self.hsm.random(KeyringId::LEN).await?;
        let keyring = <[u8; KeyringId::LEN]>::try_from(keyring.as_slice())
            .map_err(|_| EngineError::Damaged("the device answered too few random bytes".into()))?;
        let (id, keyring) = (CollectionId::random(), KeyringId::new(keyring));
        let collection = self.new_collection(id, dialect, keyring, title, State::Creating)?;
        self.store.commit(creation(&collection)).await?;
        self.finish_creation(collection).await
    }

    /// A collection over a keyring that the device has already, and what commits it.
    pub(in crate::engine) fn adopted(
        &self,
        id: CollectionId,
        dialect: Dialect,
        keyring: KeyringId,
    ) -> Result<(Collection, Batch), EngineError> {
        let collection = self.new_collection(id, dialect, keyring, None, State::Ready)?;
        let batch = creation(&collection);
        Ok((collection, batch))
    }

    /// Takes in a collection that was committed.
    pub(in crate::engine) fn take_in(&self, collection: Collection) {
        self.collections.replace(collection);
    }

    fn new_collection(
        &self,
        id: CollectionId,
        dialect: Dialect,
        keyring: KeyringId,
        title: Option<Title>,
        state: State,
    ) -> Result<Collection, EngineError> {
        Collection {
            id,
            dialect,
            keyring,
            state,
            created: self.now(),
            defaults: Settings::default(),
            title,
            raw: Vec::new(),
        }
        .encoded()
    }

    /// The collection of a dialect with this title's name, made where there is none. Let the future run to its end: see
    /// [`Engine::configure`].
    ///
    /// # Errors
    /// As [`Engine::create_collection`].
    pub async fn create_named_collection(
        &self,
        dialect: Dialect,
        title: Title,
    ) -> Result<Arc<Collection>, EngineError> {
        let _one_at_a_time = self.making.write().await;
        let mut collections = self.collections(dialect).into_iter();
        let named = |collection: &Arc<Collection>| {
            let known = collection.title().map(|title| &title.name);
            known == Some(&title.name)
        };
        match collections.find(named) {
            Some(collection) => Ok(collection),
            None => self.create_titled_collection(dialect, Some(title)).await,
        }
    }

    /// The oldest collection of a dialect that has no title, made where there is none. Let the future run to its end, one
    /// at a time: see [`Engine::configure`].
    ///
    /// # Errors
    /// As [`Engine::create_collection`].
    pub async fn only_collection(&self, dialect: Dialect) -> Result<Arc<Collection>, EngineError> {
        let collections = self.collections(dialect).into_iter();
        let untitled = collections.filter(|collection| collection.title().is_none());
        match untitled.min_by_key(|collection| collection.created()) {
            Some(collection) => Ok(collection),
            None => self.create_collection(dialect).await,
        }
    }

    async fn finish_creation(&self, collection: Collection) -> Result<Arc<Collection>, EngineError> {
        if let Err(error) = self.hsm.create_keyring(collection.keyring).await {
            if is_final(&error) {
                self.undo_creation(&collection).await;
            }
            return Err(error.into());
        }
        let ready = Collection {
            state: State::Ready,
            ..collection.clone()
        };
        self.change_collection(&collection, ready).await
    }

    /// Forgets a collection that the device will not make: nobody was told of it, and finishing it would keep every
    /// later start from ending.
    async fn undo_creation(&self, collection: &Collection) {
        let doomed = Collection {
            state: State::Destroying,
            ..collection.clone()
        };
        let undone = async {
            let doomed = self.change_collection(collection, doomed).await?;
            self.finish_destruction(&doomed).await
        };
        if let Err(error) = undone.await {
            warn!(collection = %collection.id, %error, "can't forget a collection that was not made");
        }
    }

    /// Destroys a collection: its keyring first, so that nothing sealed under it ever opens again, then its rows.
    ///
    /// # Errors
    /// [`EngineError::CollectionNotFound`], and those of device and store. From the moment it is written down the
    /// collection serves no more, and [`Engine::resume`] finishes what failed.
    pub async fn destroy_collection(&self, id: CollectionId) -> Result<(), EngineError> {
        let doomed = {
            let _turn = self.collection_turns.lock(&row::key(id)).await;
            let old = self.collection(id)?;
            let doomed = Collection {
                state: State::Destroying,
                ..(*old).clone()
            };
            self.change_collection(&old, doomed).await?
        };
        self.finish_destruction(&doomed).await
    }

    /// Destroys a collection that holds no secret.
    ///
    /// # Errors
    /// [`EngineError::NotEmpty`], and those of [`Engine::destroy_collection`].
    pub async fn destroy_empty_collection(&self, id: CollectionId) -> Result<(), EngineError> {
        let _nothing_is_made = self.making.write().await;
        self.collection(id)?;
        if !self.store.scan(&key::collection_prefix(id), None, 1)?.is_empty() {
            return Err(EngineError::NotEmpty);
        }
        self.destroy_collection(id).await
    }

    async fn finish_destruction(&self, doomed: &Collection) -> Result<(), EngineError> {
        self.hsm.destroy_keyring(doomed.keyring).await?;
        let prefix = key::collection_prefix(doomed.id);
        loop {
            let rows = self.store.scan(&prefix, None, ROWS_PER_BATCH)?;
            if rows.is_empty() {
                break;
            }
            let batch = rows
                .into_iter()
                .fold(Batch::new(), |batch, (key, _)| batch.delete(key));
            self.store.commit(batch).await?;
        }
        self.store
            .commit(Batch::new().delete(row::key(doomed.id)))
            .await?;
        info!(collection = %doomed.id, "destroyed a collection and its keyring");
        Ok(())
    }

    /// Finishes destructions that failed half-way.
    pub(in crate::engine) async fn finish_destructions(&self) -> Result<(), EngineError> {
        for collection in stored(&*self.store)? {
            if collection.state == State::Destroying {
                warn!(collection = %collection.id, "finishing a destruction that was cut short");
                self.finish_destruction(&collection).await?;
            }
        }
        Ok(())
    }

    /// Finishes creations and destructions that were cut short by the daemon's end. For start-up only, before anything
    /// else is asked of the engine; repeat it until it succeeds.
    ///
    /// # Errors
    /// Those of device and store; what is unfinished stays written down.
    pub async fn resume(&self) -> Result<(), EngineError> {
        for collection in stored(&*self.store)? {
            if collection.state == State::Creating {
                warn!(collection = %collection.id, "finishing a creation that was cut short");
                match self.finish_creation(collection).await {
                    Err(EngineError::Hsm(error)) if is_final(&error) => {
                        warn!(%error, "the device refuses the creation; it is undone");
                    }
                    outcome => drop(outcome?),
                }
            }
        }
        self.finish_destructions().await?;
        self.settle_vault_secrets().await
    }
}

/// What stores a collection that is new.
fn creation(collection: &Collection) -> Batch {
    Batch::new()
        .expect(row::key(collection.id), None)
        .put(row::key(collection.id), collection.raw.as_slice())
}

/// Whether the device would answer the same another time.
fn is_final(error: &HsmError) -> bool {
    !matches!(error.kind(), ErrorKind::Transient | ErrorKind::SessionLost)
}
