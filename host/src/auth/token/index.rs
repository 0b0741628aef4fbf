use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::record::Record;
use super::secret::{Accessor, TokenHash};
use crate::engine::clock::Time;

/// All tokens in memory.
#[derive(Default)]
pub(super) struct Index {
    tokens: HashMap<TokenHash, Arc<Record>>,
    accessors: HashMap<Accessor, TokenHash>,
    children: HashMap<TokenHash, HashSet<TokenHash>>,
}

impl Index {
    pub(super) fn insert(&mut self, hash: TokenHash, record: Record) {
        self.remove(&hash);
        self.accessors.insert(record.accessor.clone(), hash);
        if let Some(parent) = record.parent {
            self.children.entry(parent).or_default().insert(hash);
        }
        self.tokens.insert(hash, Arc::new(record));
    }

    pub(super) fn remove(&mut self, hash: &TokenHash) {
        let Some(record) = self.tokens.remove(hash) else {
            return;
        };
        self.accessors.remove(&record.accessor);
        let Some(parent) = record.parent else { return };
        if let Some(siblings) = self.children.get_mut(&parent) {
            siblings.remove(hash);
            if siblings.is_empty() {
                self.children.remove(&parent);
            }
        }
    }

    /// The token, alive or not.
    pub(super) fn record(&self, hash: &TokenHash) -> Option<&Arc<Record>> {
        self.tokens.get(hash)
    }

    /// The token, if neither it nor one that it descends from is over or gone.
    pub(super) fn alive(&self, hash: &TokenHash, now: Time) -> Option<&Arc<Record>> {
        let record = self.tokens.get(hash)?;
        let mut ancestor = record;
        while !ancestor.is_over(now) {
            match ancestor.parent {
                Some(parent) => ancestor = self.tokens.get(&parent)?,
                None => return Some(record),
            }
        }
        None
    }

    pub(super) fn by_accessor(&self, accessor: &Accessor) -> Option<TokenHash> {
        self.accessors.get(accessor).copied()
    }

    /// How many tokens it descends from.
    pub(super) fn depth(&self, hash: &TokenHash) -> usize {
        let parent_of = |hash: &TokenHash| self.tokens.get(hash)?.parent;
        std::iter::successors(parent_of(hash), parent_of).count()
    }

    pub(super) fn children(&self, hash: &TokenHash) -> Vec<TokenHash> {
        self.children.get(hash).into_iter().flatten().copied().collect()
    }

    /// The token and all that descend from it.
    pub(super) fn family(&self, hash: TokenHash) -> Vec<TokenHash> {
        let mut family = vec![hash];
        let mut next = 0;
        while let Some(member) = family.get(next) {
            let children = self.children(member);
            family.extend(children);
            next += 1;
        }
        family
    }

    /// All that are no longer alive.
    pub(super) fn dead(&self, now: Time) -> Vec<TokenHash> {
        let hashes = self.tokens.keys().filter(|hash| self.alive(hash, now).is_none());
        hashes.copied().collect()
    }
}
