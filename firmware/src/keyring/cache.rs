use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;

/// Keys kept ready; more keyrings than that in constant use are rare, and cost one short read of the flash each time.
const CACHED: usize = 8;

/// The keys used last. `K` wipes itself when it is dropped.
pub(super) struct Cache<K> {
    entries: [Option<Entry<K>>; CACHED],
    clock: u64,
}

struct Entry<K> {
    id: KeyringId,
    key: K,
    used: u64,
}

impl<K> Cache<K> {
    pub(super) const fn new() -> Self {
        Self {
            entries: [const { None }; CACHED],
            clock: 0,
        }
    }

    /// The key of this keyring; one that is not here is made by `make` and takes the place of the one unused for
    /// longest.
    pub(super) fn find_or_insert(
        &mut self,
        id: &KeyringId,
        make: impl FnOnce() -> Result<K, ErrorCode>,
    ) -> Result<&K, ErrorCode> {
        self.clock = self.clock.saturating_add(1);
        let used = self.clock;
        let at = self.position(id);
        let slot = self.entries.get_mut(at).ok_or(ErrorCode::FlashFailed)?;
        if slot.as_ref().is_none_or(|entry| entry.id != *id) {
            *slot = Some(Entry {
                id: *id,
                key: make()?,
                used,
            });
        }
        let entry = slot.as_mut().ok_or(ErrorCode::FlashFailed)?;
        entry.used = used;
        Ok(&entry.key)
    }

    /// Wipes the key of this keyring, if it is here.
    pub(super) fn forget(&mut self, id: &KeyringId) {
        for slot in &mut self.entries {
            if slot.as_ref().is_some_and(|entry| entry.id == *id) {
                *slot = None;
            }
        }
    }

    /// Where this keyring's key is, or where it has to go.
    fn position(&self, id: &KeyringId) -> usize {
        let mut slots = self.entries.iter().enumerate();
        let here = slots.find(|(_, slot)| slot.as_ref().is_some_and(|entry| entry.id == *id));
        let oldest = || {
            let age = |slot: &Option<Entry<K>>| slot.as_ref().map_or(0, |entry| entry.used);
            self.entries.iter().enumerate().min_by_key(|(_, slot)| age(slot))
        };
        here.or_else(oldest).map_or(0, |(at, _)| at)
    }
}
