//! RSA keys, and keys that come from elsewhere: in the clear, or wrapped. The keys in `data/` were made by OpenSSL.

use crate::board::Bench;
use crate::host::{Host, id};
use casemate_common::blob::{Attributes, KeyBlob, KeyId, KeyType, Origin, Template, Usage, Usages, blob_len};
use casemate_common::command::*;
use casemate_common::error::ErrorCode;
use casemate_firmware::crypto::rsa::{OaepHash as Padding, RsaPublic};
use casemate_firmware::crypto::{
    Aes256, Crypto, HashAlgorithm, Hasher, Key256, Random as RandomSource, Software, kwp,
};
use casemate_firmware::platform::EntropyError;

const RSA_2048: &[u8] = include_bytes!("data/rsa-2048.p8");
/// Numbers that fit each other, of which the primes are none: made by hand.
const COMPOSITE: &[u8] = include_bytes!("data/rsa-2048-composite.p8");
const RSA_2048_PUBLIC: &[u8] = include_bytes!("data/rsa-2048.spki");
const RSA_4096: &[u8] = include_bytes!("data/rsa-4096.p8");
const RSA_4096_PUBLIC: &[u8] = include_bytes!("data/rsa-4096.spki");
const P384: &[u8] = include_bytes!("data/p384.p8");
const P384_PUBLIC: &[u8] = include_bytes!("data/p384.spki");

/// Not random at all: the test is the one who encrypts.
struct Sevens;

impl RandomSource for Sevens {
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        output.fill(7);
        Ok(())
    }
}

fn connect() -> Host {
    let mut host = Host::connect(Bench::blank(4).untested());
    host.create(id(1));
    host
}

fn template(kind: KeyType, usages: &[Usage]) -> Template {
    Template::new(kind, Usages::of(usages), false, 1_795_305_600).unwrap()
}

fn import(host: &mut Host, kind: KeyType, usages: &[Usage], material: &[u8]) -> Result<Vec<u8>, ErrorCode> {
    let command = KeyImport {
        keyring: id(1),
        template: template(kind, usages),
    };
    host.call_with(&command, material)
}

fn sign(host: &mut Host, blob: &[u8], scheme: SignatureScheme) -> Result<Vec<u8>, ErrorCode> {
    let command = Sign {
        keyring: id(1),
        blob,
        scheme,
        input: SignInput::Message,
    };
    host.call_with(&command, b"message")
}

fn decipher(host: &mut Host, blob: &[u8], hash: OaepHash, data: &[u8]) -> Result<Vec<u8>, ErrorCode> {
    let command = KeyDecipher {
        keyring: id(1),
        blob,
        hash,
    };
    host.call_with(&command, data)
}

fn unwrap(
    host: &mut Host,
    (kind, transport): (KeyType, &[u8]),
    scheme: WrapScheme,
    wrapped: &[u8],
) -> Result<Vec<u8>, ErrorCode> {
    let command = KeyUnwrap {
        keyring: id(1),
        template: template(kind, &[]),
        transport,
        scheme,
    };
    host.call_with(&command, wrapped)
}

fn described(host: &mut Host, blob: &[u8]) -> (Attributes, Vec<u8>) {
    let body = host.call(&KeyPublic { keyring: id(1), blob }).unwrap();
    let (attributes, spki) = postcard::take_from_bytes(&body).unwrap();
    (attributes, spki.to_vec())
}

fn encrypt(spki: &[u8], padding: Padding, message: &[u8]) -> Vec<u8> {
    let mut ciphertext = vec![0; 512];
    let public = RsaPublic::from_spki(spki).unwrap();
    let len = public.encrypt_oaep::<Software>(padding, message, &mut Sevens, &mut ciphertext);
    ciphertext.truncate(len.unwrap());
    ciphertext
}

fn wrap(key: &[u8; 32], material: &[u8]) -> Vec<u8> {
    let cipher = <Software as Crypto>::Aes256::new(&Key256::new(*key));
    let mut wrapped = vec![0; kwp::wrapped_len(material.len())];
    kwp::wrap(&cipher, material, &mut wrapped).unwrap();
    wrapped
}

