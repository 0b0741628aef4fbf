//! The objects of versions on a token.

use crate::kms::{CloudKey, KmsError, Purpose, Purposes};
use casemate_common::blob::KeyType;
use cryptoki::error::Error;
use cryptoki::object::{self, Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

/// CKA_ID of a version's objects.
pub(super) type Id = [u8; 16];

/// The CKA_ID that an identifier stands for.
pub(super) fn parse_id(id: &str) -> Result<Id, KmsError> {
    let bytes = hex::decode(id).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| KmsError::Configuration(format!("{id:?} names no key on a token")))
}

/// Private or secret key, or public key: what a version consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Private,
    Public,
    Secret,
}

impl Part {
    /// The parts of a key.
    pub(super) fn of(key_type: KeyType) -> &'static [Self] {
        match key_type.public_len() {
            0 => &[Self::Secret],
            _ => &[Self::Private, Self::Public],
        }
    }

    pub(super) const fn class(self) -> ObjectClass {
        match self {
            Self::Private => ObjectClass::PRIVATE_KEY,
            Self::Public => ObjectClass::PUBLIC_KEY,
            Self::Secret => ObjectClass::SECRET_KEY,
        }
    }

    /// The usages that it can have, each with whether it is to have it: what is not said, tokens allow.
    pub(super) fn usages(self, purposes: &Purposes) -> Vec<Attribute> {
        let has = |purpose| purposes.has(purpose);
        match self {
            Self::Secret => vec![
                Attribute::Encrypt(has(Purpose::Encrypt)),
                Attribute::Decrypt(has(Purpose::Decrypt)),
                Attribute::Wrap(has(Purpose::Wrap)),
                Attribute::Unwrap(has(Purpose::Unwrap)),
                Attribute::Sign(false),
                Attribute::Verify(false),
            ],
            Self::Private => vec![
                Attribute::Sign(has(Purpose::Sign)),
                Attribute::SignRecover(false),
                Attribute::Decrypt(has(Purpose::Decrypt)),
                Attribute::Unwrap(has(Purpose::Unwrap)),
            ],
            Self::Public => vec![
                Attribute::Verify(has(Purpose::Verify)),
                Attribute::VerifyRecover(false),
                Attribute::Encrypt(has(Purpose::Encrypt)),
                Attribute::Wrap(has(Purpose::Wrap)),
            ],
        }
    }
}

/// What PKCS#11 calls a type of key.
pub(super) const fn kind(key_type: KeyType) -> object::KeyType {
    match key_type {
        KeyType::Aes256 => object::KeyType::AES,
        KeyType::Hmac => object::KeyType::GENERIC_SECRET,
        KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => object::KeyType::RSA,
        KeyType::P256 | KeyType::P384 | KeyType::P521 => object::KeyType::EC,
    }
}

fn find(session: &Session, class: ObjectClass, id: &Id) -> Result<Vec<ObjectHandle>, Error> {
    let wanted = [
        Attribute::Class(class),
        Attribute::Token(true),
        Attribute::Id(id.to_vec()),
    ];
    session.find_objects(&wanted)
}

/// Whether a version's private or secret key is there. The token makes it in one step, wholly or not at all.
pub(super) fn has_key(session: &Session, id: &Id) -> Result<bool, Error> {
    let private = find(session, ObjectClass::PRIVATE_KEY, id)?;
    let secret = find(session, ObjectClass::SECRET_KEY, id)?;
    Ok(!private.is_empty() || !secret.is_empty())
}

/// Destroys all objects of a version.
pub(super) fn destroy(session: &Session, id: &Id) -> Result<(), Error> {
    for part in [Part::Private, Part::Secret, Part::Public] {
        for handle in find(session, part.class(), id)? {
            session.destroy_object(handle)?;
        }
    }
    Ok(())
}

/// What a version may be used for from now on.
pub(super) struct Usable {
    key_type: KeyType,
    purposes: Purposes,
}

impl Usable {
    pub(super) fn of(key: &CloudKey<'_>, enabled: bool) -> Self {
        Self {
            key_type: key.key_type,
            purposes: if enabled {
                key.purposes.clone()
            } else {
                Purposes::default()
            },
        }
    }

    pub(super) fn apply(&self, session: &Session, id: &Id) -> Result<(), Error> {
        for part in Part::of(self.key_type) {
            for handle in find(session, part.class(), id)? {
                session.update_attributes(handle, &part.usages(&self.purposes))?;
            }
        }
        Ok(())
    }
}
