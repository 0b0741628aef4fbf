//! The objects on the token: what they look like, and how they are found at the start. Later nothing is searched.
//!
//! A keyring's key is a secret key object whose CKA_ID is the keyring's 16 bytes and the generation (big-endian) and
//! whose label starts with `casemate keyring`; it can't be revealed or extracted. What wraps the keyring's key blobs is
//! another, whose label starts with `casemate wrapper`. A [`Note`] is a data object.

use casemate_common::keyring::KeyringId;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use cryptoki::types::Ulong;

use super::fault::Fault;
use super::note::Note;
use crate::hsm::ErrorKind;

const APPLICATION: &[u8] = b"casemate";

/// Objects asked for at once while searching.
const SEARCH_PAGE: std::num::NonZeroUsize = std::num::NonZeroUsize::new(256).unwrap();

/// What a key on the token is for: data, or other keys, and never both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Seals and opens records, and authenticates key blobs.
    Sealer,
    /// Wraps and unwraps the keys in key blobs.
    Wrapper,
}

impl Role {
    const ALL: [Self; 2] = [Self::Sealer, Self::Wrapper];

    const fn label(self) -> &'static str {
        match self {
            Self::Sealer => "casemate keyring",
            Self::Wrapper => "casemate wrapper",
        }
    }
}

/// Generates a keyring's key on the token: AES-256.
pub(super) fn generate(
    session: &Session,
    role: Role,
    keyring: KeyringId,
    generation: u32,
) -> Result<ObjectHandle, Fault> {
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::ValueLen(Ulong::new(32)),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Encrypt(role == Role::Sealer),
        Attribute::Decrypt(role == Role::Sealer),
        Attribute::Wrap(role == Role::Wrapper),
        Attribute::Unwrap(role == Role::Wrapper),
        Attribute::Id(id(keyring, generation)),
        label(role, keyring, generation),
    ];
    Ok(session.generate_key(&Mechanism::AesKeyGen, &template)?)
}

fn label(role: Role, keyring: KeyringId, generation: u32) -> Attribute {
    let label = role.label();
    Attribute::Label(format!("{label} {keyring} generation {generation}").into_bytes())
}

/// The one key with this label that can be a keyring's: an AES-256 key that seals and opens data, wraps nothing, was
/// generated on the token, and was never out.
pub(super) fn foreign(session: &Session, label: &str) -> Result<ObjectHandle, Fault> {
    let refused = |why: String| Err(Fault::new(ErrorKind::Caller, why));
    let named = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::Token(true),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    let found = search(session, &named)?;
    let [key] = found.as_slice() else {
        let count = found.len();
        return refused(format!(
            "the token has {count} AES keys with the label {label:?}; there must be one"
        ));
    };
    let needed = [
        Attribute::ValueLen(Ulong::new(32)),
        Attribute::Local(true),
        Attribute::AlwaysSensitive(true),
        Attribute::NeverExtractable(true),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
        Attribute::Wrap(false),
        Attribute::Unwrap(false),
    ];
    let types: Vec<_> = needed.iter().map(Attribute::attribute_type).collect();
    let attributes = session.get_attributes(*key, &types)?;
    match needed.iter().find(|needed| !attributes.contains(needed)) {
        None => Ok(*key),
        Some(lacking) => refused(format!(
            "the key {label:?} can't be a keyring's: it lacks {lacking:?}"
        )),
    }
}

/// Gives a key the name of a keyring's first.
pub(super) fn rename(
    session: &Session,
    key: ObjectHandle,
    keyring: KeyringId,
) -> Result<ObjectHandle, Fault> {
    let name = [Attribute::Id(id(keyring, 0)), label(Role::Sealer, keyring, 0)];
    let renamed = session.copy_object(key, &name)?;
    session.destroy_object(key)?;
    Ok(renamed)
}

