//! The algorithms by themselves, without command, channel and flash: instructions, and how deep each takes the stack.

use crate::image::report;
use crate::noise::FixedNoise;
use casemate_ast1030::chip::SysTickClock;
use casemate_board::stack;
use casemate_firmware::crypto::ec::{Curve, EcKey};
use casemate_firmware::crypto::rsa::{OaepHash, RsaKey};
use casemate_firmware::crypto::{
    Aes256, Aes256Gcm, CryptoError, Digest, HashAlgorithm, Hasher, Key256, Random, Software, SoftwareAes256,
    SoftwareAes256Gcm, kwp, rsa_aes,
};
use casemate_firmware::platform::{EntropyError, EntropySource};
use cortex_m_semihosting::hprintln;

/// A key that exists only here, from OpenSSL.
const RSA_2048: &[u8] = include_bytes!("rsa-2048.der");

/// Bytes over which a figure per byte is taken.
const LONG: usize = 4096;

/// Longest wrapped key: that of [`RSA_2048`].
const WRAPPED_LEN: usize = 1488;

type Outcome = Result<(), CryptoError>;

impl Random for FixedNoise {
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        EntropySource::fill(self, output)
    }
}

/// Measures all of them.
#[inline(never)]
pub(crate) fn measure(clock: SysTickClock) -> Outcome {
    let mut random = FixedNoise::new();
    symmetric(clock)?;
    let digest = Digest::new(HashAlgorithm::Sha256, &[7; 32])?;
    for names in [
        (Curve::P256, "P-256 sign", "P-256 verify"),
        (Curve::P384, "P-384 sign", "P-384 verify"),
        (Curve::P521, "P-521 sign", "P-521 verify"),
    ] {
        elliptic(clock, names, &digest, &mut random)?;
    }
    rsa(clock, &digest, &mut random)
}

/// Twice each, of which the second time counts: a figure per byte is without what the first byte costs.
#[inline(never)]
fn symmetric(clock: SysTickClock) -> Outcome {
    let mut data = [0x5A; LONG];
    let key = Key256::new([3; Key256::LEN]);
    let cipher = SoftwareAes256Gcm::new(&key);
    per_byte(clock, "AES-256-GCM a KiB", &mut data, |data| {
        cipher.seal(&[1; 12], b"context", data).map(|_| ())
    })?;
    per_byte(clock, "SHA-256 a KiB", &mut data, |data| {
        let mut hasher = Hasher::<Software>::new(HashAlgorithm::Sha256);
        hasher.update(data);
        hasher.finish();
        Ok(())
    })?;
    let mut wrapped = [0; kwp::wrapped_len(Key256::LEN)];
    timed(clock, "KWP wrap 32 B", || {
        kwp::wrap(&SoftwareAes256::new(&key), &[5; 32], &mut wrapped).map(|_| ())
    })?;
    timed(clock, "KWP unwrap 32 B", || {
        kwp::unwrap(&SoftwareAes256::new(&key), &mut wrapped).map(|_| ())
    })
}

#[inline(never)]
fn elliptic(
    clock: SysTickClock,
    (curve, sign, verify): (Curve, &str, &str),
    digest: &Digest,
    random: &mut FixedNoise,
) -> Outcome {
    let key = EcKey::generate::<Software>(curve, random)?;
    let public = key.public::<Software>()?;
    let signature = timed(clock, sign, || key.sign::<Software>(digest, random))?;
    timed(clock, verify, || {
        public.verify::<Software>(digest, signature.as_bytes())
    })
}

#[inline(never)]
fn rsa(clock: SysTickClock, digest: &Digest, random: &mut FixedNoise) -> Outcome {
    let key = timed(clock, "RSA-2048 import", || RsaKey::from_pkcs8(RSA_2048))?;
    let mut signature = [0; 256];
    timed(clock, "RSA-2048 sign", || {
        key.sign_pkcs1::<Software>(digest, random, &mut signature)
    })?;
    let public = key.public()?;
    timed(clock, "RSA-2048 verify", || {
        public.verify_pkcs1::<Software>(digest, &signature)
    })?;
    let mut wrapped = [0; WRAPPED_LEN];
    timed(clock, "RSA-AES wrap RSA-2048", || {
        let mut material = [0; RsaKey::MAX_PKCS8_LEN];
        let len = key.write_pkcs8(&mut material)?;
        let material = material.get(..len).unwrap_or_default();
        rsa_aes::wrap::<Software>(&public, OaepHash::Sha256, material, random, &mut wrapped)
    })?;
    Ok(())
}

/// What a KiB more costs, and not what begins and ends.
fn per_byte(
    clock: SysTickClock,
    name: &str,
    data: &mut [u8; LONG],
    operation: impl Fn(&mut [u8]) -> Outcome,
) -> Outcome {
    let (half, _) = data.split_at_mut(LONG / 2);
    let begun = clock.ticks();
    operation(half)?;
    let half_done = clock.ticks();
    operation(data)?;
    let more = (clock.ticks() - half_done) - (half_done - begun);
    report(name, more / 2);
    Ok(())
}

fn timed<T>(
    clock: SysTickClock,
    name: &str,
    operation: impl FnOnce() -> Result<T, CryptoError>,
) -> Result<T, CryptoError> {
    stack::repaint();
    let before = stack::depth();
    let begun = clock.ticks();
    let result = operation()?;
    report(name, clock.ticks() - begun);
    hprintln!("{}, stack B = {}", name, stack::high_water() - before);
    Ok(result)
}
