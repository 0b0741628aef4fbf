use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::index::Index;
use super::record::Record;
use super::secret::{Accessor, TokenHash};
use crate::auth::AuthError;
use crate::engine::clock::{Clock, Time};
use crate::hsm::Hsm;
use crate::store::{Batch, Store, StoreError, each};

const ROWS: &[u8] = b"auth/token/";

/// All tokens, in memory and in the store.
pub(in crate::auth) struct Tokens {
    pub(super) store: Arc<dyn Store>,
    pub(super) hsm: Arc<dyn Hsm>,
    clock: Arc<dyn Clock>,
    index: RwLock<Index>,
    /// Held shared by what changes one token and exclusively by what removes many: nobody gets a child while its
    /// parent is being revoked.
    pub(super) changing: tokio::sync::RwLock<()>,
}

impl Tokens {
    pub(in crate::auth) fn open(
        store: Arc<dyn Store>,
        hsm: Arc<dyn Hsm>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AuthError> {
        let mut index = Index::default();
        each(&*store, ROWS, |key, value| {
            let hash =
                TokenHash::from_bytes(key).ok_or_else(|| AuthError::Damaged("a token's key".into()))?;
            index.insert(hash, parse(value)?);
            Ok::<_, AuthError>(())
        })?;
        Ok(Self {
            store,
            hsm,
            clock,
            index: RwLock::new(index),
            changing: tokio::sync::RwLock::default(),
        })
    }

    pub(in crate::auth) fn now(&self) -> Time {
        self.clock.now()
    }

    pub(super) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::auth) fn alive(&self, hash: &TokenHash) -> Option<Arc<Record>> {
        self.index().alive(hash, self.now()).cloned()
    }

    pub(in crate::auth) fn by_accessor(&self, accessor: &Accessor) -> Option<TokenHash> {
        let index = self.index();
        let hash = index.by_accessor(accessor)?;
        index.alive(&hash, self.now()).map(|_| hash)
    }

    /// Uses up one of the token's uses, durably; answers what it was before.
    pub(in crate::auth) async fn spend(&self, hash: TokenHash) -> Result<Arc<Record>, AuthError> {
        let record = self.change(hash, |record| {
            record.uses_left = match record.uses_left {
                Some(0) => return Err(AuthError::Denied),
                Some(uses) => Some(uses - 1),
                None => None,
            };
            Ok(())
        });
        record.await.map(Arc::new)
    }

    /// Changes a token that is alive, durably, then in memory; decided again when another change came first.
    pub(super) async fn change(
        &self,
        hash: TokenHash,
        decide: impl Fn(&mut Record) -> Result<(), AuthError>,
    ) -> Result<Record, AuthError> {
        let _shared = self.changing.read().await;
        loop {
            self.alive(&hash).ok_or(AuthError::Denied)?;
            let row = self.store.get(&key(&hash))?.ok_or(AuthError::Denied)?;
            let mut record = parse(&row)?;
            decide(&mut record)?;
            let batch = Batch::new()
                .expect(key(&hash), Some(&row))
                .put(key(&hash), serialise(&record)?);
            match self.commit(batch, &[hash]).await {
                Err(AuthError::Store(StoreError::Conflict)) => {}
                outcome => return outcome.map(|()| record),
            }
        }
    }

    /// Commits changes of these tokens, then takes over into memory what the store holds: after an error too, because
    /// a commit whose last sync failed may have been carried out.
    pub(super) async fn commit(&self, batch: Batch, changed: &[TokenHash]) -> Result<(), AuthError> {
        let outcome = self.store.commit(batch).await;
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        for hash in changed {
            match self.store.get(&key(hash))? {
                Some(row) => index.insert(*hash, parse(&row)?),
                None => index.remove(hash),
            }
        }
        Ok(outcome?)
    }
}

pub(super) fn key(hash: &TokenHash) -> Vec<u8> {
    [ROWS, hash.as_bytes()].concat()
}

pub(super) fn serialise(record: &Record) -> Result<Vec<u8>, AuthError> {
    serde_json::to_vec(record).map_err(|error| AuthError::Damaged(format!("a token: {error}")))
}

pub(super) fn parse(row: &[u8]) -> Result<Record, AuthError> {
    serde_json::from_slice(row).map_err(|error| AuthError::Damaged(format!("a token: {error}")))
}
