//! SoftHSM's signatures, for comparison: keys as session objects, which it signs with fastest.

use super::cpu;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::Result;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use std::path::Path;
use std::time::{Duration, Instant};

/// DER of the object identifier of P-256 (RFC 5480, section 2.1.1.1).
const P256: [u8; 10] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];

/// The one token of the module, logged in.
///
/// # Errors
/// The module's.
pub fn log_in(module: &Path, pin: &str) -> Result<Session> {
    let context = Pkcs11::new(module)?;
    context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let slot = context.get_slots_with_initialized_token()?[0];
    let session = context.open_rw_session(slot)?;
    session.login(UserType::User, Some(&AuthPin::new(pin.into())))?;
    Ok(session)
}

/// CPU microseconds of a P-256 signature over a SHA-256 digest.
///
/// # Errors
/// The module's.
pub fn p256_us(session: &Session, time: Duration) -> Result<f64> {
    let public = [Attribute::EcParams(P256.to_vec())];
    let key = key_pair(session, &Mechanism::EccKeyPairGen, &public)?;
    signature_us(session, &Mechanism::Ecdsa, key, &[0x5A; 32], time)
}

/// CPU microseconds of an RSA-2048 PKCS#1 v1.5 signature over a message of 32 bytes, hashed with SHA-256.
///
/// # Errors
/// The module's.
pub fn rsa2048_us(session: &Session, time: Duration) -> Result<f64> {
    let public = [
        Attribute::ModulusBits(2048.into()),
        Attribute::PublicExponent(vec![1, 0, 1]),
    ];
    let key = key_pair(session, &Mechanism::RsaPkcsKeyPairGen, &public)?;
    signature_us(session, &Mechanism::Sha256RsaPkcs, key, &[0x5A; 32], time)
}

fn key_pair(session: &Session, mechanism: &Mechanism, public: &[Attribute]) -> Result<ObjectHandle> {
    let private = [
        Attribute::Token(false),
        Attribute::Sign(true),
        Attribute::Sensitive(true),
    ];
    let (_, key) = session.generate_key_pair(mechanism, public, &private)?;
    Ok(key)
}

fn signature_us(
    session: &Session,
    mechanism: &Mechanism,
    key: ObjectHandle,
    input: &[u8],
    time: Duration,
) -> Result<f64> {
    let (start, before) = (Instant::now(), cpu::of_tree(std::process::id()));
    let mut signatures = 0_u32;
    while start.elapsed() < time {
        session.sign(mechanism, key, input)?;
        signatures += 1;
    }
    let used = cpu::of_tree(std::process::id()) - before;
    Ok(used.as_secs_f64() * 1e6 / f64::from(signatures))
}
