//! What locks and an expiry date forbid, for every way a secret changes.

use super::{Certificate, Edition};
use crate::engine::EngineError;
use crate::engine::clock::Time;
use crate::engine::secret::SecretRow;
use uuid::Uuid;

/// What is known of a version that is being made.
#[derive(Debug, Clone, Default)]
pub struct NewEdition {
    /// Who makes it.
    pub author: String,
    /// Whether a schedule does.
    pub auto_rotated: bool,
    /// Whether whoever makes it gets its value.
    pub downloaded: bool,
    /// What users note: a JSON object; empty for none.
    pub custom: String,
    /// What the certificate in it says.
    pub certificate: Option<Certificate>,
}

impl NewEdition {
    /// One of which only the author is known.
    pub fn by(author: &str) -> Self {
        Self {
            author: author.to_owned(),
            ..Self::default()
        }
    }
}

impl SecretRow {
    /// Refuses to touch the value of a locked version; 0 means the current one.
    pub(in crate::engine) fn check_unlocked(&self, number: u32) -> Result<(), EngineError> {
        let number = if number == 0 { self.current } else { number };
        let editions = self.managed.iter().flat_map(|managed| &managed.editions);
        let locked = editions
            .filter(|edition| edition.number == number)
            .any(|edition| !edition.locks.is_empty());
        if locked { Err(EngineError::Locked) } else { Ok(()) }
    }

    /// Refuses to remove a secret of which any version is locked.
    pub(in crate::engine) fn check_removable(&self) -> Result<(), EngineError> {
        match self.managed.as_ref().is_some_and(|managed| managed.locks() > 0) {
            true => Err(EngineError::Locked),
            false => Ok(()),
        }
    }

    /// Refuses a new version where the one before the current is locked, which allows one rotation under a lock and no
    /// more, and where all values have ended.
    pub(in crate::engine) fn check_rotatable(&self, now: Time) -> Result<(), EngineError> {
        let Some(managed) = &self.managed else {
            return Ok(());
        };
        if managed.is_over(now) {
            let why = "the secret has expired and its data is destroyed; delete it and create another";
            return Err(EngineError::BadChange(why.into()));
        }
        match managed
            .previous()
            .is_some_and(|previous| !previous.locks.is_empty())
        {
            true => Err(EngineError::Locked),
            false => Ok(()),
        }
    }

    /// Notes what the newest version has beside its number.
    pub(in crate::engine) fn add_edition(&mut self, new: NewEdition) {
        let number = self.current;
        let Some(managed) = &mut self.managed else { return };
        managed.editions.push(Edition {
            number,
            id: Uuid::new_v4(),
            created_by: new.author,
            downloaded: new.downloaded,
            auto_rotated: new.auto_rotated,
            custom: new.custom,
            certificate: new.certificate,
            locks: Vec::new(),
        });
    }

    /// Destroys the values of these versions; answers the numbers of those that had one.
    pub(super) fn destroy_values(&mut self, which: impl Fn(&Self, u32) -> bool) -> Vec<u32> {
        let numbers: Vec<u32> = self.versions.iter().map(|version| version.number).collect();
        let chosen: Vec<u32> = numbers
            .into_iter()
            .filter(|&number| which(self, number))
            .collect();
        let mut dropped = Vec::new();
        for number in chosen {
            if let Some(version) = self.version_mut(number)
                && !version.destroyed
            {
                version.destroyed = true;
                dropped.push(number);
            }
        }
        dropped
    }
}