#[test]
fn imported_keys_show_their_public_half() {
    let mut host = connect();
    for (kind, material, public) in [
        (KeyType::Rsa2048, RSA_2048, RSA_2048_PUBLIC),
        (KeyType::Rsa4096, RSA_4096, RSA_4096_PUBLIC),
        (KeyType::P384, P384, P384_PUBLIC),
        (KeyType::Aes256, &[9; 32], &[]),
    ] {
        let blob = import(&mut host, kind, &[], material).unwrap();
        assert_eq!(blob.len(), blob_len(kind));
        let (attributes, spki) = described(&mut host, &blob);
        assert_eq!(attributes, *KeyBlob::parse(&blob).unwrap().attributes());
        assert_eq!((attributes.origin, spki.as_slice()), (Origin::Imported, public));
    }
}

#[test]
fn only_a_key_of_the_type_given_comes_in() {
    let mut host = connect();
    let mut cut = RSA_2048.to_vec();
    cut.pop();
    let mut other_modulus = RSA_2048.to_vec();
    other_modulus[40] ^= 1;
    for (kind, material) in [
        (KeyType::Rsa4096, RSA_2048),
        (KeyType::P256, P384),
        (KeyType::P384, RSA_2048),
        (KeyType::Rsa2048, P384),
        (KeyType::Aes256, P384),
        (KeyType::Rsa2048, &cut),
        (KeyType::Rsa2048, &other_modulus),
        (KeyType::Rsa2048, &[]),
    ] {
        let refused = import(&mut host, kind, &[], material);
        assert_eq!(refused, Err(ErrorCode::KeyMaterialInvalid), "{kind:?}");
    }
}

#[test]
fn rsa_signs_in_both_ways() {
    let mut host = connect();
    let hashes = [
        (SignatureHash::Sha256, HashAlgorithm::Sha256),
        (SignatureHash::Sha384, HashAlgorithm::Sha384),
        (SignatureHash::Sha512, HashAlgorithm::Sha512),
    ];
    let blob = import(&mut host, KeyType::Rsa2048, &[Usage::Sign], RSA_2048).unwrap();
    let public = RsaPublic::from_spki(RSA_2048_PUBLIC).unwrap();
    for (name, hash) in hashes {
        let digest = Hasher::<Software>::digest(hash, &[b"message"]);
        let pkcs1 = sign(&mut host, &blob, SignatureScheme::RsaPkcs1(name)).unwrap();
        public.verify_pkcs1::<Software>(&digest, &pkcs1).unwrap();
        let pss = sign(&mut host, &blob, SignatureScheme::RsaPss(name)).unwrap();
        public.verify_pss::<Software>(&digest, &pss).unwrap();
        assert!(public.verify_pss::<Software>(&digest, &pkcs1).is_err());
    }
    let ecdsa = SignatureScheme::Ecdsa(SignatureHash::Sha256);
    assert_eq!(
        sign(&mut host, &blob, ecdsa),
        Err(ErrorCode::UnsupportedAlgorithm)
    );
}

#[test]
fn oaep_is_deciphered_and_nothing_else() {
    let mut host = connect();
    let blob = import(&mut host, KeyType::Rsa2048, &[Usage::Decrypt], RSA_2048).unwrap();
    for (hash, padding) in [
        (OaepHash::Sha1, Padding::Sha1),
        (OaepHash::Sha256, Padding::Sha256),
    ] {
        let ciphertext = encrypt(RSA_2048_PUBLIC, padding, b"session key");
        assert_eq!(
            decipher(&mut host, &blob, hash, &ciphertext).unwrap(),
            b"session key"
        );
        let mut altered = ciphertext.clone();
        altered[100] ^= 1;
        for wrong in [&altered[..], &ciphertext[1..], &[], &[0xff; 256]] {
            assert_eq!(
                decipher(&mut host, &blob, hash, wrong),
                Err(ErrorCode::CiphertextInvalid)
            );
        }
    }
    let other = encrypt(RSA_2048_PUBLIC, Padding::Sha1, b"session key");
    assert_eq!(
        decipher(&mut host, &blob, OaepHash::Sha256, &other),
        Err(ErrorCode::CiphertextInvalid)
    );
}

