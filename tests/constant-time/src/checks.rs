//! The operations, each with its secrets marked. Results that leave the device are made public again.

use crate::memcheck::{make_public, make_secret, secret};
use casemate_firmware::crypto::ec::{Curve, EcKey};
use casemate_firmware::crypto::rsa::{OaepHash, RsaKey, RsaParts, RsaPublic, RsaSize};
use casemate_firmware::crypto::{
    Aes256, Aes256Gcm, Crypto, Digest, HashAlgorithm, Hasher, HmacDrbg, HmacSha256, Key256, Random, Software,
    SoftwareX25519, X25519, XaesKey, kwp,
};
use casemate_firmware::platform::EntropyError;
use std::hint::black_box;
use subtle::ConstantTimeEq;

type Aes = <Software as Crypto>::Aes256;
type Gcm = <Software as Crypto>::Aes256Gcm;
type Hmac = <Software as Crypto>::HmacSha256;

/// Numbers of a key of OpenSSL's, as they stand in its PKCS#8.
const RSA: &[u8] = include_bytes!("../../../firmware/tests/device/data/rsa-2048.p8");
const RSA_PUBLIC: &[u8] = include_bytes!("../../../firmware/tests/device/data/rsa-2048.spki");

/// All of them.
pub(crate) const CHECKS: &[(&str, fn())] = &[
    ("AES-256-GCM, key and plaintext", gcm_seal),
    ("AES-256-GCM, the tag that is expected", gcm_open),
    ("KWP wrap and unwrap", kwp_both),
    ("XAES key derivation", xaes),
    ("HMAC-SHA-256 and its comparison: PINs", pin),
    ("HMAC_DRBG", drbg),
    ("X25519", x25519),
    ("ECDSA P-256", || ecdsa(Curve::P256, 32)),
    ("ECDSA P-384", || ecdsa(Curve::P384, 48)),
    ("ECDSA P-521", || ecdsa(Curve::P521, 66)),
    ("RSA-2048 PKCS#1 v1.5 signature", rsa_pkcs1),
    ("RSA-2048 PSS signature", rsa_pss),
    ("RSA-2048 OAEP decryption", rsa_oaep),
];

/// What every check must find: the tag of a forger compared byte by byte.
pub(crate) fn leaky_comparison() {
    let expected = secret([7; 16]);
    let same = expected
        .iter()
        .zip(black_box(&[7; 16]))
        .all(|(one, other)| one == other);
    black_box(same);
}

/// Randomness that nobody may learn.
struct Hidden(u8);

impl Random for Hidden {
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        for byte in output.iter_mut() {
            self.0 = self.0.wrapping_mul(5).wrapping_add(89);
            *byte = self.0;
        }
        make_secret(output);
        Ok(())
    }
}

fn key() -> Key256 {
    Key256::new(secret([0x5a; 32]))
}

fn gcm_seal() {
    let mut data = secret([9; 100]);
    let tag = Gcm::new(&key()).seal(&[1; 12], b"associated", &mut data);
    outcome(tag.is_ok(), true);
}

fn gcm_open() {
    let cipher = Gcm::new(&key());
    let mut sealed = secret([9; 100]);
    let tag = cipher.seal(&[1; 12], b"", &mut sealed);
    let Ok(mut tag) = tag else {
        return outcome(false, true);
    };
    make_public(&mut sealed);
    make_public(&mut tag);
    outcome(
        cipher.open(&[1; 12], b"", &mut sealed.clone(), &tag).is_ok(),
        true,
    );
    tag[3] ^= 1;
    outcome(cipher.open(&[1; 12], b"", &mut sealed, &tag).is_ok(), false);
}

fn kwp_both() {
    let cipher = Aes::new(&key());
    let mut wrapped = [0; 48];
    outcome(kwp::wrap(&cipher, &secret([3; 37]), &mut wrapped) == Ok(48), true);
    make_public(&mut wrapped);
    outcome(kwp::unwrap(&cipher, &mut wrapped).is_ok(), true);
    outcome(kwp::unwrap(&cipher, &mut [8; 40]).is_ok(), false);
}

