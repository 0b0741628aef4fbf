use super::index::Index;
use super::record::Record;
use super::secret::TokenHash;
use super::tokens::{Tokens, key, serialise};
use crate::auth::AuthError;
use crate::store::Batch;

/// Tokens that the sweep removes in one commit.
const SWEEP: usize = 1000;

impl Tokens {
    pub(in crate::auth) async fn revoke(&self, hash: TokenHash) -> Result<(), AuthError> {
        let _alone = self.changing.write().await;
        let family = self.index().family(hash);
        self.remove(&family).await
    }

    pub(in crate::auth) async fn revoke_orphan(&self, hash: TokenHash) -> Result<(), AuthError> {
        let _alone = self.changing.write().await;
        let children = orphaned(&self.index(), &hash);
        let mut batch = Batch::new().delete(key(&hash));
        for (child, record) in &children {
            batch = batch.put(key(child), serialise(record)?);
        }
        let changed: Vec<_> = children
            .into_iter()
            .map(|(child, _)| child)
            .chain([hash])
            .collect();
        self.commit(batch, &changed).await
    }

    /// Removes all that are no longer alive; answers how many.
    pub(in crate::auth) async fn sweep(&self) -> Result<usize, AuthError> {
        let _alone = self.changing.write().await;
        let dead = self.index().dead(self.now());
        for some in dead.chunks(SWEEP) {
            self.remove(some).await?;
        }
        Ok(dead.len())
    }

    async fn remove(&self, hashes: &[TokenHash]) -> Result<(), AuthError> {
        let batch = hashes
            .iter()
            .fold(Batch::new(), |batch, hash| batch.delete(key(hash)));
        self.commit(batch, hashes).await
    }
}

fn orphaned(index: &Index, parent: &TokenHash) -> Vec<(TokenHash, Record)> {
    let children = index.children(parent).into_iter();
    let orphan = |hash: TokenHash| {
        let record = Record::clone(index.record(&hash)?);
        Some((
            hash,
            Record {
                parent: None,
                ..record
            },
        ))
    };
    children.filter_map(orphan).collect()
}
