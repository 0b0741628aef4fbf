//! Which managed secrets there are, in memory: lists, and what is due when.
//!
//! It is made from the names' rows at start and follows every change: after each, committed or not, it takes over what
//! the store holds of that secret. Pages are found by position, in time that does not depend on it.

use super::{Found, Kind, names};
use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::secret::{SecretPath, SecretRow, key};
use crate::engine::{Engine, EngineError};
use crate::store::Store;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use uuid::Uuid;

/// Rows read from the store at once.
const PAGE: usize = 256;
/// Secrets that are due handed out at a time.
const DUE: usize = 256;

pub(in crate::engine) struct Catalogue(RwLock<Index>);

#[derive(Default)]
struct Index {
    entries: HashMap<Uuid, Entry>,
    /// Of each kind, in the order they were made.
    by_kind: HashMap<Kind, Vec<(Time, Uuid)>>,
    /// Of each kind and collection, in the order they were made.
    by_collection: HashMap<(Kind, CollectionId), Vec<(Time, Uuid)>>,
    due: BTreeSet<(Time, Uuid)>,
    /// What was due and could not be done, and how often in a row.
    failures: HashMap<Uuid, u32>,
}

struct Entry {
    collection: CollectionId,
    kind: Kind,
    name: Box<str>,
    created: Time,
    due: Option<Time>,
}

/// Which secrets to list.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Those whose name holds this text; all where it is empty.
    pub search: String,
    /// How many to pass over.
    pub offset: usize,
    /// How many to list.
    pub limit: usize,
    /// In which order.
    pub order: Order,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// As they were made.
    #[default]
    Made,
    /// By name.
    Name,
}

/// A part of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// The secrets of the part.
    pub page: Vec<SecretRow>,
    /// Their collections.
    pub collections: Vec<CollectionId>,
    /// How many the whole list has.
    pub total: usize,
}

