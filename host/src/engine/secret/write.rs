use super::change::{Needs, Outcome, Snapshot};
use super::read::Gone;
use super::{SecretPath, SecretRow, Terms, Version};
use crate::engine::collection::CollectionId;
use crate::engine::managed::NewEdition;
use crate::engine::{Engine, EngineError};
use crate::store::Batch;
use zeroize::Zeroizing;

/// Numbers end here, so that none is ever used twice.
pub(in crate::engine) const LAST_VERSION: u32 = u32::MAX - 1;

/// What a write made.
pub struct Written {
    /// The new or changed version.
    pub version: Version,
    /// The secret it belongs to.
    pub secret: SecretRow,
}

/// What a patch does to version numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patching {
    /// It replaces the current version's value under its number, as OVHcloud's guide says.
    KeepsVersion,
    /// It makes a new version, as Vault does.
    MakesVersion,
}

impl Engine {
    /// Stores a new version, making the secret when there is none.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`] where the terms want one, [`EngineError::CollectionNotFound`], [`EngineError::CasMismatch`], [`EngineError::CasRequired`],
    /// [`EngineError::VersionsExhausted`], and those of device and store.
    pub async fn write(
        &self,
        collection: CollectionId,
        path: &SecretPath,
        value: Zeroizing<Vec<u8>>,
        terms: impl Into<Terms>,
    ) -> Result<Written, EngineError> {
        let terms = terms.into();
        self.change(collection, path, Needs::Metadata, |snapshot| {
            if terms.must_exist && snapshot.row.is_none() {
                return Err(EngineError::SecretNotFound);
            }
            snapshot.check_cas(terms.cas)?;
            let row = snapshot
                .row
                .take()
                .unwrap_or_else(|| SecretRow::new(snapshot.now));
            with_new_version(snapshot, row, value.clone(), &terms.author)
        })
        .await
    }

    /// Changes the current version's value by `merge`, which gets the old value and gives the new one.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::Gone`] when the current version is deactivated or destroyed, the
    /// error of `merge`, and those of [`Engine::write`].
    pub async fn patch(
        &self,
        collection: CollectionId,
        path: &SecretPath,
        terms: impl Into<Terms>,
        patching: Patching,
        merge: impl Fn(&[u8]) -> Result<Zeroizing<Vec<u8>>, EngineError>,
    ) -> Result<Written, EngineError> {
        let terms = terms.into();
        self.change(collection, path, Needs::Value, |snapshot| {
            if snapshot.row.is_none() {
                return Err(EngineError::SecretNotFound);
            }
            snapshot.check_cas(terms.cas)?;
            let row = snapshot.row.take().ok_or(EngineError::SecretNotFound)?;
            let version = *row.version(0).ok_or(EngineError::SecretNotFound)?;
            let value = match snapshot.value.take() {
                Some(value) if row.is_available(0, snapshot.now) => merge(&value)?,
                _ => return Err(EngineError::Gone(Box::new(Gone { version, secret: row }))),
            };
            match patching {
                Patching::KeepsVersion => with_new_value(snapshot, row, value),
                Patching::MakesVersion => with_new_version(snapshot, row, value, &terms.author),
            }
        })
        .await
    }
}

fn with_new_version(
    snapshot: &Snapshot,
    mut row: SecretRow,
    value: Zeroizing<Vec<u8>>,
    author: &str,
) -> Result<(Outcome, Written), EngineError> {
    row.check_rotatable(snapshot.now)?;
    if row.current >= LAST_VERSION {
        return Err(EngineError::VersionsExhausted);
    }
    let drop = row.add_version(snapshot.now, row.settings.under(snapshot.defaults));
    row.add_edition(NewEdition::by(author));
    written(row, value, drop)
}

fn with_new_value(
    snapshot: &Snapshot,
    mut row: SecretRow,
    value: Zeroizing<Vec<u8>>,
) -> Result<(Outcome, Written), EngineError> {
    row.check_unlocked(0)?;
    row.updated = snapshot.now;
    let version = row.version_mut(0).ok_or(EngineError::VersionNotFound)?;
    version.revision = version
        .revision
        .checked_add(1)
        .ok_or(EngineError::VersionsExhausted)?;
    written(row, value, Vec::new())
}

fn written(
    row: SecretRow,
    value: Zeroizing<Vec<u8>>,
    drop: Vec<u32>,
) -> Result<(Outcome, Written), EngineError> {
    let version = *row.version(0).ok_or(EngineError::VersionNotFound)?;
    let answer = Written {
        version,
        secret: row.clone(),
    };
    let outcome = Outcome::Changed {
        row,
        seal: Some((version.number, value)),
        drop,
        also: Batch::new(),
    };
    Ok((outcome, answer))
}