#[test]
fn keys_come_in_wrapped_by_every_scheme() {
    let mut host = connect();
    let secret = [0x42; 32];
    let kek = import(&mut host, KeyType::Aes256, &[Usage::Unwrap], &secret).unwrap();
    let rsa = import(&mut host, KeyType::Rsa4096, &[Usage::Unwrap], RSA_4096).unwrap();
    let sealed_secret = encrypt(RSA_4096_PUBLIC, Padding::Sha1, &secret);
    let hybrid = |material| [sealed_secret.clone(), wrap(&secret, material)].concat();
    for (kind, material, public) in [
        (KeyType::Rsa4096, RSA_4096, RSA_4096_PUBLIC),
        (KeyType::P384, P384, P384_PUBLIC),
        (KeyType::Aes256, &[9; 32], &[]),
        (KeyType::Hmac, &[9; 45], &[]),
    ] {
        let by_kwp = unwrap(&mut host, (kind, &kek), WrapScheme::Kwp, &wrap(&secret, material)).unwrap();
        assert_eq!(described(&mut host, &by_kwp).1, public);
        let scheme = WrapScheme::RsaAes(OaepHash::Sha1);
        let by_rsa = unwrap(&mut host, (kind, &rsa), scheme, &hybrid(material)).unwrap();
        assert_eq!(described(&mut host, &by_rsa).1, public);
    }
    let direct = encrypt(RSA_4096_PUBLIC, Padding::Sha256, &[9; 32]);
    let scheme = WrapScheme::Oaep(OaepHash::Sha256);
    unwrap(&mut host, (KeyType::Aes256, &rsa), scheme, &direct).unwrap();
}

#[test]
fn what_does_not_unwrap_is_refused() {
    let mut host = connect();
    let secret = [0x42; 32];
    let kek = import(&mut host, KeyType::Aes256, &[Usage::Unwrap], &secret).unwrap();
    let rsa = import(&mut host, KeyType::Rsa2048, &[Usage::Unwrap], RSA_2048).unwrap();
    let wrapped = wrap(&secret, &[9; 32]);
    let aes = |host: &mut Host, transport: &[u8], scheme, wrapped: &[u8]| {
        unwrap(host, (KeyType::Aes256, transport), scheme, wrapped)
    };
    let mut altered = wrapped.clone();
    altered[3] ^= 1;
    let long = vec![0; 3000];
    for wrong in [&altered[..], &wrapped[..32], &[], &long] {
        assert_eq!(
            aes(&mut host, &kek, WrapScheme::Kwp, wrong),
            Err(ErrorCode::CiphertextInvalid)
        );
        assert_eq!(
            aes(&mut host, &rsa, WrapScheme::RsaAes(OaepHash::Sha256), wrong),
            Err(ErrorCode::CiphertextInvalid)
        );
    }
    assert_eq!(
        aes(&mut host, &rsa, WrapScheme::Kwp, &wrapped),
        Err(ErrorCode::UnsupportedAlgorithm)
    );
    let stranger = import(&mut host, KeyType::Aes256, &[Usage::Wrap], &secret).unwrap();
    assert_eq!(
        aes(&mut host, &stranger, WrapScheme::Kwp, &wrapped),
        Err(ErrorCode::UsageForbidden)
    );
    assert_eq!(
        aes(&mut host, &kek, WrapScheme::Kwp, &wrap(&secret, &[9; 31])),
        Err(ErrorCode::KeyMaterialInvalid)
    );
}

fn generate_rsa(host: &mut Host, usages: &[Usage]) -> Result<KeyId, ErrorCode> {
    let command = KeyGenerate {
        keyring: id(1),
        template: template(KeyType::Rsa2048, usages),
    };
    let body = host.call(&command)?;
    match postcard::from_bytes(&body).unwrap() {
        Generated::Job(name) => Ok(name),
        Generated::Blob => panic!("no RSA key is made at once"),
    }
}

fn status(host: &mut Host, job: KeyId) -> Result<(JobStatus, Vec<u8>), ErrorCode> {
    let body = host.call(&KeyJobStatus { job })?;
    let (status, blob) = postcard::take_from_bytes(&body).unwrap();
    Ok((status, blob.to_vec()))
}

