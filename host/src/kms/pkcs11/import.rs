//! How a key gets into a token: for a key pair that the token has made for it alone.

use super::HASH;
use super::objects::{self, Id, Part, kind};
use crate::hsm::pkcs11::{curve_parameters, oaep};
use crate::kms::{NewCopy, Purposes, spki};
use casemate_common::blob::KeyType;
use casemate_firmware::crypto::ec::Curve;
use casemate_firmware::crypto::rsa::{MAX_MODULUS_LEN, RsaPublic};
use cryptoki::error::Error;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{self, Attribute, AttributeType, ObjectClass};
use cryptoki::session::Session;
use cryptoki::types::Ulong;

/// Bits of the key pair that a key is wrapped for.
const TRANSPORT_BITS: u32 = 3072;
const TRANSPORT_LEN: usize = TRANSPORT_BITS as usize / 8;
const PUBLIC_EXPONENT: [u8; 3] = [1, 0, 1];

/// A transport key pair's modulus.
pub(super) struct Transport {
    modulus: Vec<u8>,
}

impl Transport {
    /// SubjectPublicKeyInfo in DER.
    pub(super) fn to_spki(&self) -> Option<Vec<u8>> {
        spki::rsa(&self.modulus, &PUBLIC_EXPONENT)
    }
}

/// Marks a transport pair, whose CKA_ID is made of the attempt's too.
fn transport_id(id: &Id) -> Vec<u8> {
    [id.as_slice(), b"transport"].concat()
}

/// Makes a key pair that can do nothing but unwrap, in the place of one that an earlier try may have left.
pub(super) fn transport(session: &Session, id: &Id) -> Result<Transport, Error> {
    remove_transport(session, id)?;
    let public = [
        Attribute::Token(false),
        Attribute::ModulusBits(Ulong::new(TRANSPORT_BITS.into())),
        Attribute::PublicExponent(PUBLIC_EXPONENT.to_vec()),
    ];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(false),
        Attribute::Decrypt(false),
        Attribute::Unwrap(true),
        Attribute::Id(transport_id(id)),
        Attribute::Label(b"casemate transport".to_vec()),
    ];
    let (public, _) = session.generate_key_pair(&Mechanism::RsaPkcsKeyPairGen, &public, &private)?;
    let attributes = session.get_attributes(public, &[AttributeType::Modulus])?;
    session.destroy_object(public)?;
    match attributes.into_iter().next() {
        Some(Attribute::Modulus(modulus)) => Ok(Transport { modulus }),
        _ => Err(Error::NotSupported),
    }
}

/// Removes an attempt's key pair.
pub(super) fn remove_transport(session: &Session, id: &Id) -> Result<(), Error> {
    let pair = session.find_objects(&[Attribute::Token(true), Attribute::Id(transport_id(id))])?;
    pair.into_iter()
        .try_for_each(|handle| session.destroy_object(handle))
}

/// A wrapped key on its way in.
pub(super) struct Arrival {
    id: Id,
    label: String,
    key_type: KeyType,
    purposes: Purposes,
    public_key: Vec<u8>,
    wrapped: Vec<u8>,
}

impl Arrival {
    pub(super) fn of(copy: &NewCopy<'_>, wrapped: &[u8]) -> Self {
        Self {
            id: copy.attempt.into_bytes(),
            label: format!("{} v{}", copy.key.name, copy.version),
            key_type: copy.key.key_type,
            purposes: copy.key.purposes.clone(),
            public_key: copy.public_key.to_vec(),
            wrapped: wrapped.to_vec(),
        }
    }

    /// Unwraps it, in the place of what an earlier try may have left.
    pub(super) fn import(&self, session: &Session) -> Result<(), Error> {
        objects::destroy(session, &self.id)?;
        let pair = session.find_objects(&[
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Id(transport_id(&self.id)),
        ])?;
        let transport = *pair.first().ok_or(Error::NotSupported)?;
        let parts = self.wrapped.split_at_checked(TRANSPORT_LEN);
        let (head, body) = parts.ok_or(Error::NotSupported)?;
        if let Some(public) = self.public_object() {
            session.create_object(&public)?;
        }
        let carrier = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(object::KeyType::AES),
            Attribute::Token(false),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Unwrap(true),
        ];
        let carrier = session.unwrap_key(&oaep(HASH), transport, head, &carrier)?;
        let part = *Part::of(self.key_type).first().ok_or(Error::NotSupported)?;
        let mut wanted = self.object(part);
        wanted.extend([
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
        ]);
        let unwrapped = session.unwrap_key(&Mechanism::AesKeyWrapPad, carrier, body, &wanted);
        session.destroy_object(carrier)?;
        unwrapped.map(drop)
    }

    fn object(&self, part: Part) -> Vec<Attribute> {
        let mut attributes = vec![
            Attribute::Class(part.class()),
            Attribute::KeyType(kind(self.key_type)),
            Attribute::Token(true),
            Attribute::Id(self.id.to_vec()),
            Attribute::Label(self.label.clone().into_bytes()),
        ];
        attributes.extend(part.usages(&self.purposes));
        attributes
    }

    /// The public key as an object; `None` for secret keys.
    fn public_object(&self) -> Option<Vec<Attribute>> {
        let mut attributes = self.object(Part::Public);
        match curve(self.key_type) {
            Some(curve) => {
                let start = self.public_key.len().checked_sub(self.key_type.public_len())?;
                attributes.push(Attribute::EcParams(curve_parameters(curve).to_vec()));
                attributes.push(Attribute::EcPoint(octet_string(self.public_key.get(start..)?)));
            }
            None => {
                let public = RsaPublic::from_spki(&self.public_key).ok()?;
                let mut modulus = [0; MAX_MODULUS_LEN];
                let modulus = public.write_modulus(&mut modulus).ok()?;
                attributes.push(Attribute::Modulus(modulus.to_vec()));
                attributes.push(Attribute::PublicExponent(
                    public.exponent().to_be_bytes().to_vec(),
                ));
            }
        }
        Some(attributes)
    }
}

const fn curve(key_type: KeyType) -> Option<Curve> {
    match key_type {
        KeyType::P256 => Some(Curve::P256),
        KeyType::P384 => Some(Curve::P384),
        KeyType::P521 => Some(Curve::P521),
        _ => None,
    }
}

/// A point in DER, as CKA_EC_POINT wants it (PKCS#11 v3.1, section 6.3.3): at most 133 bytes.
fn octet_string(point: &[u8]) -> Vec<u8> {
    let len = u8::try_from(point.len()).unwrap_or(u8::MAX);
    let head: &[u8] = match len {
        0..0x80 => &[0x04, len],
        _ => &[0x04, 0x81, len],
    };
    [head, point].concat()
}