fn xaes() {
    black_box(XaesKey::<Aes>::new(&key()).derive(&[2; 12]));
}

fn pin() {
    let mac = Hmac::new(&key());
    let (right, tried) = (
        mac.mac(&[&[1; 16], b"123456"]),
        mac.mac(&[&[1; 16], &secret(*b"123457")]),
    );
    black_box(right.as_bytes().ct_eq(tried.as_bytes()).unwrap_u8());
}

fn drbg() {
    let seed = secret([4; 48]);
    let mut output = [0; 100];
    let drawn = HmacDrbg::<Hmac>::new(&[&seed, b"", b""]).generate(&mut output);
    outcome(drawn.is_ok(), true);
    black_box(output);
}

fn x25519() {
    let theirs = SoftwareX25519::public(&Key256::new([6; 32]));
    black_box(SoftwareX25519::public(&key()));
    outcome(SoftwareX25519::agree(&key(), &theirs).is_some(), true);
}

fn ecdsa(curve: Curve, len: usize) {
    let mut scalar = [0x2b; 66];
    // Below the order, whose highest bits are set.
    scalar[0] = 0;
    make_secret(&mut scalar);
    let key = EcKey::trusted(curve, &scalar[..len]).expect("its length is right");
    outcome(key.sign::<Software>(&digest(), &mut Hidden(1)).is_ok(), true);
}

fn rsa_pkcs1() {
    let signed = rsa_key().sign_pkcs1::<Software>(&digest(), &mut Hidden(1), &mut [0; 256]);
    outcome(signed.is_ok(), true);
}

fn rsa_pss() {
    let signed = rsa_key().sign_pss::<Software>(&digest(), &mut Hidden(1), &mut [0; 256]);
    outcome(signed.is_ok(), true);
}

fn rsa_oaep() {
    let mut ciphertext = [0; 256];
    let public = RsaPublic::from_spki(RSA_PUBLIC).expect("a public key");
    let (hash, random, output) = (OaepHash::Sha256, &mut Hidden(1), &mut [0; 256]);
    let sealed = public.encrypt_oaep::<Software>(hash, &secret([5; 32]), random, &mut ciphertext);
    outcome(sealed.is_ok(), true);
    make_public(&mut ciphertext);
    let opened = rsa_key().decrypt_oaep::<Software>(hash, &ciphertext, random, output);
    outcome(opened.is_ok(), true);
    ciphertext[200] ^= 1;
    let opened = rsa_key().decrypt_oaep::<Software>(hash, &ciphertext, random, output);
    outcome(opened.is_ok(), false);
}

fn digest() -> Digest {
    Hasher::<Software>::digest(HashAlgorithm::Sha256, &[b"message"])
}

/// Whether it went well is for everybody to know.
#[inline(never)]
fn outcome(found: bool, expected: bool) {
    let mut byte = [u8::from(found)];
    make_public(&mut byte);
    assert_eq!(byte, [u8::from(expected)]);
}

/// The key whose numbers stand at the end of the PKCS#8: p, q, dp, dq, 1 / q.
fn rsa_key() -> RsaKey {
    let mut numbers = [[0; 128]; 5];
    let mut rest = RSA;
    for number in numbers.iter_mut().rev() {
        // Each is 128 bytes long, behind its tag and length and perhaps a zero.
        let (before, last) = rest.split_at(rest.len() - 128);
        number.copy_from_slice(last);
        let head = if before.last() == Some(&0) { 4 } else { 3 };
        rest = &before[..before.len() - head];
        make_secret(number);
    }
    let [p, q, dp, dq, q_inverse] = &numbers;
    let e = 65537;
    RsaKey::trusted(
        RsaSize::Rsa2048,
        &RsaParts {
            e,
            p,
            q,
            dp,
            dq,
            q_inverse,
        },
    )
    .expect("a key")
}
