//! Keys on a PKCS#11 token, beyond what every backend has in common (`e2e_keys`): wrapping, restarts, what a keyring's end
//! leaves, and what SoftHSM can't do.

use casemate::hsm::pkcs11::{self, Pkcs11Hsm};
use casemate::hsm::{ErrorKind, Hsm, HsmError, Keys, ToSign};
use casemate_common::blob::{KeyType, Template, Usage, Usages};
use casemate_common::command::{OaepHash, Recipient, SignatureHash, SignatureScheme, WrapScheme};
use casemate_common::keyring::KeyringId;
use casemate_tests::openssl::{OpenSsl, ecdsa_der};
use casemate_tests::softhsm::{self, Token};

const A: KeyringId = KeyringId::new([0xAA; 16]);
const ECDSA: SignatureScheme = SignatureScheme::Ecdsa(SignatureHash::Sha256);
const MESSAGE: &[u8] = b"attack at dawn";

fn connect(token: &Token) -> Pkcs11Hsm {
    pkcs11::connect(&token.address()).expect("a login")
}

async fn generated(hsm: &Pkcs11Hsm, kind: KeyType, usages: &[Usage], distributable: bool) -> Vec<u8> {
    let template = Template::new(kind, Usages::of(usages), distributable, 1).expect("a template");
    hsm.generate_key(A, template, &|_| ()).await.expect("a key")
}

fn kind<T>(result: Result<T, HsmError>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

#[test]
fn distributable_keys_leave_wrapped_and_others_never() {
    softhsm::run(
        "distributable_keys_leave_wrapped_and_others_never",
        async |token| {
            let hsm = connect(&token);
            assert_eq!(hsm.create_keyring(A).await, Ok(true));
            let openssl = OpenSsl::default();
            let (private, public) = openssl.rsa(2048);
            let recipient = Recipient::RsaAes {
                hash: OaepHash::Sha1,
                public: &public,
            };
            for kind in [KeyType::P256, KeyType::Rsa2048] {
                let key = generated(&hsm, kind, &[Usage::Sign], true).await;
                let wrapped = hsm.wrap_key(A, &key, recipient).await.expect("a wrapped key");
                let (head, body) = wrapped.split_at(256);
                let secret = openssl
                    .oaep_decrypt(&private, "sha1", head)
                    .expect("the key between");
                let pkcs8 = openssl.kwp_unwrap(&secret, body).expect("the key");
                let known = hsm.describe_key(A, &key).await.expect("what it is").public_key;
                assert_eq!(openssl.public_of(&pkcs8), known, "{kind:?}");
            }
            let stays = generated(&hsm, KeyType::P256, &[Usage::Sign], false).await;
            let refused = hsm.wrap_key(A, &stays, recipient).await;
            assert_eq!(kind(refused), Some(ErrorKind::Forbidden));
            let weak = Recipient::RsaAes {
                hash: OaepHash::Sha1,
                public: b"no key",
            };
            let key = generated(&hsm, KeyType::Aes256, &[Usage::Mac], true).await;
            assert_eq!(kind(hsm.wrap_key(A, &key, weak).await), Some(ErrorKind::Caller));
            let direct = Recipient::Oaep {
                hash: OaepHash::Sha1,
                public: &public,
            };
            let wrapped = hsm.wrap_key(A, &key, direct).await.expect("a wrapped key");
            let secret = openssl.oaep_decrypt(&private, "sha1", &wrapped).expect("the key");
            let code = hsm.mac(A, &key, &[], MESSAGE).await.expect("a code");
            assert_eq!(*code, openssl.hmac(&secret, MESSAGE));
        },
    );
}

#[test]
fn keys_pass_between_wrappers_of_the_token() {
    softhsm::run("keys_pass_between_wrappers_of_the_token", async |token| {
        let hsm = connect(&token);
        assert_eq!(hsm.create_keyring(A).await, Ok(true));
        let wrapper = generated(&hsm, KeyType::Aes256, &[Usage::Wrap, Usage::Unwrap], false).await;
        let key = generated(&hsm, KeyType::P521, &[Usage::Sign], true).await;
        let recipient = Recipient::Kwp { key: &wrapper };
        let wrapped = hsm.wrap_key(A, &key, recipient).await.expect("a wrapped key");
        let template =
            Template::new(KeyType::P521, Usages::of(&[Usage::Sign]), false, 2).expect("a template");
        let unwrap = |wrapped: Vec<u8>, template| {
            let (hsm, wrapper) = (&hsm, &wrapper);
            async move {
                hsm.unwrap_key(A, template, wrapper, WrapScheme::Kwp, &wrapped)
                    .await
            }
        };
        let again = unwrap(wrapped.clone(), template).await.expect("a blob");
        let (one, other) = (hsm.describe_key(A, &key).await, hsm.describe_key(A, &again).await);
        assert_eq!(one.expect("one").public_key, other.expect("the other").public_key);
        let mut altered = wrapped.clone();
        altered[20] ^= 1;
        assert_eq!(kind(unwrap(altered, template).await), Some(ErrorKind::Refused));
        let of_another_type = Template::new(KeyType::P256, Usages::NONE, false, 2).expect("a template");
        let refused = unwrap(wrapped, of_another_type).await;
        assert_eq!(kind(refused), Some(ErrorKind::Caller));
    });
}

#[test]
fn blobs_outlive_the_process_and_end_with_their_keyring() {
    softhsm::run(
        "blobs_outlive_the_process_and_end_with_their_keyring",
        async |token| {
            let hsm = connect(&token);
            assert_eq!(hsm.create_keyring(A).await, Ok(true));
            let before = token.objects().len();
            let key = generated(&hsm, KeyType::P256, &[Usage::Sign], false).await;
            let wrapper = token.objects().len() - before;
            assert_eq!(
                wrapper, 1,
                "the keyring's wrapper stays on the token, and no key does"
            );
            drop(hsm);
            let hsm = connect(&token);
            let signed = hsm.sign(A, &key, ECDSA, ToSign::Message(MESSAGE)).await;
            let public = hsm.describe_key(A, &key).await.expect("what it is").public_key;
            let der = ecdsa_der(&signed.expect("a signature"));
            assert!(OpenSsl::default().verifies(&public, "-sha256", &[], MESSAGE, &der));
            assert_eq!(hsm.destroy_keyring(A).await, Ok(true));
            assert!(token.objects().is_empty(), "{:?}", token.objects());
            assert_eq!(hsm.create_keyring(A).await, Ok(true));
            let orphan = hsm.sign(A, &key, ECDSA, ToSign::Message(MESSAGE)).await;
            assert_eq!(kind(orphan), Some(ErrorKind::Refused), "under a namesake");
        },
    );
}

/// SoftHSM 2.6.1 has RSA-OAEP with SHA-1 alone: a gap that only shows when it is used, and says so.
#[test]
fn oaep_with_sha256_is_a_gap_with_a_sentence() {
    softhsm::run("oaep_with_sha256_is_a_gap_with_a_sentence", async |token| {
        let hsm = connect(&token);
        assert_eq!(hsm.create_keyring(A).await, Ok(true));
        let openssl = OpenSsl::default();
        let (private, public) = openssl.rsa(2048);
        let template = Template::new(KeyType::Rsa2048, Usages::of(&[Usage::Decrypt]), false, 1);
        let key = hsm
            .import_key(A, template.expect("a template"), &private)
            .await
            .expect("a key");
        let sealed = openssl.oaep_encrypt(&public, "sha256", b"session key");
        let error = hsm
            .decipher(A, &key, OaepHash::Sha256, &sealed)
            .await
            .expect_err("a gap");
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    });
}
