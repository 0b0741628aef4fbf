//! Deactivating, reactivating and destroying versions. Unknown and destroyed ones are passed over, as in Vault.

use super::change::{Needs, Outcome, Snapshot};
use super::{SecretPath, SecretRow, VersionState};
use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::managed::names;
use crate::engine::orders;
use crate::engine::{Engine, EngineError};

impl Engine {
    /// Deactivates versions; 0 means the current one.
    ///
    /// # Errors
    /// [`EngineError::CollectionNotFound`] and those of the store; a secret or version that does not exist is none.
    pub async fn deactivate(
        &self,
        collection: CollectionId,
        path: &SecretPath,
        numbers: &[u32],
    ) -> Result<(), EngineError> {
        self.change(collection, path, Needs::Metadata, |snapshot| {
            each_version(snapshot, numbers, |row, number, now| {
                let active =
                    row.version(number).map(|version| version.state(now)) == Some(VersionState::Active);
                if active {
                    row.check_unlocked(number)?;
                }
                match row.version_mut(number).filter(|_| active) {
                    Some(version) => {
                        version.deletion = Some(now);
                        Ok(true)
                    }
                    None => Ok(false),
                }
            })
        })
        .await
    }

    /// Makes deactivated versions readable again, for as long as a new version would be.
    ///
    /// # Errors
    /// As [`Engine::deactivate`].
    pub async fn reactivate(
        &self,
        collection: CollectionId,
        path: &SecretPath,
        numbers: &[u32],
    ) -> Result<(), EngineError> {
        self.change(collection, path, Needs::Metadata, |snapshot| {
            let defaults = snapshot.defaults;
            each_version(snapshot, numbers, |row, number, now| {
                let deletion = row.settings.under(defaults).deactivation(now);
                match row.version_mut(number) {
                    Some(version) if !version.destroyed => {
                        version.deletion = deletion;
                        Ok(true)
                    }
                    _ => Ok(false),
                }
            })
        })
        .await
    }

    /// Destroys the values of versions for good; what was known of them stays.
    ///
    /// # Errors
    /// As [`Engine::deactivate`].
    pub async fn destroy(
        &self,
        collection: CollectionId,
        path: &SecretPath,
        numbers: &[u32],
    ) -> Result<(), EngineError> {
        self.change(collection, path, Needs::Metadata, |snapshot| {
            let mut drop = Vec::new();
            let outcome = each_version(snapshot, numbers, |row, number, _| {
                row.check_unlocked(number)?;
                match row.version_mut(number) {
                    Some(version) if !version.destroyed => {
                        version.destroyed = true;
                        drop.push(version.number);
                        Ok(true)
                    }
                    _ => Ok(false),
                }
            })?;
            Ok(match outcome {
                (Outcome::Changed { row, seal, also, .. }, ()) => (
                    Outcome::Changed {
                        row,
                        seal,
                        drop,
                        also,
                    },
                    (),
                ),
                unchanged => unchanged,
            })
        })
        .await
    }

    /// Removes a secret with all its versions.
    ///
    /// # Errors
    /// As [`Engine::deactivate`].
    pub async fn remove(&self, collection: CollectionId, path: &SecretPath) -> Result<(), EngineError> {
        self.change(collection, path, Needs::Metadata, |snapshot| {
            Ok((removal(snapshot)?.unwrap_or(Outcome::Unchanged), ()))
        })
        .await
    }
}

/// What removes a secret with all its versions; `None` where there is none.
pub(in crate::engine) fn removal(snapshot: &Snapshot) -> Result<Option<Outcome>, EngineError> {
    let Some(row) = &snapshot.row else {
        return Ok(None);
    };
    row.check_removable()?;
    let versions = row.versions.iter().map(|version| version.number).collect();
    let also = names::released(row).and(orders::released(row, snapshot.now)?);
    Ok(Some(Outcome::Removed { versions, also }))
}

/// Applies `change` to each version named; it answers whether it changed anything.
fn each_version(
    snapshot: &mut Snapshot,
    numbers: &[u32],
    mut change: impl FnMut(&mut SecretRow, u32, Time) -> Result<bool, EngineError>,
) -> Result<(Outcome, ()), EngineError> {
    let Some(mut row) = snapshot.row.take() else {
        return Ok((Outcome::Unchanged, ()));
    };
    let mut changed = false;
    for &number in numbers {
        changed |= change(&mut row, number, snapshot.now)?;
    }
    let outcome = if changed {
        Outcome::row(row)
    } else {
        Outcome::Unchanged
    };
    Ok((outcome, ()))
}
