use super::CustomMetadata;
use crate::engine::clock::Time;
use crate::engine::managed::{Issuance, Managed};
use crate::engine::span::Span;
use crate::engine::{EngineError, rows};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Versions kept where neither the secret nor its collection says how many.
pub const DEFAULT_MAX_VERSIONS: u32 = 10;
/// The most that may be asked for.
pub const MAX_MAX_VERSIONS: u32 = 24_000;

/// What can be set for one secret, or for all of a collection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Versions to keep, at most [`MAX_MAX_VERSIONS`]; 0 where it is not set.
    pub max_versions: u32,
    /// Whether writes must say which version they replace.
    pub cas_required: bool,
    /// How long after their creation versions deactivate; zero where it is not set, negative (on collections only)
    /// where it is switched off for every secret.
    pub delete_version_after: Span,
}

impl Settings {
    /// What holds for a secret with these settings in a collection with those `defaults`. The larger number of
    /// versions wins and the smaller length of time, as in Vault.
    #[must_use]
    pub(in crate::engine) fn under(self, defaults: Self) -> Self {
        let (own, common) = (self.delete_version_after, defaults.delete_version_after);
        let delete_version_after = match () {
            () if common.is_negative() => Span::ZERO,
            () if own == Span::ZERO => common,
            () if common == Span::ZERO => own,
            () => own.min(common),
        };
        let max_versions = match self.max_versions.max(defaults.max_versions) {
            0 => DEFAULT_MAX_VERSIONS,
            set => set,
        };
        Self {
            max_versions,
            cas_required: self.cas_required || defaults.cas_required,
            delete_version_after,
        }
    }

    /// When a version made now deactivates.
    pub(super) fn deactivation(self, now: Time) -> Option<Time> {
        (self.delete_version_after > Span::ZERO).then(|| now.after(self.delete_version_after))
    }
}

/// All that is stored of a secret but its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRow {
    /// Random; tells this secret from others that were at its path before.
    pub(in crate::engine) id: Uuid,
    /// When it was made.
    pub created: Time,
    /// When a version was last added or metadata changed.
    pub updated: Time,
    /// The newest version; 0 before the first.
    pub current: u32,
    /// The oldest version that is kept; 0 until the kept number is reached.
    pub oldest: u32,
    /// Its own settings.
    pub settings: Settings,
    /// What users noted.
    pub custom: CustomMetadata,
    /// The versions that are kept, by number.
    pub versions: Vec<Version>,
    /// What it has beside, if it is known by an identifier and a name.
    #[serde(skip)]
    pub managed: Option<Box<Managed>>,
    /// What it was issued by and for, if it is managed and somebody issues it.
    #[serde(skip)]
    pub issuance: Option<Box<Issuance>>,
}

impl SecretRow {
    /// A secret without versions.
    pub(in crate::engine) fn new(now: Time) -> Self {
        Self {
            id: Uuid::new_v4(),
            created: now,
            updated: now,
            current: 0,
            oldest: 0,
            settings: Settings::default(),
            custom: CustomMetadata::default(),
            versions: Vec::new(),
            managed: None,
            issuance: None,
        }
    }

    pub(in crate::engine) fn encode(&self) -> Result<Vec<u8>, EngineError> {
        let bytes = rows::encode_with(self, self.managed.as_deref())?;
        rows::append(bytes, self.issuance.as_deref())
    }

    /// The row of these bytes; `what` names it in the error.
    pub(in crate::engine) fn decode(bytes: &[u8], what: &str) -> Result<Self, EngineError> {
        let (row, managed, issuance): (Self, _, _) = rows::decode_with_both(bytes, what)?;
        Ok(Self {
            managed,
            issuance,
            ..row
        })
    }

    /// The version with this number, if it is kept; 0 means the current one.
    pub fn version(&self, number: u32) -> Option<&Version> {
        let index = self.index(number)?;
        self.versions.get(index)
    }

    pub(in crate::engine) fn version_mut(&mut self, number: u32) -> Option<&mut Version> {
        let index = self.index(number)?;
        self.versions.get_mut(index)
    }

    fn index(&self, number: u32) -> Option<usize> {
        let number = if number == 0 { self.current } else { number };
        self.versions
            .binary_search_by_key(&number, |version| version.number)
            .ok()
    }

    /// Adds the next version and drops those that are too many; answers the numbers of the dropped.
    pub(in crate::engine) fn add_version(&mut self, now: Time, effective: Settings) -> Vec<u32> {
        self.current += 1;
        self.updated = now;
        let deletion = effective.deactivation(now);
        self.versions.push(Version::new(self.current, now, deletion));
        let kept = effective.max_versions;
        if self.current - self.oldest < kept {
            return Vec::new();
        }
        self.oldest = self.current - kept + 1;
        if let Some(managed) = &mut self.managed {
            managed.editions.retain(|edition| edition.number >= self.oldest);
        }
        let dropped = self
            .versions
            .partition_point(|version| version.number < self.oldest);
        self.versions
            .drain(..dropped)
            .map(|version| version.number)
            .collect()
    }
}

/// One version, without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// 1 for the first.
    pub number: u32,
    /// How often its value was replaced.
    pub(super) revision: u32,
    /// When it was made.
    pub created: Time,
    /// When it was or will be deactivated.
    pub deletion: Option<Time>,
    /// Whether its value is gone for good.
    pub destroyed: bool,
}

/// What can be done with a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionState {
    /// Its value can be read.
    Active,
    /// Its value can't be read until it is reactivated.
    Deactivated,
    /// Its value is gone for good.
    Destroyed,
}

impl Version {
    /// One that was just made.
    pub(in crate::engine) fn new(number: u32, created: Time, deletion: Option<Time>) -> Self {
        Self {
            number,
            revision: 0,
            created,
            deletion,
            destroyed: false,
        }
    }

    /// Its state at `now`.
    pub fn state(&self, now: Time) -> VersionState {
        match self.deletion {
            _ if self.destroyed => VersionState::Destroyed,
            Some(deletion) if deletion <= now => VersionState::Deactivated,
            _ => VersionState::Active,
        }
    }
}
