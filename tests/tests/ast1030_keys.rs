//! Keys on the emulated board, whose power fails at moments of chance amid them: every blob that was answered still works,
//! and says what it said; the device is still the one that it was.

use casemate::attestation::{Document, Verifier, verify};
use casemate::audit::drain;
use casemate::hsm::device::DeviceHsm;
use casemate::hsm::{ErrorKind, Hsm, Keys, ToSign};
use casemate_common::blob::{KeyType, Template, Usage, Usages};
use casemate_common::command::{SignatureHash, SignatureScheme};
use casemate_common::keyring::KeyringId;
use casemate_tests::dice::{Dice, fresh_seed};
use casemate_tests::openssl::OpenSsl;
use casemate_tests::qemu;
use std::time::Duration;

const KEYRING: KeyringId = KeyringId::new([7; KeyringId::LEN]);
const ROUNDS: usize = 8;
const KINDS: [(KeyType, Usage); 3] = [
    (KeyType::P256, Usage::Sign),
    (KeyType::Aes256, Usage::Mac),
    (KeyType::Rsa4096, Usage::Sign),
];

/// A key that was answered, and what it has to give.
struct Known {
    blob: Vec<u8>,
    template: Template,
    public_key: Vec<u8>,
    /// Of a key that makes codes: the one for [`MESSAGE`].
    code: Option<Vec<u8>>,
}

const MESSAGE: &[u8] = b"attack at dawn";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_survive_a_kill() {
    if qemu::left_out() {
        return;
    }
    let seed = fresh_seed();
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let directory = tempfile::tempdir().unwrap();
    let flash = directory.path().join("flash.bin");
    qemu::erased_flash(&flash).unwrap();
    let (mut known, mut identity) = (Vec::new(), None);
    for round in 0..=ROUNDS {
        let (mut qemu, hsm) = qemu::boot(&flash).unwrap();
        if round == 0 {
            hsm.create_keyring(KEYRING).await.unwrap();
        }
        check(&hsm, &known, &mut identity).await;
        drain(&hsm, &directory.path().join("audit.jsonl")).await.unwrap();
        let power = Duration::from_millis(100 + dice.below(900) as u64);
        // The moment of the kill is what is drawn by lot here; it waits for nothing.
        let work = tokio::time::timeout(power, async {
            loop {
                let (kind, usage) = KINDS[dice.below(KINDS.len())];
                known.push(make(&hsm, kind, usage).await);
            }
        });
        let _ = work.await;
        qemu.kill().unwrap();
    }
    println!("{} keys were answered", known.len());
    assert!(
        known.len() >= ROUNDS,
        "the rounds were too short to show anything"
    );
}

/// Makes a key; where that of an RSA key takes longer than anybody waits here, another one beside it.
async fn make(hsm: &DeviceHsm, kind: KeyType, usage: Usage) -> Known {
    let template = |kind| Template::new(kind, Usages::of(&[usage]), false, 1).unwrap();
    let made = hsm.generate_key(KEYRING, template(kind), &|_| ());
    if kind != KeyType::Rsa4096 {
        return known(hsm, made.await.unwrap(), template(kind)).await;
    }
    let soon = tokio::time::timeout(Duration::from_millis(50), made).await;
    assert!(soon.is_err(), "an emulator does not find primes so soon");
    let beside = template(KeyType::P384);
    let blob = hsm.generate_key(KEYRING, beside, &|_| ()).await.unwrap();
    known(hsm, blob, beside).await
}

async fn known(hsm: &DeviceHsm, blob: Vec<u8>, template: Template) -> Known {
    let public_key = hsm.describe_key(KEYRING, &blob).await.unwrap().public_key;
    let code = match template.key_type() {
        KeyType::Aes256 => Some(hsm.mac(KEYRING, &blob, &[], MESSAGE).await.unwrap().to_vec()),
        _ => None,
    };
    Known {
        blob,
        template,
        public_key,
        code,
    }
}

async fn check(hsm: &DeviceHsm, known: &[Known], identity: &mut Option<Vec<u8>>) {
    for key in known {
        let description = hsm.describe_key(KEYRING, &key.blob).await.unwrap();
        assert_eq!(
            (&description.attributes.template, &description.public_key),
            (&key.template, &key.public_key)
        );
        let mut altered = key.blob.clone();
        *altered.last_mut().unwrap() ^= 1;
        let refused = hsm.describe_key(KEYRING, &altered).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Refused);
    }
    let Some(newest) = known.last() else {
        return;
    };
    used(hsm, newest).await;
    let attestation = hsm.attest_key(KEYRING, &newest.blob, [5; 32]).await.unwrap();
    let verifier = Verifier {
        key: identity.get_or_insert(attestation.signing_key.clone()).clone(),
        challenge: Some([5; 32]),
        public_key: Some(newest.public_key.clone()),
        imported: false,
    };
    verify(&Document::from(attestation), &verifier).unwrap();
}

async fn used(hsm: &DeviceHsm, key: &Known) {
    match &key.code {
        Some(code) => assert_eq!(&*hsm.mac(KEYRING, &key.blob, &[], MESSAGE).await.unwrap(), code),
        None => {
            let scheme = SignatureScheme::Ecdsa(SignatureHash::Sha256);
            let signed = hsm
                .sign(KEYRING, &key.blob, scheme, ToSign::Message(MESSAGE))
                .await;
            let der = casemate_tests::openssl::ecdsa_der(&signed.unwrap());
            assert!(OpenSsl::default().verifies(&key.public_key, "-sha256", &[], MESSAGE, &der));
        }
    }
}
