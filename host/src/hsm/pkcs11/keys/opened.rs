//! Blobs that have been checked, and their keys while they are used.

use super::blob::{Blob, associated_data};
use super::temporary::Temporary;
use crate::hsm::ErrorKind;
use crate::hsm::pkcs11::Fault;
use crate::hsm::pkcs11::connection::Connection;
use crate::hsm::pkcs11::seal::{gcm_decrypt, keyring};
use casemate_common::blob::{Attributes, KeyType};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{self, Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

/// A blob that authenticates.
pub(super) struct Opened<'b> {
    pub(super) attributes: Attributes,
    pub(super) public_key: &'b [u8],
    wrapped: &'b [u8],
    wrapper: ObjectHandle,
}

/// The one thing that a key is brought into the session for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To wrap another key, and then to be wrapped.
    Carry,
    Decrypt,
    Encrypt,
    /// To be made a blob of: asked for its public key, and wrapped.
    Keep,
    /// To be wrapped.
    Leave,
    Mac,
    Sign,
    Unwrap,
    Wrap,
}

impl<'b> Opened<'b> {
    /// Checks a blob.
    pub(super) fn check(
        session: &Session,
        connection: &Connection,
        id: KeyringId,
        bytes: &'b [u8],
    ) -> Result<Self, Fault> {
        let blob = Blob::parse(bytes)?;
        let keyring = keyring(connection, id)?;
        let key = keyring.keys.get(&blob.generation).ok_or(ErrorCode::KeyInvalid)?;
        let wrapper = keyring.wrapper.as_ref().ok_or(ErrorCode::KeyInvalid)?;
        let associated = associated_data(blob.generation, id, blob.body);
        let sealed = gcm_decrypt(session, key.working, blob.iv, &associated, &blob.tag);
        sealed.map_err(refusal(ErrorCode::KeyInvalid))?;
        Ok(Self {
            attributes: blob.attributes,
            public_key: blob.public_key,
            wrapped: blob.wrapped,
            wrapper: wrapper.working,
        })
    }

    pub(super) fn kind(&self) -> KeyType {
        self.attributes.template.key_type()
    }

    /// Brings the key into the session.
    pub(super) fn load<'s>(&self, session: &'s Session, purpose: Purpose) -> Result<Temporary<'s>, Fault> {
        let template = template(self.kind(), purpose);
        let unwrapped =
            session.unwrap_key(&Mechanism::AesKeyWrapPad, self.wrapper, self.wrapped, &template)?;
        Ok(Temporary::new(session, unwrapped))
    }
}

/// An object of the session with the one usage.
pub(super) fn template(kind: KeyType, purpose: Purpose) -> Vec<Attribute> {
    let (class, kind) = match kind {
        KeyType::Hmac => (ObjectClass::SECRET_KEY, object::KeyType::GENERIC_SECRET),
        KeyType::Aes256 if purpose == Purpose::Mac => {
            (ObjectClass::SECRET_KEY, object::KeyType::GENERIC_SECRET)
        }
        KeyType::Aes256 => (ObjectClass::SECRET_KEY, object::KeyType::AES),
        KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => {
            (ObjectClass::PRIVATE_KEY, object::KeyType::RSA)
        }
        KeyType::P256 | KeyType::P384 | KeyType::P521 => (ObjectClass::PRIVATE_KEY, object::KeyType::EC),
    };
    let mut template = vec![Attribute::Class(class), Attribute::KeyType(kind)];
    template.extend(fleeting(purpose));
    template
}

/// What every key in a session is: as private as one on the token.
pub(super) fn fleeting(purpose: Purpose) -> Vec<Attribute> {
    let mut template = vec![
        Attribute::Token(false),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(matches!(purpose, Purpose::Carry | Purpose::Keep | Purpose::Leave)),
    ];
    template.extend(match purpose {
        Purpose::Decrypt => Some(Attribute::Decrypt(true)),
        Purpose::Encrypt => Some(Attribute::Encrypt(true)),
        Purpose::Leave => None,
        Purpose::Keep | Purpose::Mac | Purpose::Sign => Some(Attribute::Sign(true)),
        Purpose::Unwrap => Some(Attribute::Unwrap(true)),
        Purpose::Carry | Purpose::Wrap => Some(Attribute::Wrap(true)),
    });
    template
}

/// Gives what did not authenticate its own sentence.
pub(super) fn refusal(code: ErrorCode) -> impl Fn(Fault) -> Fault {
    move |fault| match fault {
        Fault::Final(error) if error.kind() == ErrorKind::Refused => code.into(),
        fault => fault,
    }
}
