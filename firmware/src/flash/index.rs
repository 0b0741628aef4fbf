//! Which records there are and where, in memory, in order of kind and name.

use super::error::FlashError;
use super::layout::{Kind, NAME_LEN};
use heapless::Vec;

type Key<'a> = (Kind, &'a [u8; NAME_LEN]);

struct Entry {
    kind: Kind,
    name: [u8; NAME_LEN],
    at: u32,
}

impl Entry {
    const fn key(&self) -> Key<'_> {
        (self.kind, &self.name)
    }
}

/// What a log needs to find up to `CAPACITY` records: 24 bytes each. A board lends it from its statics, so that it is
/// never moved: on a stack, each move would take as much again.
pub struct Memory<const CAPACITY: usize>(Vec<Entry, CAPACITY>);

impl<const CAPACITY: usize> Memory<CAPACITY> {
    /// Memory that nothing uses yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }
}

impl<const CAPACITY: usize> Default for Memory<CAPACITY> {
    fn default() -> Self {
        Self::new()
    }
}

/// At most `CAPACITY` records.
pub(super) struct Index<'m, const CAPACITY: usize> {
    entries: &'m mut Vec<Entry, CAPACITY>,
}

impl<'m, const CAPACITY: usize> Index<'m, CAPACITY> {
    pub(super) fn new(Memory(entries): &'m mut Memory<CAPACITY>) -> Self {
        entries.clear();
        Self { entries }
    }

    pub(super) fn is_full(&self) -> bool {
        self.entries.is_full()
    }

    /// Where the record is.
    pub(super) fn place(&self, key: Key<'_>) -> Option<u32> {
        let position = self.search(key).ok()?;
        self.entries.get(position).map(|entry| entry.at)
    }

    /// Where each record is, with its position for [`Index::relocate`].
    pub(super) fn place_at(&self, position: usize) -> Option<u32> {
        self.entries.get(position).map(|entry| entry.at)
    }

    /// The record at this position is now elsewhere.
    pub(super) fn relocate(&mut self, position: usize, at: u32) {
        if let Some(entry) = self.entries.get_mut(position) {
            entry.at = at;
        }
    }

    /// The record is now at `at`, and was not there before or was elsewhere.
    pub(super) fn set(&mut self, (kind, name): Key<'_>, at: u32) -> Result<(), FlashError> {
        let position = match self.search((kind, name)) {
            Ok(position) => {
                self.relocate(position, at);
                return Ok(());
            }
            Err(position) => position,
        };
        let entry = Entry {
            kind,
            name: *name,
            at,
        };
        self.entries.push(entry).map_err(|_| FlashError::Full)?;
        // A slice pattern instead of a range: the compiler sees that rotating can't panic.
        if let Some(moved @ [_, ..]) = self.entries.get_mut(position..) {
            moved.rotate_right(1);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, key: Key<'_>) {
        let Ok(position) = self.search(key) else {
            return;
        };
        if let Some(moved @ [_, ..]) = self.entries.get_mut(position..) {
            moved.rotate_left(1);
        }
        self.entries.pop();
    }

    /// The names of a kind in order, from the first one behind `after`.
    pub(super) fn names_after(
        &self,
        kind: Kind,
        after: Option<&[u8; NAME_LEN]>,
    ) -> impl Iterator<Item = &[u8; NAME_LEN]> {
        let is_before = |entry: &Entry| match after {
            Some(name) => entry.key() <= (kind, name),
            None => entry.kind < kind,
        };
        let start = self.entries.partition_point(is_before);
        let rest = self.entries.get(start..).unwrap_or_default();
        rest.iter()
            .take_while(move |entry| entry.kind == kind)
            .map(|entry| &entry.name)
    }

    /// Some record of another kind than this.
    pub(super) fn first_but(&self, kept: Kind) -> Option<(Kind, [u8; NAME_LEN])> {
        let entry = self.entries.iter().rfind(|entry| entry.kind != kept)?;
        Some((entry.kind, entry.name))
    }

    fn search(&self, key: Key<'_>) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| entry.key().cmp(&key))
    }
}
