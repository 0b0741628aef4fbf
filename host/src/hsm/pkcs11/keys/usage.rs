//! What is done with a key, each within its usages.

use super::mechanism::{oaep, signing};
use super::opened::{Opened, Purpose, refusal, template};
use super::secret;
use super::temporary::Temporary;
use crate::hsm::pkcs11::Fault;
use crate::hsm::pkcs11::connection::Connection;
use crate::hsm::pkcs11::record::IV_LEN;
use crate::hsm::pkcs11::seal::{gcm_decrypt, gcm_encrypt, in_order, unspecific};
use crate::hsm::pkcs11::worker::Worker;
use casemate_common::blob::{KeyType, Usage};
use casemate_common::command::{OaepHash, Recipient, SignatureScheme, WrapScheme};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;
use casemate_firmware::crypto::rsa::{MAX_MODULUS_LEN, RsaPublic};
use cryptoki::error::Error;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{self, Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use zeroize::Zeroizing;

/// A key that is to be used.
pub(super) struct UseOf {
    keyring: KeyringId,
    blob: Vec<u8>,
}

/// For whom a key is wrapped.
pub(super) struct Target {
    scheme: WrapScheme,
    /// The blob of an AES key, or the SubjectPublicKeyInfo of an RSA key.
    recipient: Vec<u8>,
}

impl From<Recipient<'_>> for Target {
    fn from(recipient: Recipient<'_>) -> Self {
        let (scheme, recipient) = match recipient {
            Recipient::Kwp { key } => (WrapScheme::Kwp, key),
            Recipient::Oaep { hash, public } => (WrapScheme::Oaep(hash), public),
            Recipient::RsaAes { hash, public } => (WrapScheme::RsaAes(hash), public),
        };
        Self {
            scheme,
            recipient: recipient.to_vec(),
        }
    }
}

impl UseOf {
    pub(super) fn new(keyring: KeyringId, blob: &[u8]) -> Self {
        Self {
            keyring,
            blob: blob.to_vec(),
        }
    }

    pub(super) fn sign(
        &self,
        worker: &mut Worker,
        scheme: SignatureScheme,
        digest: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        worker.with_objects(|session, connection| {
            let opened = self.check_for(session, connection, Usage::Sign)?;
            let (mechanism, input) = signing(scheme, opened.kind(), digest)?;
            let key = opened.load(session, Purpose::Sign)?;
            Ok(session.sign(&mechanism, key.handle, &input)?)
        })
    }

    pub(super) fn decipher(
        &self,
        worker: &mut Worker,
        hash: OaepHash,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        worker.with_objects(|session, connection| {
            let opened = self.check_for(session, connection, Usage::Decrypt)?;
            of_rsa(opened.kind())?;
            let key = opened.load(session, Purpose::Decrypt)?;
            let plaintext = session.decrypt(&oaep(hash), key.handle, ciphertext);
            authentic(session, key.handle, plaintext).map(Zeroizing::new)
        })
    }

    pub(super) fn encrypt(
        &self,
        worker: &mut Worker,
        associated: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        worker.with_objects(|session, connection| {
            let opened = self.check_for(session, connection, Usage::Encrypt)?;
            of_aes(opened.kind())?;
            let key = opened.load(session, Purpose::Encrypt)?;
            let mut iv = [0; IV_LEN];
            session.generate_random_slice(&mut iv)?;
            let sealed = gcm_encrypt(session, key.handle, iv, associated, plaintext)?;
            Ok([&iv[..], &sealed].concat())
        })
    }

    pub(super) fn decrypt(
        &self,
        worker: &mut Worker,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        worker.with_objects(|session, connection| {
            let opened = self.check_for(session, connection, Usage::Decrypt)?;
            of_aes(opened.kind())?;
            let (iv, sealed) = sealed.split_first_chunk().ok_or(ErrorCode::CiphertextInvalid)?;
            let key = opened.load(session, Purpose::Decrypt)?;
            gcm_decrypt(session, key.handle, *iv, associated, sealed)
                .map_err(refusal(ErrorCode::CiphertextInvalid))
        })
    }

    pub(super) fn mac(&self, worker: &mut Worker, message: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        worker.with_objects(|session, connection| {
            let opened = self.check_for(session, connection, Usage::Mac)?;
            let key = opened.load(session, Purpose::Mac)?;
            let code = session.sign(&Mechanism::Sha256Hmac, key.handle, message)?;
            Ok(Zeroizing::new(code))
        })
    }

