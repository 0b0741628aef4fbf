//! What the trait `Keys` promises, on every backend alike, with OpenSSL as the other side.

use casemate::attestation::{self, Verifier};
use casemate::hsm::{ErrorKind, Hsm, HsmError, ToSign};
use casemate_common::blob::{KeyType, Origin, Template, Usage, Usages};
use casemate_common::command::{OaepHash, SignatureHash, SignatureScheme, WrapScheme};
use casemate_common::keyring::KeyringId;
use casemate_tests::dice::Dice;
use casemate_tests::on_every_backend;
use casemate_tests::openssl::{OpenSsl, ecdsa_der};
use std::sync::Arc;

on_every_backend! {
    keys_of_every_curve_sign needs ["create_keyring", "generate_key", "describe_key", "sign"];
    long_messages_are_signed needs ["create_keyring", "generate_key", "describe_key", "sign"];
    imported_rsa_keys_sign_and_decipher needs ["create_keyring", "import_key", "describe_key", "sign", "decipher"];
    keys_are_attested needs ["create_keyring", "generate_key", "import_key", "attest_key"];
    rsa_keys_are_generated needs ["create_keyring", "generate_key", "describe_key", "sign"];
    secret_keys_encrypt_and_authenticate needs ["create_keyring", "import_key", "encrypt", "decrypt", "mac"];
    keys_of_any_length_authenticate needs ["create_keyring", "generate_key", "import_key", "mac"];
    wrapped_keys_come_in needs ["create_keyring", "import_key", "unwrap_key", "describe_key"];
    altered_and_moved_blobs_are_refused needs ["create_keyring", "generate_key", "sign"];
    keys_do_only_what_they_were_made_for needs ["create_keyring", "generate_key", "sign", "encrypt", "mac"];
}

const A: KeyringId = KeyringId::new([0xA5; 16]);
const B: KeyringId = KeyringId::new([0x5A; 16]);
const SEED: u64 = 0x5EED;
const CREATED_AT: u64 = 1_795_305_600;
const MESSAGE: &[u8] = b"attack at dawn";

fn template(kind: KeyType, usages: &[Usage]) -> Template {
    Template::new(kind, Usages::of(usages), false, CREATED_AT).unwrap()
}

async fn generated(hsm: &dyn Hsm, kind: KeyType, usages: &[Usage]) -> Vec<u8> {
    hsm.generate_key(A, template(kind, usages), &|_| ())
        .await
        .unwrap()
}

async fn imported(hsm: &dyn Hsm, kind: KeyType, usages: &[Usage], material: &[u8]) -> Vec<u8> {
    hsm.import_key(A, template(kind, usages), material).await.unwrap()
}

async fn public_key(hsm: &dyn Hsm, blob: &[u8]) -> Vec<u8> {
    hsm.describe_key(A, blob).await.unwrap().public_key
}

