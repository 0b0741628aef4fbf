//! What is written down of keys at providers, so that whatever is interrupted can be finished.

use crate::engine::clock::Time;
use crate::engine::keys::NamedKey;
use crate::kms::{Protection, ProviderKind, Purposes};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What stands beside a key's facts, once it has ever been distributed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliveries {
    /// Where it is now, or is being brought to or removed from.
    pub current: Option<Distribution>,
    /// The seconds that the last distribution's name has: the next one's are later, as providers keep deleted names.
    pub(super) last: i64,
}

impl Deliveries {
    /// The seconds for the name of a distribution that begins now.
    pub(super) fn next_seconds(&self, now: i64) -> i64 {
        now.max(self.last.saturating_add(1))
    }
}

/// A key at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// Which provider.
    pub kms: String,
    /// What the key is called there.
    pub name: String,
    /// When it was distributed.
    pub time: Time,
    /// What it is for there.
    pub purposes: Purposes,
    /// Where operations with it are done.
    pub protection: Protection,
    /// Its versions there, by number.
    pub copies: BTreeMap<u32, CloudCopy>,
    /// The version that the name stands for; 0 for none yet.
    pub(super) published: u32,
    /// Whether it has ever been there as a whole.
    pub(super) complete: bool,
    /// Whether it is being removed.
    pub removing: bool,
    /// Whether copies in other regions are wanted.
    pub(super) replicated: bool,
}

/// One version at a provider. It is written down before the provider is asked for anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudCopy {
    /// Names the attempt to bring it there.
    pub(super) attempt: Uuid,
    /// What the provider calls it, as soon as that is known.
    pub id: Option<String>,
    /// Whether the key is in it.
    pub imported: bool,
    /// Whether it can be used there.
    pub(super) enabled: bool,
    /// Other regions, and whether it is in them.
    pub(super) regions: BTreeMap<String, bool>,
}

impl CloudCopy {
    /// One that is about to be made.
    pub(super) fn new() -> Self {
        Self {
            attempt: Uuid::new_v4(),
            id: None,
            imported: false,
            enabled: true,
            regions: BTreeMap::new(),
        }
    }

    /// Whether it is in another region.
    pub(super) fn is_in(&self, region: &str) -> bool {
        self.regions.get(region) == Some(&true)
    }
}

impl Distribution {
    /// Identifiers of the versions that are there.
    pub(super) fn ids(&self) -> Vec<String> {
        self.copies.values().filter_map(|copy| copy.id.clone()).collect()
    }

    /// Whether all is as the key says.
    pub fn is_settled(&self, key: &NamedKey, own_region: &str) -> bool {
        let versions = &key.row.versions;
        let least = key.facts.min_enabled_version;
        let wanted = self.wanted_regions(key, own_region);
        let there = versions.iter().all(|version| {
            self.copies.get(&version.number).is_some_and(|copy| {
                let has_all = wanted.iter().all(|region| copy.is_in(region));
                copy.imported && copy.enabled == (version.number >= least) && has_all
            })
        });
        there && self.complete && !self.removing && self.published == key.row.current
    }

    /// Whether the newest version was made by a rotation that has not reached the provider.
    pub fn has_open_rotation(&self, key: &NamedKey) -> bool {
        self.complete && self.published < key.row.current
    }

    /// Other regions that are to have a copy.
    pub(super) fn wanted_regions<'k>(&self, key: &'k NamedKey, own_region: &str) -> Vec<&'k str> {
        let regions = key.facts.replica_regions.iter().filter(|_| self.replicated);
        regions
            .map(String::as_str)
            .filter(|region| *region != own_region)
            .collect()
    }
}

/// A provider, without its credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kms {
    /// Which service.
    pub kind: ProviderKind,
    /// Where keys are in it.
    pub key_collection: String,
    /// The keys that are there, or are being brought there or removed.
    pub keys: BTreeSet<String>,
    /// What could not be cleaned up.
    pub leftovers: Vec<Leftover>,
}

/// Something that may be left at a provider, which nobody here can remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftover {
    /// What, in words.
    pub what: String,
    /// When it was noticed.
    pub since: Time,
}
