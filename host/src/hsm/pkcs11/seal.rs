use casemate_common::keyring::KeyringId;
use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{AttributeType, ObjectHandle};
use cryptoki::session::Session;
use cryptoki::types::Ulong;
use zeroize::Zeroizing;

use super::connection::Connection;
use super::fault::{Fault, refused};
use super::keyring::Keyring;
use super::record::{self, Record};
use super::worker::Worker;
use crate::hsm::ErrorKind;

/// Seals; takes the keyring's next key where this one has sealed enough.
pub(super) fn seal(
    worker: &mut Worker,
    id: KeyringId,
    context: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, Fault> {
    loop {
        let sealed = worker.with_keys(|session, connection| {
            let Some((generation, key)) = keyring(connection, id)?.key_to_seal() else {
                return Ok(None);
            };
            encrypt(session, generation, key, context, plaintext).map(Some)
        })?;
        if let Some(record) = sealed {
            return Ok(record);
        }
        let settings = worker.token.settings.clone();
        worker.alone(|connection| connection.extend(id, &settings))?;
    }
}

/// Opens what [`seal`] made.
pub(super) fn open(
    worker: &mut Worker,
    id: KeyringId,
    context: &[u8],
    record: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    worker.with_keys(|session, connection| {
        let keyring = keyring(connection, id)?;
        let record = Record::parse(record).ok_or_else(|| Fault::Final(refused()))?;
        let key = keyring
            .keys
            .get(&record.generation)
            .ok_or_else(|| Fault::Final(refused()))?;
        decrypt(session, key.working, context, &record)
    })
}

pub(super) fn keyring(connection: &Connection, id: KeyringId) -> Result<&Keyring, Fault> {
    connection
        .keyrings
        .get(&id)
        .ok_or_else(|| Fault::new(ErrorKind::Caller, format!("the token has no keyring {id}")))
}

fn encrypt(
    session: &Session,
    generation: u32,
    key: ObjectHandle,
    context: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, Fault> {
    let mut iv = [0; record::IV_LEN];
    session.generate_random_slice(&mut iv)?;
    let associated_data = record::associated_data(generation, context);
    let sealed = gcm_encrypt(session, key, iv, &associated_data, plaintext)?;
    Ok(record::assemble(generation, &iv, &sealed))
}

fn decrypt(
    session: &Session,
    key: ObjectHandle,
    context: &[u8],
    record: &Record<'_>,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let associated_data = record::associated_data(record.generation, context);
    gcm_decrypt(session, key, record.iv, &associated_data, record.sealed)
}

/// AES-256-GCM: ciphertext and tag. The mechanism gets a copy of the IV, as PKCS#11 lets a token write into it.
pub(super) fn gcm_encrypt(
    session: &Session,
    key: ObjectHandle,
    mut iv: [u8; record::IV_LEN],
    associated_data: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, Fault> {
    let mechanism = gcm(&mut iv, associated_data)?;
    Ok(session.encrypt(&mechanism, key, plaintext)?)
}

/// The plaintext of what [`gcm_encrypt`] gave, or a refusal.
pub(super) fn gcm_decrypt(
    session: &Session,
    key: ObjectHandle,
    mut iv: [u8; record::IV_LEN],
    associated_data: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mechanism = gcm(&mut iv, associated_data)?;
    match session.decrypt(&mechanism, key, sealed) {
        Ok(plaintext) => Ok(Zeroizing::new(plaintext)),
        Err(error) if unspecific(&error) && in_order(session, key) => Err(Fault::Final(refused())),
        Err(error) => Err(error.into()),
    }
}

fn gcm<'a>(iv: &'a mut [u8], associated_data: &'a [u8]) -> Result<Mechanism<'a>, Fault> {
    Ok(Mechanism::AesGcm(GcmParams::new(
        iv,
        associated_data,
        Ulong::new(record::TAG_BITS),
    )?))
}

/// SoftHSM 2.6.1 answers an altered ciphertext with CKR_GENERAL_ERROR, which may as well mean that the token is gone.
pub(super) fn unspecific(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::GeneralError | RvError::FunctionFailed | RvError::DeviceError,
            Function::Decrypt | Function::UnwrapKey
        )
    )
}

/// Whether session and key still work, so that the fault is the ciphertext's.
pub(super) fn in_order(session: &Session, key: ObjectHandle) -> bool {
    session.get_session_info().is_ok() && session.get_attributes(key, &[AttributeType::Class]).is_ok()
}