impl Catalogue {
    pub(in crate::engine) fn load(store: &dyn Store) -> Result<Self, EngineError> {
        let mut index = Index::default();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = store.scan(names::PREFIX, after.as_deref(), PAGE)?;
            let Some((last, _)) = page.last() else {
                return Ok(Self(RwLock::new(index)));
            };
            after = Some(last.clone());
            for (key, value) in &page {
                let (collection, id) = names::parse(value)?;
                if let Some(path) = path_of(key, id)? {
                    let found = Found { collection, id, path };
                    index.take_over(store, &found)?;
                }
            }
        }
    }

    /// Takes over what the store holds of a secret. It is read under the lock: read before, it could replace what
    /// another has meanwhile committed and taken over.
    pub(super) fn refresh(&self, store: &dyn Store, found: &Found) -> Result<(), EngineError> {
        let mut index = self.0.write().unwrap_or_else(PoisonError::into_inner);
        index.take_over(store, found)
    }

    /// The secrets of some kinds for which something is to be done by now, the first some hundred.
    pub(super) fn due(&self, now: Time, of: impl Fn(Kind) -> bool) -> Result<Vec<Found>, EngineError> {
        let index = self.read();
        let due = index.due.iter().take_while(|(time, _)| *time <= now);
        let entries = due.filter_map(|(_, id)| Some((*id, index.entries.get(id)?)));
        entries
            .filter(|(_, entry)| of(entry.kind))
            .take(DUE)
            .map(|(id, entry)| {
                Ok(Found {
                    collection: entry.collection,
                    id,
                    path: names::path(entry.kind, id)?,
                })
            })
            .collect()
    }

    /// Counts a failure; answers how many there were in a row.
    pub(super) fn failed(&self, found: &Found) -> u32 {
        let mut index = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let failures = index.failures.entry(found.id).or_default();
        *failures = failures.saturating_add(1);
        *failures
    }

    /// Forgets the failures.
    pub(super) fn succeeded(&self, found: &Found) {
        let mut index = self.0.write().unwrap_or_else(PoisonError::into_inner);
        index.failures.remove(&found.id);
    }

    /// Leaves a secret that is due alone for a while, or until it changes.
    pub(super) fn postpone(&self, found: &Found, until: Time) {
        let mut index = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut entry) = index.entries.remove(&found.id) {
            if let Some(due) = entry.due.replace(until) {
                index.due.remove(&(due, found.id));
            }
            index.due.insert((until, found.id));
            index.entries.insert(found.id, entry);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The path that a name's row leads to; `None` for a kind that this daemon does not know.
fn path_of(key: &[u8], id: Uuid) -> Result<Option<SecretPath>, EngineError> {
    let kind = key.get(names::PREFIX.len()).copied();
    let kind = Kind::ALL.into_iter().find(|known| Some(*known as u8) == kind);
    kind.map(|kind| names::path(kind, id)).transpose()
}

impl Index {
    fn take_over(&mut self, store: &dyn Store, found: &Found) -> Result<(), EngineError> {
        let row = store.get(&key::metadata(found.collection, &found.path))?;
        self.remove(found.id);
        let Some(row) = row else {
            self.failures.remove(&found.id);
            return Ok(());
        };
        let row = SecretRow::decode(&row, found.path.as_str())?;
        let Some(managed) = &row.managed else {
            return Ok(());
        };
        let entry = Entry {
            collection: found.collection,
            kind: managed.kind,
            name: managed.name.as_str().into(),
            created: row.created,
            due: managed.due(),
        };
        self.insert(found.id, entry);
        Ok(())
    }

    fn insert(&mut self, id: Uuid, entry: Entry) {
        let place = (entry.created, id);
        put(self.by_kind.entry(entry.kind).or_default(), place);
        let own = self.by_collection.entry((entry.kind, entry.collection));
        put(own.or_default(), place);
        self.due.extend(entry.due.map(|due| (due, id)));
        self.entries.insert(id, entry);
    }

    fn remove(&mut self, id: Uuid) {
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        let place = (entry.created, id);
        if let Some(list) = self.by_kind.get_mut(&entry.kind) {
            take(list, place);
        }
        if let Some(list) = self.by_collection.get_mut(&(entry.kind, entry.collection)) {
            take(list, place);
            if list.is_empty() {
                self.by_collection.remove(&(entry.kind, entry.collection));
            }
        }
        if let Some(due) = entry.due {
            self.due.remove(&(due, id));
        }
    }

    /// A page, and how many there are in all.
    fn page(
        &self,
        kind: Kind,
        collections: Option<&[CollectionId]>,
        query: &ListQuery,
    ) -> (Vec<Found>, usize) {
        let list = self.list(kind, collections);
        if query.search.is_empty() && query.order == Order::Made {
            let page = list.iter().skip(query.offset).take(query.limit);
            return (self.found(page.map(|(_, id)| id)), list.len());
        }
        let mut matching: Vec<_> = list
            .iter()
            .filter_map(|(_, id)| Some((id, self.entries.get(id)?)))
            .filter(|(_, entry)| entry.name.contains(&query.search))
            .collect();
        if query.order == Order::Name {
            matching.sort_by_key(|(_, entry)| &entry.name);
        }
        let total = matching.len();
        let page = matching.into_iter().skip(query.offset).take(query.limit);
        (self.found(page.map(|(id, _)| id)), total)
    }

    /// Of a kind, in the order they were made; in these collections, or in all.
    fn list(&self, kind: Kind, collections: Option<&[CollectionId]>) -> Cow<'_, [(Time, Uuid)]> {
        let of = |collection: &CollectionId| {
            let list = self.by_collection.get(&(kind, *collection));
            list.map_or(&[][..], Vec::as_slice)
        };
        match collections {
            None => Cow::Borrowed(self.by_kind.get(&kind).map_or(&[][..], Vec::as_slice)),
            Some([collection]) => Cow::Borrowed(of(collection)),
            Some(several) => {
                let mut all: Vec<_> = several.iter().flat_map(of).copied().collect();
                all.sort_unstable();
                Cow::Owned(all)
            }
        }
    }

    fn found<'i>(&self, ids: impl Iterator<Item = &'i Uuid>) -> Vec<Found> {
        let known = ids.filter_map(|id| Some((*id, self.entries.get(id)?)));
        known
            .filter_map(|(id, entry)| {
                Some(Found {
                    collection: entry.collection,
                    id,
                    path: names::path(entry.kind, id).ok()?,
                })
            })
            .collect()
    }
}

fn put(list: &mut Vec<(Time, Uuid)>, place: (Time, Uuid)) {
    if let Err(index) = list.binary_search(&place) {
        list.insert(index, place);
    }
}

fn take(list: &mut Vec<(Time, Uuid)>, place: (Time, Uuid)) {
    if let Ok(index) = list.binary_search(&place) {
        list.remove(index);
    }
}

impl Engine {
    /// The names of all secrets of a kind in a collection, in no order.
    pub fn names(&self, kind: Kind, collection: CollectionId) -> Vec<String> {
        let index = self.catalogue.read();
        let list = index.list(kind, Some(&[collection]));
        let entries = list.iter().filter_map(|(_, id)| index.entries.get(id));
        entries.map(|entry| entry.name.to_string()).collect()
    }

    /// A part of the list of secrets of a kind: in these collections, or in all.
    ///
    /// # Errors
    /// Those of the store.
    pub fn listed(
        &self,
        kind: Kind,
        collections: Option<&[CollectionId]>,
        query: &ListQuery,
    ) -> Result<Listed, EngineError> {
        let (found, total) = self.catalogue.read().page(kind, collections, query);
        let mut listed = Listed {
            total,
            ..Listed::default()
        };
        for found in found {
            // One that was deleted meanwhile is passed over.
            match self.describe(&found) {
                Ok(row) => {
                    listed.page.push(row);
                    listed.collections.push(found.collection);
                }
                Err(EngineError::SecretNotFound | EngineError::CollectionNotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(listed)
    }
}