fn id(keyring: KeyringId, generation: u32) -> Vec<u8> {
    [keyring.as_bytes().as_slice(), &generation.to_be_bytes()].concat()
}

/// A copy of a key that lives in this session only, as sensitive as the key; the key itself where the token copies
/// none. Using the copy spares a token that keeps its objects in files from reading them at each use.
pub(super) fn working_copy(session: &Session, key: ObjectHandle) -> ObjectHandle {
    session.copy_object(key, &[Attribute::Token(false)]).unwrap_or_else(|error| {
        tracing::debug!(%error, "the token copies no key into a session; its keys are used where they are");
        key
    })
}

/// Writes a note.
pub(super) fn write(session: &Session, note: Note) -> Result<ObjectHandle, Fault> {
    let template = [
        Attribute::Class(ObjectClass::DATA),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Modifiable(false),
        Attribute::Application(APPLICATION.to_vec()),
        Attribute::Label(format!("casemate note {}", note.keyring()).into_bytes()),
        Attribute::Value(note.to_bytes()),
    ];
    Ok(session.create_object(&template)?)
}

/// Every note on the token.
pub(super) fn notes(session: &Session) -> Result<Vec<(Note, ObjectHandle)>, Fault> {
    let ours = [
        Attribute::Class(ObjectClass::DATA),
        Attribute::Token(true),
        Attribute::Application(APPLICATION.to_vec()),
    ];
    let mut found = Vec::new();
    for handle in search(session, &ours)? {
        let attributes = session.get_attributes(handle, &[AttributeType::Value])?;
        match attributes.first() {
            Some(Attribute::Value(value)) => found.extend(Note::parse(value).map(|note| (note, handle))),
            _ => tracing::warn!("the token holds a data object of casemate without a value; it is ignored"),
        }
    }
    Ok(found)
}

/// A key object that bears a keyring's name.
#[derive(Debug)]
pub(super) struct KeyObject {
    pub(super) role: Role,
    pub(super) keyring: KeyringId,
    pub(super) generation: u32,
    pub(super) handle: ObjectHandle,
    /// Generated here, completely, and never out: a torn generation or a planted key is none of that.
    pub(super) sound: bool,
}

/// Every key object of ours on the token.
pub(super) fn keys(session: &Session) -> Result<Vec<KeyObject>, Fault> {
    let candidates = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::Token(true),
    ];
    let wanted = [
        AttributeType::Id,
        AttributeType::Label,
        AttributeType::Local,
        AttributeType::AlwaysSensitive,
        AttributeType::NeverExtractable,
    ];
    let mut found = Vec::new();
    for handle in search(session, &candidates)? {
        found.extend(key_object(handle, &session.get_attributes(handle, &wanted)?));
    }
    Ok(found)
}

fn key_object(handle: ObjectHandle, attributes: &[Attribute]) -> Option<KeyObject> {
    let (keyring, generation) = attributes.iter().find_map(|attribute| match attribute {
        Attribute::Id(id) => id.split_first_chunk(),
        _ => None,
    })?;
    let role = attributes.iter().find_map(|attribute| match attribute {
        Attribute::Label(label) => Role::ALL
            .into_iter()
            .find(|role| label.starts_with(role.label().as_bytes())),
        _ => None,
    })?;
    let sound = [
        Attribute::Local(true),
        Attribute::AlwaysSensitive(true),
        Attribute::NeverExtractable(true),
    ];
    let generation = u32::from_be_bytes(generation.try_into().ok()?);
    Some(KeyObject {
        role,
        keyring: KeyringId::new(*keyring),
        generation,
        handle,
        sound: sound.iter().all(|needed| attributes.contains(needed)),
    })
}

fn search(session: &Session, template: &[Attribute]) -> Result<Vec<ObjectHandle>, Fault> {
    let found: Result<Vec<_>, _> = session
        .iter_objects_with_cache_size(template, SEARCH_PAGE)?
        .collect();
    Ok(found?)
}
