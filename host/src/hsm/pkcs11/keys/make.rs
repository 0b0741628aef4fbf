//! New blobs: a key is made in the session or brought there, and leaves it wrapped.

use super::blob::{self, IV_LEN, associated_data};
use super::opened::{Purpose, fleeting, template};
use super::public::{parameters, spki};
use super::secret;
use super::temporary::Temporary;
use crate::hsm::pkcs11::Fault;
use crate::hsm::pkcs11::connection::Connection;
use crate::hsm::pkcs11::seal::{gcm_encrypt, keyring};
use crate::hsm::pkcs11::worker::Worker;
use crate::hsm::{ErrorKind, HsmError};
use casemate_common::blob::{Attributes, HmacKey, KeyId, KeyType, Origin, Template};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;
use casemate_firmware::crypto::ec::{Curve, EcKey};
use casemate_firmware::crypto::rsa::RsaKey;
use casemate_firmware::crypto::{Crypto, Key256, Software, kwp};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{self, Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use cryptoki::types::Ulong;
use zeroize::Zeroizing;

/// Brings the key into the session that a blob is made of.
pub(super) type Make<'m> = dyn for<'s> Fn(&'s Session, &Connection) -> Result<Temporary<'s>, Fault> + 'm;

/// Makes a key's blob; gives the keyring first what it lacks for that.
pub(super) fn keep(
    worker: &mut Worker,
    id: KeyringId,
    (origin, template): (Origin, Template),
    make: &Make<'_>,
) -> Result<Vec<u8>, Fault> {
    loop {
        let blob = worker.with_objects(|session, connection| {
            let Some(place) = Place::of(connection, id)? else {
                return Ok(None);
            };
            let key = make(session, connection)?;
            place.blob(session, &key, (origin, template)).map(Some)
        })?;
        if let Some(blob) = blob {
            return Ok(blob);
        }
        let settings = worker.token.settings.clone();
        worker.alone(|connection| connection.prepare_for_keys(id, &settings))?;
    }
}

/// What a new blob is wrapped with and authenticated by.
struct Place {
    keyring: KeyringId,
    wrapper: ObjectHandle,
    generation: u32,
    key: ObjectHandle,
}

impl Place {
    /// `None` when the keyring has to be given more first.
    fn of(connection: &Connection, id: KeyringId) -> Result<Option<Self>, Fault> {
        let keyring = keyring(connection, id)?;
        let Some(wrapper) = &keyring.wrapper else {
            return Ok(None);
        };
        Ok(keyring.key_to_seal().map(|(generation, key)| Self {
            keyring: id,
            wrapper: wrapper.working,
            generation,
            key,
        }))
    }

    fn blob(
        &self,
        session: &Session,
        key: &Temporary<'_>,
        (origin, template): (Origin, Template),
    ) -> Result<Vec<u8>, Fault> {
        let public_key = spki(session, key.handle, template.key_type())?;
        let mut id = [0; KeyId::LEN];
        session.generate_random_slice(&mut id)?;
        let attributes = Attributes {
            id: KeyId::new(id),
            origin,
            template,
        };
        let wrapped = session.wrap_key(&Mechanism::AesKeyWrapPad, self.wrapper, key.handle)?;
        secret::check_wrapped(&wrapped, template.key_type())?;
        let body = blob::body(&attributes, &public_key, &wrapped).ok_or(ErrorCode::KeyMaterialInvalid)?;
        let mut iv = [0; IV_LEN];
        session.generate_random_slice(&mut iv)?;
        let associated = associated_data(self.generation, self.keyring, &body);
        let tag = gcm_encrypt(session, self.key, iv, &associated, &[])?;
        Ok(blob::assemble(self.generation, &iv, &tag, &body))
    }
}

/// Has the token make a key.
pub(super) fn generate(session: &Session, kind: KeyType) -> Result<Temporary<'_>, Fault> {
    match kind {
        KeyType::Aes256 => secret::aes(session, Purpose::Keep),
        KeyType::Hmac => secret::hmac(session),
        KeyType::P256 => on_curve(session, Curve::P256),
        KeyType::P384 => on_curve(session, Curve::P384),
        KeyType::P521 => on_curve(session, Curve::P521),
        KeyType::Rsa2048 => rsa(session, 2048),
        KeyType::Rsa3072 => rsa(session, 3072),
        KeyType::Rsa4096 => rsa(session, 4096),
    }
}

fn on_curve(session: &Session, curve: Curve) -> Result<Temporary<'_>, Fault> {
    let public = [Attribute::EcParams(parameters(curve).to_vec())];
    pair(session, &Mechanism::EccKeyPairGen, &public)
}