fn kind<T>(result: Result<T, HsmError>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

/// An emulator needs seconds for what a processor does in milliseconds.
async fn emulated(hsm: &dyn Hsm) -> bool {
    hsm.info().await.unwrap().model == "ast1030-evb"
}

async fn keys_of_every_curve_sign(hsm: Arc<dyn Hsm>) {
    assert_eq!(hsm.create_keyring(A).await, Ok(true));
    let openssl = OpenSsl::default();
    for (curve, hash, name) in [
        (KeyType::P256, SignatureHash::Sha256, "-sha256"),
        (KeyType::P384, SignatureHash::Sha384, "-sha384"),
        (KeyType::P521, SignatureHash::Sha512, "-sha512"),
    ] {
        let blob = generated(&*hsm, curve, &[Usage::Sign, Usage::Verify]).await;
        let description = hsm.describe_key(A, &blob).await.unwrap();
        assert_eq!(description.attributes.origin, Origin::Generated);
        assert_eq!(
            description.attributes.template,
            template(curve, &[Usage::Sign, Usage::Verify])
        );
        let signed = hsm.sign(A, &blob, SignatureScheme::Ecdsa(hash), ToSign::Message(MESSAGE));
        let signature = ecdsa_der(&signed.await.unwrap());
        let public = &description.public_key;
        assert!(
            openssl.verifies(public, name, &[], MESSAGE, &signature),
            "{curve:?}"
        );
        assert!(!openssl.verifies(public, name, &[], b"attack at dusk", &signature));
    }
}

async fn long_messages_are_signed(hsm: Arc<dyn Hsm>) {
    assert_eq!(hsm.create_keyring(A).await, Ok(true));
    let openssl = OpenSsl::default();
    let blob = generated(&*hsm, KeyType::P256, &[Usage::Sign]).await;
    let public = public_key(&*hsm, &blob).await;
    let scheme = SignatureScheme::Ecdsa(SignatureHash::Sha256);
    let mut dice = Dice::new(SEED);
    for len in [0, 1, 2000, 5000, 30_000] {
        let message = dice.bytes(len);
        let signature = hsm
            .sign(A, &blob, scheme, ToSign::Message(&message))
            .await
            .unwrap();
        assert!(
            openssl.verifies(&public, "-sha256", &[], &message, &ecdsa_der(&signature)),
            "{len} bytes"
        );
    }
}

async fn imported_rsa_keys_sign_and_decipher(hsm: Arc<dyn Hsm>) {
    assert_eq!(hsm.create_keyring(A).await, Ok(true));
    let openssl = OpenSsl::default();
    let (pkcs8, spki) = openssl.rsa(2048);
    let blob = imported(&*hsm, KeyType::Rsa2048, &[Usage::Sign, Usage::Decrypt], &pkcs8).await;
    assert_eq!(public_key(&*hsm, &blob).await, spki);
    let hash = SignatureHash::Sha256;
    let pkcs1 = hsm.sign(
        A,
        &blob,
        SignatureScheme::RsaPkcs1(hash),
        ToSign::Message(MESSAGE),
    );
    assert!(openssl.verifies(&spki, "-sha256", &[], MESSAGE, &pkcs1.await.unwrap()));
    let pss = hsm.sign(A, &blob, SignatureScheme::RsaPss(hash), ToSign::Message(MESSAGE));
    let options = ["rsa_padding_mode:pss", "rsa_pss_saltlen:digest"];
    assert!(openssl.verifies(&spki, "-sha256", &options, MESSAGE, &pss.await.unwrap()));
    let sealed = openssl.oaep_encrypt(&spki, "sha1", b"session key");
    let opened = hsm.decipher(A, &blob, OaepHash::Sha1, &sealed).await.unwrap();
    assert_eq!(*opened, b"session key");
    let mut altered = sealed;
    altered[7] ^= 1;
    let refused = hsm.decipher(A, &blob, OaepHash::Sha1, &altered).await;
    assert_eq!(kind(refused), Some(ErrorKind::Refused));
}

async fn keys_are_attested(hsm: Arc<dyn Hsm>) {
    assert_eq!(hsm.create_keyring(A).await, Ok(true));
    let made = generated(&*hsm, KeyType::P384, &[Usage::Sign]).await;
    let brought = imported(&*hsm, KeyType::Aes256, &[Usage::Mac], &[7; 32]).await;
    let mut keys = Vec::new();
    for (blob, origin) in [(&made, Origin::Generated), (&brought, Origin::Imported)] {
        let attestation = hsm.attest_key(A, blob, [9; 32]).await.unwrap();
        let verifier = Verifier {
            key: attestation.signing_key.clone(),
            challenge: Some([9; 32]),
            public_key: Some(public_key(&*hsm, blob).await),
            imported: true,
        };
        keys.push(attestation.signing_key.clone());
        let verified = attestation::verify(&attestation.into(), &verifier).unwrap();
        assert_eq!(verified.attributes.origin, origin);
    }
    assert_eq!(keys[0], keys[1], "the device has one identity");
    assert_eq!(hsm.create_keyring(B).await, Ok(true));
    let moved = hsm.attest_key(B, &made, [9; 32]).await;
    assert_eq!(kind(moved), Some(ErrorKind::Refused));
}

async fn rsa_keys_are_generated(hsm: Arc<dyn Hsm>) {
    if emulated(&*hsm).await {
        return casemate_tests::skip::say("the emulator searches primes for minutes");
    }
    assert_eq!(hsm.create_keyring(A).await, Ok(true));
    let openssl = OpenSsl::default();
    for (size, bits) in [(KeyType::Rsa2048, 2048), (KeyType::Rsa3072, 3072)] {
        let blob = generated(&*hsm, size, &[Usage::Sign]).await;
        let public = public_key(&*hsm, &blob).await;
        assert!(public.len() > bits / 8);
        let scheme = SignatureScheme::RsaPkcs1(SignatureHash::Sha384);
        let signature = hsm
            .sign(A, &blob, scheme, ToSign::Message(MESSAGE))
            .await
            .unwrap();
        assert_eq!(signature.len(), bits / 8);
        assert!(openssl.verifies(&public, "-sha384", &[], MESSAGE, &signature));
    }
}

async fn secret_keys_encrypt_and_authenticate(hsm: Arc<dyn Hsm>) {
    assert_eq!(hsm.create_keyring(A).await, Ok(true));
    let openssl = OpenSsl::default();
    let key = Dice::new(SEED).bytes(32);
    let cipher = imported(&*hsm, KeyType::Aes256, &[Usage::Encrypt, Usage::Decrypt], &key).await;
    for len in [0, 1, 4096] {
        let plaintext = Dice::new(SEED).bytes(len);
        let sealed = hsm.encrypt(A, &cipher, b"header", &plaintext).await.unwrap();
        assert_eq!(sealed.len(), 12 + len + 16);
        assert_eq!(
            *hsm.decrypt(A, &cipher, b"header", &sealed).await.unwrap(),
            plaintext
        );
        let refused = hsm.decrypt(A, &cipher, b"other", &sealed).await;
        assert_eq!(kind(refused), Some(ErrorKind::Refused));
    }
    let too_much = vec![0; 4097];
    let refused = hsm.encrypt(A, &cipher, b"", &too_much).await;
    assert_eq!(kind(refused), Some(ErrorKind::Caller));
    let coder = imported(&*hsm, KeyType::Aes256, &[Usage::Mac], &key).await;
    for len in [0, 100, 10_000] {
        let message = Dice::new(SEED).bytes(len);
        let code = hsm.mac(A, &coder, &[], &message).await.unwrap();
        assert_eq!(*code, openssl.hmac(&key, &message), "{len} bytes");
    }
}

async fn keys_of_any_length_authenticate(hsm: Arc<dyn Hsm>) {
    assert_eq!(hsm.create_keyring(A).await, Ok(true));
    let openssl = OpenSsl::default();
    for len in [16, 20, 44, 64, 65, 128] {
        let key = Dice::new(SEED).bytes(len);
        let coder = imported(&*hsm, KeyType::Hmac, &[Usage::Mac], &key).await;
        let code = hsm.mac(A, &coder, &[], MESSAGE).await.unwrap();
        assert_eq!(*code, openssl.hmac(&key, MESSAGE), "a key of {len} bytes");
        assert!(public_key(&*hsm, &coder).await.is_empty());
    }
    for len in [0, 15, 129] {
        let template = template(KeyType::Hmac, &[Usage::Mac]);
        let refused = hsm.import_key(A, template, &vec![1; len]).await;
        assert_eq!(kind(refused), Some(ErrorKind::Caller), "a key of {len} bytes");
    }
    let made = generated(&*hsm, KeyType::Hmac, &[Usage::Mac]).await;
    assert_eq!(hsm.mac(A, &made, &[], MESSAGE).await.unwrap().len(), 32);
}

async fn wrapped_keys_come_in(hsm: Arc<dyn Hsm>) {
    assert_eq!(hsm.create_keyring(A).await, Ok(true));
    let openssl = OpenSsl::default();
    let (transport, transport_public) = openssl.rsa(2048);
    let transport = imported(&*hsm, KeyType::Rsa2048, &[Usage::Unwrap], &transport).await;
    let secret = Dice::new(SEED).bytes(32);
    let (rsa, rsa_public) = openssl.rsa(3072);
    let (ec, ec_public) = openssl.ec("P-256");
    let head = openssl.oaep_encrypt(&transport_public, "sha1", &secret);
    for (kind, material, public) in [
        (KeyType::Rsa3072, &rsa, &rsa_public),
        (KeyType::P256, &ec, &ec_public),
    ] {
        let wrapped = [head.clone(), openssl.kwp_wrap(&secret, material)].concat();
        let scheme = WrapScheme::RsaAes(OaepHash::Sha1);
        let blob = hsm
            .unwrap_key(A, template(kind, &[]), &transport, scheme, &wrapped)
            .await
            .unwrap();
        let description = hsm.describe_key(A, &blob).await.unwrap();
        assert_eq!(description.attributes.origin, Origin::Imported);
        assert_eq!(&description.public_key, public);
    }
}

async fn altered_and_moved_blobs_are_refused(hsm: Arc<dyn Hsm>) {
    assert_eq!(hsm.create_keyring(A).await, Ok(true));
    assert_eq!(hsm.create_keyring(B).await, Ok(true));
    let blob = generated(&*hsm, KeyType::P256, &[Usage::Sign]).await;
    let scheme = SignatureScheme::Ecdsa(SignatureHash::Sha256);
    let digest = [7; 32];
    for position in 0..blob.len() {
        let mut altered = blob.clone();
        altered[position] ^= 1 << (position % 8);
        let refused = hsm.sign(A, &altered, scheme, ToSign::Digest(&digest)).await;
        assert_eq!(
            kind(refused),
            Some(ErrorKind::Refused),
            "a bit of byte {position}"
        );
    }
    let moved = hsm.sign(B, &blob, scheme, ToSign::Digest(&digest)).await;
    assert_eq!(kind(moved), Some(ErrorKind::Refused));
    assert_eq!(hsm.destroy_keyring(A).await, Ok(true));
    let orphan = hsm.sign(A, &blob, scheme, ToSign::Digest(&digest)).await;
    assert_eq!(kind(orphan), Some(ErrorKind::Caller));
}

async fn keys_do_only_what_they_were_made_for(hsm: Arc<dyn Hsm>) {
    assert_eq!(hsm.create_keyring(A).await, Ok(true));
    let verifier = generated(&*hsm, KeyType::P256, &[Usage::Verify]).await;
    let scheme = SignatureScheme::Ecdsa(SignatureHash::Sha256);
    let refused = hsm.sign(A, &verifier, scheme, ToSign::Digest(&[7; 32])).await;
    assert_eq!(kind(refused), Some(ErrorKind::Forbidden));
    let wrapper = generated(&*hsm, KeyType::Aes256, &[Usage::Wrap]).await;
    assert_eq!(
        kind(hsm.encrypt(A, &wrapper, b"", b"").await),
        Some(ErrorKind::Forbidden)
    );
    assert_eq!(
        kind(hsm.mac(A, &wrapper, &[], b"").await),
        Some(ErrorKind::Forbidden)
    );
}