fn cancel(host: &mut Host, job: KeyId) -> bool {
    let body = host.call(&KeyJobCancel { job }).unwrap();
    postcard::from_bytes::<KeyJobCancelled>(&body).unwrap().existed
}

/// Every question costs the host one slice of the work at least, so this ends.
fn blob_of(host: &mut Host, job: KeyId) -> Vec<u8> {
    let (mut last_primes, mut last_candidates) = (0, 0);
    loop {
        match status(host, job).unwrap() {
            (JobStatus::Ended, blob) => return blob,
            (JobStatus::Running { primes, candidates }, _) => {
                assert!(primes >= last_primes && candidates >= last_candidates);
                (last_primes, last_candidates) = (primes, candidates);
            }
        }
    }
}

#[test]
fn an_rsa_key_is_made_beside_other_commands() {
    let mut host = connect();
    let job = generate_rsa(&mut host, &[Usage::Sign]).unwrap();
    assert_eq!(generate_rsa(&mut host, &[]), Err(ErrorCode::Busy));
    let record = host.seal(id(1), b"", b"beside").unwrap();
    assert_eq!(host.open(id(1), b"", &record).unwrap(), b"beside");
    let blob = blob_of(&mut host, job);
    assert_eq!(blob_of(&mut host, job), blob, "the answer may have been lost");
    let (attributes, spki) = described(&mut host, &blob);
    assert_eq!(attributes.origin, Origin::Generated);
    let public = RsaPublic::from_spki(&spki).unwrap();
    let digest = Hasher::<Software>::digest(HashAlgorithm::Sha256, &[b"message"]);
    let signature = sign(&mut host, &blob, SignatureScheme::RsaPss(SignatureHash::Sha256)).unwrap();
    public.verify_pss::<Software>(&digest, &signature).unwrap();
    generate_rsa(&mut host, &[]).unwrap();
    assert_eq!(status(&mut host, job), Err(ErrorCode::JobNotFound));
}

#[test]
fn a_cancelled_generation_leaves_nothing() {
    let mut host = connect();
    let job = generate_rsa(&mut host, &[]).unwrap();
    assert!(!cancel(&mut host, KeyId::new([0; 16])));
    assert!(cancel(&mut host, job));
    assert!(!cancel(&mut host, job));
    assert_eq!(status(&mut host, job), Err(ErrorCode::JobNotFound));
    generate_rsa(&mut host, &[]).unwrap();
}

#[test]
fn a_generation_outlives_its_session_but_not_its_keyring() {
    let mut host = connect();
    let job = generate_rsa(&mut host, &[]).unwrap();
    host.hello(8);
    assert!(matches!(
        status(&mut host, job),
        Ok((JobStatus::Running { .. }, _))
    ));
    host.call(&KeyringDestroy { id: id(1) }).unwrap();
    let refused = loop {
        if let Err(code) = status(&mut host, job) {
            break code;
        }
    };
    assert_eq!(refused, ErrorCode::KeyringNotFound);
    assert_eq!(generate_rsa(&mut host, &[]), Err(ErrorCode::KeyringNotFound));
}

/// It would be for the device's own fault otherwise, for which it stops serving.
#[test]
fn a_key_that_is_none_harms_nobody_else() {
    let mut host = connect();
    let blob = import(
        &mut host,
        KeyType::Rsa2048,
        &[Usage::Sign, Usage::Decrypt],
        COMPOSITE,
    )
    .unwrap();
    let scheme = SignatureScheme::RsaPkcs1(SignatureHash::Sha256);
    assert_eq!(sign(&mut host, &blob, scheme), Err(ErrorCode::KeyMaterialInvalid));
    let deciphered = decipher(&mut host, &blob, OaepHash::Sha256, &[1; 256]);
    assert_eq!(deciphered, Err(ErrorCode::CiphertextInvalid));
    let sound = import(&mut host, KeyType::Rsa2048, &[Usage::Sign], RSA_2048).unwrap();
    assert!(sign(&mut host, &sound, scheme).is_ok());
}