fn rsa(session: &Session, bits: u64) -> Result<Temporary<'_>, Fault> {
    let public = [
        Attribute::ModulusBits(Ulong::new(bits)),
        Attribute::PublicExponent(vec![1, 0, 1]),
    ];
    pair(session, &Mechanism::RsaPkcsKeyPairGen, &public)
}

fn pair<'s>(
    session: &'s Session,
    mechanism: &Mechanism<'_>,
    public: &[Attribute],
) -> Result<Temporary<'s>, Fault> {
    let public = [public, &[Attribute::Token(false), Attribute::Verify(true)]].concat();
    let (public, private) = session.generate_key_pair(mechanism, &public, &fleeting(Purpose::Keep))?;
    drop(Temporary::new(session, public));
    Ok(Temporary::new(session, private))
}

/// Whether this is a key of the type: the bytes of a secret one, PKCS#8 of the others.
pub(super) fn check_material(kind: KeyType, material: &[u8]) -> Result<(), HsmError> {
    let on = |curve| EcKey::from_pkcs8::<Software>(material).is_ok_and(|key| key.curve() == curve);
    let is_one = match kind {
        KeyType::Aes256 => material.len() == Key256::LEN,
        KeyType::Hmac => HmacKey::new(material).is_ok(),
        KeyType::P256 => on(Curve::P256),
        KeyType::P384 => on(Curve::P384),
        KeyType::P521 => on(Curve::P521),
        KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => {
            let key = RsaKey::from_pkcs8(material).and_then(|key| key.public());
            key.is_ok_and(|key| Some(key.modulus_len()) == kind.modulus_len())
        }
    };
    is_one
        .then_some(())
        .ok_or_else(|| ErrorCode::KeyMaterialInvalid.into())
}

/// Brings a key in that is here in the clear. As tokens parse PKCS#8 when they unwrap, and nowhere else, it goes in
/// wrapped, with a key that is used once.
pub(super) fn import<'s>(
    session: &'s Session,
    kind: KeyType,
    material: &[u8],
) -> Result<Temporary<'s>, Fault> {
    let mut between = Key256::zero();
    getrandom::fill(between.as_mut_bytes())
        .map_err(|error| Fault::new(ErrorKind::Transient, error.to_string()))?;
    let mut carrier = fleeting(Purpose::Unwrap);
    carrier.extend([
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(object::KeyType::AES),
        Attribute::Value(between.as_bytes().to_vec()),
    ]);
    let carrier = Temporary::new(session, session.create_object(&carrier)?);
    let material = secret::for_token(kind, material);
    let mut wrapped = Zeroizing::new(vec![0; kwp::wrapped_len(material.len())]);
    let cipher = <<Software as Crypto>::Aes256 as casemate_firmware::crypto::Aes256>::new(&between);
    kwp::wrap(&cipher, &material, &mut wrapped).map_err(|_| ErrorCode::KeyMaterialInvalid)?;
    let key = session.unwrap_key(
        &Mechanism::AesKeyWrapPad,
        carrier.handle,
        &wrapped,
        &template(kind, Purpose::Keep),
    )?;
    Ok(Temporary::new(session, key))
}