    /// Wraps the key for somebody, if it may leave.
    pub(super) fn wrap(&self, worker: &mut Worker, target: &Target) -> Result<Vec<u8>, Fault> {
        worker.with_objects(|session, connection| {
            let opened = Opened::check(session, connection, self.keyring, &self.blob)?;
            if !opened.attributes.template.distributable() {
                return Err(ErrorCode::NotDistributable.into());
            }
            let key = opened.load(session, Purpose::Leave)?;
            match target.scheme {
                WrapScheme::Kwp => {
                    let recipient = Self::new(self.keyring, &target.recipient);
                    let recipient = recipient.check_for(session, connection, Usage::Wrap)?;
                    of_aes(recipient.kind())?;
                    let recipient = recipient.load(session, Purpose::Wrap)?;
                    Ok(session.wrap_key(&Mechanism::AesKeyWrapPad, recipient.handle, key.handle)?)
                }
                WrapScheme::Oaep(hash) => {
                    if opened.kind().public_len() > 0 {
                        return Err(ErrorCode::RecipientInvalid.into());
                    }
                    let recipient = public(session, &target.recipient)?;
                    Ok(session.wrap_key(&oaep(hash), recipient.handle, key.handle)?)
                }
                WrapScheme::RsaAes(hash) => {
                    let recipient = public(session, &target.recipient)?;
                    let between = secret::aes(session, Purpose::Carry)?;
                    let head = session.wrap_key(&oaep(hash), recipient.handle, between.handle)?;
                    let body = session.wrap_key(&Mechanism::AesKeyWrapPad, between.handle, key.handle)?;
                    Ok([head, body].concat())
                }
            }
        })
    }

    /// Unwraps what was wrapped for this key, into the session.
    pub(super) fn unwrap<'s>(
        &self,
        session: &'s Session,
        connection: &Connection,
        (scheme, wrapped): (WrapScheme, &[u8]),
        kind: KeyType,
    ) -> Result<Temporary<'s>, Fault> {
        let opened = self.check_for(session, connection, Usage::Unwrap)?;
        match scheme {
            WrapScheme::Kwp => of_aes(opened.kind())?,
            WrapScheme::Oaep(_) | WrapScheme::RsaAes(_) => of_rsa(opened.kind())?,
        }
        let key = opened.load(session, Purpose::Unwrap)?;
        let kept = template(kind, Purpose::Keep);
        match scheme {
            WrapScheme::Kwp => unwrapped(session, &Mechanism::AesKeyWrapPad, key.handle, wrapped, &kept),
            WrapScheme::Oaep(hash) => unwrapped(session, &oaep(hash), key.handle, wrapped, &kept),
            WrapScheme::RsaAes(hash) => {
                let head_len = opened.kind().modulus_len().unwrap_or_default();
                let parts = wrapped.split_at_checked(head_len);
                let (head, body) = parts.ok_or(ErrorCode::CiphertextInvalid)?;
                let carrier = template(KeyType::Aes256, Purpose::Unwrap);
                let between = unwrapped(session, &oaep(hash), key.handle, head, &carrier)?;
                unwrapped(session, &Mechanism::AesKeyWrapPad, between.handle, body, &kept)
            }
        }
    }

    fn check_for<'b>(
        &'b self,
        session: &Session,
        connection: &Connection,
        usage: Usage,
    ) -> Result<Opened<'b>, Fault> {
        let opened = Opened::check(session, connection, self.keyring, &self.blob)?;
        opened.attributes.template.permit(usage)?;
        Ok(opened)
    }
}

fn of_aes(kind: KeyType) -> Result<(), ErrorCode> {
    match kind {
        KeyType::Aes256 => Ok(()),
        _ => Err(ErrorCode::UnsupportedAlgorithm),
    }
}

fn of_rsa(kind: KeyType) -> Result<(), ErrorCode> {
    kind.modulus_len()
        .map(|_| ())
        .ok_or(ErrorCode::UnsupportedAlgorithm)
}

/// A recipient's key, to wrap with.
fn public<'s>(session: &'s Session, spki: &[u8]) -> Result<Temporary<'s>, Fault> {
    let public = RsaPublic::from_spki(spki).map_err(|_| ErrorCode::RecipientInvalid)?;
    let mut modulus = [0; MAX_MODULUS_LEN];
    let modulus = public
        .write_modulus(&mut modulus)
        .map_err(|_| ErrorCode::RecipientInvalid)?;
    let template = [
        Attribute::Class(ObjectClass::PUBLIC_KEY),
        Attribute::KeyType(object::KeyType::RSA),
        Attribute::Token(false),
        Attribute::Modulus(modulus.to_vec()),
        Attribute::PublicExponent(public.exponent().to_be_bytes().to_vec()),
        Attribute::Wrap(true),
    ];
    Ok(Temporary::new(session, session.create_object(&template)?))
}

fn unwrapped<'s>(
    session: &'s Session,
    mechanism: &Mechanism<'_>,
    key: ObjectHandle,
    wrapped: &[u8],
    template: &[Attribute],
) -> Result<Temporary<'s>, Fault> {
    let handle = session.unwrap_key(mechanism, key, wrapped, template);
    authentic(session, key, handle).map(|handle| Temporary::new(session, handle))
}

/// Tells a ciphertext that does not decrypt from a token that fails.
fn authentic<T>(session: &Session, key: ObjectHandle, result: Result<T, Error>) -> Result<T, Fault> {
    match result {
        Err(error) if unspecific(&error) && in_order(session, key) => {
            Err(ErrorCode::CiphertextInvalid.into())
        }
        result => result.map_err(|error| refusal(ErrorCode::CiphertextInvalid)(error.into())),
    }
}
