//! Locks on versions.

use super::change::{existing, managed};
use super::{Edition, Found, Lock, Managed, Which};
use crate::engine::clock::Time;
use crate::engine::secret::SecretRow;
use crate::engine::secret::change::{Needs, Outcome};
use crate::engine::{Engine, EngineError};
use crate::store::Batch;

/// Locks of one secret at most.
pub const MAX_LOCKS: usize = 1000;

/// A lock to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLock {
    /// Its name; a lock of the version that has it is replaced.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// What automation notes: a JSON object.
    pub attributes: String,
}

/// What becomes of the version before the current one when that is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    /// Nothing.
    Shared,
    /// Its locks of the same names go.
    Exclusive,
    /// Its locks of the same names go, and its value too if it has no others.
    ExclusiveDelete,
}

/// Which locks go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlocking {
    /// All of the version.
    All,
    /// Those with these names; what is not there is passed over.
    Named(Vec<String>),
}

impl Engine {
    /// Locks the current version of a secret or the one before. On the latter the mode makes no difference.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::VersionNotFound`], [`EngineError::BadChange`] where the version
    /// is neither or has no value any more, or there would be too many locks; and those of the store.
    pub async fn lock(
        &self,
        found: &Found,
        which: Which,
        mode: LockMode,
        locks: &[NewLock],
        author: &str,
    ) -> Result<SecretRow, EngineError> {
        let locked = self
            .change(found.collection, &found.path, Needs::Metadata, |snapshot| {
                let (mut row, now) = existing(snapshot)?;
                let number = lockable(&row, which, now)?;
                let current = number == row.current;
                let managed = managed(&mut row)?;
                let edition = managed.edition_mut(number).ok_or(EngineError::VersionNotFound)?;
                for lock in locks {
                    put(edition, lock, author, now);
                }
                let mut drop = Vec::new();
                if current && mode != LockMode::Shared {
                    drop = displace(&mut row, mode, locks)?;
                }
                check_number(&row)?;
                let outcome = Outcome::Changed {
                    row: row.clone(),
                    seal: None,
                    drop,
                    also: Batch::new(),
                };
                Ok((outcome, row))
            })
            .await;
        self.catalogue.refresh(&*self.store, found)?;
        locked
    }

    /// Takes locks from a version.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::VersionNotFound`] and those of the store.
    pub async fn unlock(
        &self,
        found: &Found,
        which: Which,
        unlocking: &Unlocking,
    ) -> Result<SecretRow, EngineError> {
        self.alter(found, |_, managed| {
            let number = number_of(managed, which)?;
            let edition = managed.edition_mut(number).ok_or(EngineError::VersionNotFound)?;
            edition.locks.retain(|lock| match unlocking {
                Unlocking::All => false,
                Unlocking::Named(names) => !names.contains(&lock.name),
            });
            Ok(())
        })
        .await
    }
}

fn number_of(managed: &Managed, which: Which) -> Result<u32, EngineError> {
    let edition = managed.edition(which).ok_or(EngineError::VersionNotFound)?;
    Ok(edition.number)
}

/// The number of a version that can be locked.
fn lockable(row: &SecretRow, which: Which, now: Time) -> Result<u32, EngineError> {
    let managed = row.managed.as_deref().ok_or(EngineError::SecretNotFound)?;
    let number = number_of(managed, which)?;
    let either = [managed.current(), managed.previous()];
    if !either
        .into_iter()
        .flatten()
        .any(|edition| edition.number == number)
    {
        let why = "only the current and the previous version can be locked";
        return Err(EngineError::BadChange(why.into()));
    }
    if !row.is_available(number, now) {
        let why = "the version can't be locked: its data is not available any more";
        return Err(EngineError::BadChange(why.into()));
    }
    Ok(number)
}

fn put(edition: &mut Edition, new: &NewLock, author: &str, now: Time) {
    let lock = Lock {
        name: new.name.clone(),
        description: new.description.clone(),
        attributes: new.attributes.clone(),
        created_by: author.to_owned(),
        created: now,
        updated: now,
    };
    match edition.locks.iter_mut().find(|lock| lock.name == new.name) {
        Some(old) => {
            let created = old.created;
            *old = Lock { created, ..lock };
        }
        None => edition.locks.push(lock),
    }
}

/// Takes the locks of the same names from the version before the current one; answers the numbers of versions whose
/// values go.
fn displace(row: &mut SecretRow, mode: LockMode, locks: &[NewLock]) -> Result<Vec<u32>, EngineError> {
    let managed = managed(row)?;
    let Some(previous) = managed.previous().map(|previous| previous.number) else {
        return Ok(Vec::new());
    };
    let edition = managed
        .edition_mut(previous)
        .ok_or(EngineError::VersionNotFound)?;
    edition
        .locks
        .retain(|lock| !locks.iter().any(|new| new.name == lock.name));
    let goes = mode == LockMode::ExclusiveDelete && edition.locks.is_empty();
    Ok(row.destroy_values(|_, number| goes && number == previous))
}

fn check_number(row: &SecretRow) -> Result<(), EngineError> {
    match row
        .managed
        .as_ref()
        .is_some_and(|managed| managed.locks() > MAX_LOCKS)
    {
        false => Ok(()),
        true => Err(EngineError::BadChange(format!(
            "a secret has at most {MAX_LOCKS} locks"
        ))),
    }
}
