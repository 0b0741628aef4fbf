//! What changes objects on the token. Whoever calls this holds the connection alone, and drops it after an error: only
//! the token knows then how far the change came.

use casemate_common::keyring::KeyringId;
use cryptoki::object::ObjectHandle;

use super::Settings;
use super::connection::{Connection, keeper};
use super::fault::Fault;
use super::keyring::{Budget, Key, Keyring};
use super::note::Note;
use super::object::{self, Role};
use crate::hsm::ErrorKind;

impl Connection {
    /// Makes a keyring; it exists from the moment its key does. False when it existed before.
    pub(super) fn create(&mut self, id: KeyringId, settings: &Settings) -> Result<bool, Fault> {
        if self.keyrings.contains_key(&id) {
            return Ok(false);
        }
        self.clear_debris(id)?;
        let (key, seals) = self.generate(id, 0, settings)?;
        let keyring = Keyring {
            keys: [(0, key)].into(),
            newest: 0,
            seals,
            wrapper: None,
        };
        self.keyrings.insert(id, keyring);
        Ok(true)
    }

    /// Makes a keyring of a key that somebody else has made. Nobody knows how much that has sealed: half of what it may
    /// counts as done. The key is copied under its new name before the old one goes, see [`super::note`].
    pub(super) fn adopt(&mut self, label: &str, id: KeyringId, settings: &Settings) -> Result<(), Fault> {
        if self.keyrings.contains_key(&id) {
            return Ok(());
        }
        self.clear_debris(id)?;
        let session = keeper(&mut self.keeper);
        let theirs = object::foreign(session, label)?;
        let reserved = settings.seals_per_key() / 2;
        let note = object::write(
            session,
            Note::Seals {
                keyring: id,
                generation: 0,
                reserved,
            },
        )?;
        let object = object::rename(session, theirs, id)?;
        let key = Key {
            object,
            working: object::working_copy(session, object),
            notes: vec![note],
        };
        let keyring = Keyring {
            keys: [(0, key)].into(),
            newest: 0,
            seals: Budget::spent(reserved),
            wrapper: None,
        };
        self.keyrings.insert(id, keyring);
        Ok(())
    }

    /// Destroys a keyring: wholly or, after a crash, at the next start. False when there was none.
    pub(super) fn destroy(&mut self, id: KeyringId) -> Result<bool, Fault> {
        self.clear_debris(id)?;
        let Some(keyring) = self.keyrings.remove(&id) else {
            return Ok(false);
        };
        let session = keeper(&mut self.keeper);
        let mark = match (keyring.keys.len(), &keyring.wrapper) {
            (0 | 1, None) => None,
            _ => Some(object::write(session, Note::Doomed(id))?),
        };
        for object in objects(&keyring).into_iter().chain(mark) {
            session.destroy_object(object)?;
        }
        Ok(true)
    }

    /// Lets a keyring seal again whose budget is used up: notes more seals for its key, or gives it the next key.
    pub(super) fn extend(&mut self, id: KeyringId, settings: &Settings) -> Result<(), Fault> {
        let Some(keyring) = self.keyrings.get_mut(&id) else {
            return Ok(());
        };
        if !keyring.seals.is_spent() {
            return Ok(());
        }
        let (limit, reserved) = (settings.seals_per_key(), keyring.seals.reserved());
        if reserved >= limit {
            return self.roll_over(id, settings);
        }
        let reserved = reserved.saturating_add(settings.seals_per_note.get()).min(limit);
        let note = Note::Seals {
            keyring: id,
            generation: keyring.newest,
            reserved,
        };
        let session = keeper(&mut self.keeper);
        let note = object::write(session, note)?;
        if let Some(key) = keyring.keys.get_mut(&keyring.newest) {
            for old in std::mem::replace(&mut key.notes, vec![note]) {
                session.destroy_object(old)?;
            }
        }
        keyring.seals.extend_to(reserved);
        Ok(())
    }

    /// Gives a keyring what it lacks to take another key blob.
    pub(super) fn prepare_for_keys(&mut self, id: KeyringId, settings: &Settings) -> Result<(), Fault> {
        self.clear_debris(id)?;
        let session = keeper(&mut self.keeper);
        if let Some(keyring) = self.keyrings.get_mut(&id)
            && keyring.wrapper.is_none()
        {
            let object = object::generate(session, Role::Wrapper, id, 0)?;
            keyring.wrapper = Some(Key {
                object,
                working: object::working_copy(session, object),
                notes: Vec::new(),
            });
        }
        self.extend(id, settings)
    }

    fn roll_over(&mut self, id: KeyringId, settings: &Settings) -> Result<(), Fault> {
        self.clear_debris(id)?;
        let newest = self.keyrings.get(&id).map_or(0, |keyring| keyring.newest);
        let next = newest.checked_add(1).ok_or_else(|| {
            Fault::new(
                ErrorKind::Permanent,
                format!("the keyring {id} had all the keys it can have"),
            )
        })?;
        let (key, seals) = self.generate(id, next, settings)?;
        if let Some(keyring) = self.keyrings.get_mut(&id) {
            keyring.keys.insert(next, key);
            keyring.newest = next;
            keyring.seals = seals;
        }
        tracing::info!(keyring = %id, generation = next, "the keyring has its next key");
        Ok(())
    }

    /// The note comes before the key: a key without a note has lost it, and must not seal.
    fn generate(
        &mut self,
        keyring: KeyringId,
        generation: u32,
        settings: &Settings,
    ) -> Result<(Key, Budget), Fault> {
        let session = keeper(&mut self.keeper);
        let reserved = settings.seals_per_note.get().min(settings.seals_per_key());
        let note = object::write(
            session,
            Note::Seals {
                keyring,
                generation,
                reserved,
            },
        )?;
        let object = object::generate(session, Role::Sealer, keyring, generation)?;
        let key = Key {
            object,
            working: object::working_copy(session, object),
            notes: vec![note],
        };
        Ok((key, Budget::fresh(reserved)))
    }

    fn clear_debris(&mut self, id: KeyringId) -> Result<(), Fault> {
        let session = keeper(&mut self.keeper);
        for (_, object) in self.debris.extract_if(.., |(keyring, _)| *keyring == id) {
            session.destroy_object(object)?;
        }
        Ok(())
    }
}

/// Keys first: they are what must go.
fn objects(keyring: &Keyring) -> Vec<ObjectHandle> {
    let keys = keyring.keys.values().chain(&keyring.wrapper);
    let copies = keys
        .clone()
        .filter(|key| key.working != key.object)
        .map(|key| key.working);
    let notes = keys.clone().flat_map(|key| key.notes.iter().copied());
    keys.clone()
        .map(|key| key.object)
        .chain(copies)
        .chain(notes)
        .collect()
}
