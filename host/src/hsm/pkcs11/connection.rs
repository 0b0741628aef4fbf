use std::collections::BTreeMap;
use std::sync::Mutex;

use casemate_common::keyring::KeyringId;
use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::object::ObjectHandle;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use super::fault::Fault;
use super::keyring::{Budget, Key, Keyring};
use super::note::Note;
use super::object::{self, KeyObject, Role};

/// A login on a token, with every keyring's handles.
pub(super) struct Connection {
    /// How often the module had been initialised; sessions of another time mean nothing.
    pub(super) module_time: u64,
    /// Changes objects, and holds the working copies of the keys: it stays open as long as they are used.
    pub(super) keeper: Mutex<Session>,
    /// One for each worker.
    pub(super) sessions: Vec<Mutex<Session>>,
    pub(super) keyrings: BTreeMap<KeyringId, Keyring>,
    /// Objects that a crash left: torn keys, notes of keyrings that are not there.
    pub(super) debris: Vec<(KeyringId, ObjectHandle)>,
}

impl Connection {
    /// Logs in and reads what the token holds.
    pub(super) fn open(
        context: &Pkcs11,
        slot: Slot,
        pin: &AuthPin,
        workers: usize,
        module_time: u64,
    ) -> Result<Self, Fault> {
        let keeper = context.open_rw_session_no_drop(slot)?;
        let mut connection = Self {
            module_time,
            keeper: Mutex::new(keeper),
            sessions: Vec::new(),
            keyrings: BTreeMap::new(),
            debris: Vec::new(),
        };
        let opened = connection.add_sessions(context, slot, workers);
        if let Err(fault) = opened.and_then(|()| connection.load(pin)) {
            connection.close();
            return Err(fault);
        }
        Ok(connection)
    }

    fn add_sessions(&mut self, context: &Pkcs11, slot: Slot, count: usize) -> Result<(), Fault> {
        for _ in 0..count {
            self.sessions
                .push(Mutex::new(context.open_ro_session_no_drop(slot)?));
        }
        Ok(())
    }

    fn load(&mut self, pin: &AuthPin) -> Result<(), Fault> {
        let keeper = keeper(&mut self.keeper);
        log_in(keeper, pin)?;
        let (keys, notes) = finish_destructions(keeper, object::keys(keeper)?, object::notes(keeper)?)?;
        let (sound, torn): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| key.sound);
        self.debris
            .extend(torn.into_iter().map(|key| (key.keyring, key.handle)));
        let (wrappers, sealers): (Vec<_>, Vec<_>) =
            sound.into_iter().partition(|key| key.role == Role::Wrapper);
        for key in sealers {
            add_key(&mut self.keyrings, keeper, &key);
        }
        for key in wrappers {
            if !add_wrapper(&mut self.keyrings, keeper, &key) {
                self.debris.push((key.keyring, key.handle));
            }
        }
        for (note, handle) in notes {
            if !add_note(&mut self.keyrings, note, handle) {
                self.debris.push((note.keyring(), handle));
            }
        }
        if !self.debris.is_empty() {
            tracing::warn!(
                objects = self.debris.len(),
                "the token holds leavings of an interrupted change"
            );
        }
        Ok(())
    }

    /// Closes the sessions; for a connection whose module has not been initialised since.
    pub(super) fn close(self) {
        let sessions = self.sessions.into_iter().chain([self.keeper]);
        for session in sessions.filter_map(|session| session.into_inner().ok()) {
            if let Err(error) = session.close() {
                tracing::debug!(%error, "a session was closed already");
            }
        }
    }
}

/// The keeper's session, for whoever holds the connection alone.
pub(super) fn keeper(session: &mut Mutex<Session>) -> &Session {
    session
        .get_mut()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn log_in(session: &Session, pin: &AuthPin) -> Result<(), Fault> {
    match session.login(UserType::User, Some(pin)) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

type Found = (Vec<KeyObject>, Vec<(Note, ObjectHandle)>);

/// Carries on where a crash interrupted the destruction of a keyring with several keys.
fn finish_destructions(
    session: &Session,
    mut keys: Vec<KeyObject>,
    mut notes: Vec<(Note, ObjectHandle)>,
) -> Result<Found, Fault> {
    let doomed: Vec<_> = notes
        .iter()
        .filter(|(note, _)| matches!(note, Note::Doomed(_)))
        .map(|(note, handle)| (note.keyring(), *handle))
        .collect();
    for (keyring, mark) in doomed {
        tracing::warn!(%keyring, "the destruction of this keyring was interrupted; finishing it");
        for key in keys.extract_if(.., |key| key.keyring == keyring) {
            session.destroy_object(key.handle)?;
        }
        for (_, handle) in notes.extract_if(.., |(note, handle)| note.keyring() == keyring && *handle != mark)
        {
            session.destroy_object(handle)?;
        }
        session.destroy_object(mark)?;
        notes.retain(|(_, handle)| *handle != mark);
    }
    Ok((keys, notes))
}

fn add_key(keyrings: &mut BTreeMap<KeyringId, Keyring>, session: &Session, found: &KeyObject) {
    let keyring = keyrings.entry(found.keyring).or_insert_with(|| Keyring {
        keys: BTreeMap::new(),
        newest: 0,
        // Without a note all may have been used: the first seal brings the next key.
        seals: Budget::spent(u32::MAX),
        wrapper: None,
    });
    let key = Key {
        object: found.handle,
        working: object::working_copy(session, found.handle),
        notes: Vec::new(),
    };
    keyring.newest = keyring.newest.max(found.generation);
    if keyring.keys.insert(found.generation, key).is_some() {
        tracing::error!(
            keyring = %found.keyring,
            generation = found.generation,
            "two keys of the token bear the same name; does another daemon use this token?",
        );
    }
}

/// False when there is no keyring that needs it.
fn add_wrapper(keyrings: &mut BTreeMap<KeyringId, Keyring>, session: &Session, found: &KeyObject) -> bool {
    let Some(keyring) = keyrings.get_mut(&found.keyring) else {
        return false;
    };
    if keyring.wrapper.is_some() {
        return false;
    }
    keyring.wrapper = Some(Key {
        object: found.handle,
        working: object::working_copy(session, found.handle),
        notes: Vec::new(),
    });
    true
}

/// False when there is no key for this note.
fn add_note(keyrings: &mut BTreeMap<KeyringId, Keyring>, note: Note, handle: ObjectHandle) -> bool {
    let Note::Seals {
        keyring,
        generation,
        reserved,
    } = note
    else {
        return false;
    };
    let Some(keyring) = keyrings.get_mut(&keyring) else {
        return false;
    };
    let Some(key) = keyring.keys.get_mut(&generation) else {
        return false;
    };
    let first = key.notes.is_empty();
    key.notes.push(handle);
    if generation == keyring.newest && (first || reserved > keyring.seals.reserved()) {
        keyring.seals = Budget::spent(reserved);
    }
    true
}
