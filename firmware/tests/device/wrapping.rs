//! Keys that leave: only distributable ones, only for whom the policy allows, and every one counted.

use crate::board::Bench;
use crate::host::{Host, PIN, id};
use casemate_common::blob::{KeyType, Template, Usage, Usages};
use casemate_common::command::*;
use casemate_common::error::ErrorCode;
use casemate_firmware::crypto::rsa::{OaepHash as Padding, RsaKey};
use casemate_firmware::crypto::{
    Aes256, Crypto, Hash, Key256, Random as RandomSource, Software, kwp, rsa_aes,
};
use casemate_firmware::platform::EntropyError;

const RSA_2048: &[u8] = include_bytes!("data/rsa-2048.p8");
const RSA_2048_PUBLIC: &[u8] = include_bytes!("data/rsa-2048.spki");
const RSA_4096: &[u8] = include_bytes!("data/rsa-4096.p8");
const RSA_4096_PUBLIC: &[u8] = include_bytes!("data/rsa-4096.spki");
const P384: &[u8] = include_bytes!("data/p384.p8");
const SECRET: &[u8] = &[9; 32];

const OAEP: Recipient<'_> = Recipient::Oaep {
    hash: OaepHash::Sha256,
    public: RSA_2048_PUBLIC,
};

/// Not random at all: it only blinds the test's own key.
struct Sevens;

impl RandomSource for Sevens {
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        output.fill(7);
        Ok(())
    }
}

fn connect(bench: &Bench) -> Host {
    let mut host = Host::connect(bench.untested());
    host.create(id(1));
    host.call(&PinVerify { pin: PIN }).unwrap();
    host
}

fn set_policy(host: &mut Host, policy: ExportPolicy, recipients: &[u8]) -> Result<Vec<u8>, ErrorCode> {
    host.call_with(&ExportPolicySet { policy }, recipients)
}

fn rules(host: &mut Host) -> (ExportPolicy, u64, Vec<u8>) {
    let body = host.call(&ExportPolicyGet {}).unwrap();
    let (ExportRules { policy, exports }, recipients) = postcard::take_from_bytes(&body).unwrap();
    (policy, exports, recipients.to_vec())
}

fn import(host: &mut Host, kind: KeyType, distributable: bool, usages: &[Usage], material: &[u8]) -> Vec<u8> {
    let command = KeyImport {
        keyring: id(1),
        template: Template::new(kind, Usages::of(usages), distributable, 1).unwrap(),
    };
    host.call_with(&command, material).unwrap()
}

fn generate(host: &mut Host, distributable: bool, usages: &[Usage]) -> Vec<u8> {
    let template = Template::new(KeyType::Aes256, Usages::of(usages), distributable, 1).unwrap();
    let command = KeyGenerate {
        keyring: id(1),
        template,
    };
    let body = host.call(&command).unwrap();
    let (_, blob): (Generated, _) = postcard::take_from_bytes(&body).unwrap();
    blob.to_vec()
}

fn wrap(host: &mut Host, blob: &[u8], recipient: Recipient<'_>) -> Result<Vec<u8>, ErrorCode> {
    host.call(&KeyWrap {
        keyring: id(1),
        blob,
        recipient,
    })
}

fn fingerprint(spki: &[u8]) -> [u8; 32] {
    let mut hash = <Software as Crypto>::Sha256::default();
    hash.update(spki);
    hash.finish()
}

#[test]
fn what_was_wrapped_is_what_came_in() {
    let mut host = connect(&Bench::blank(4));
    set_policy(&mut host, ExportPolicy::Any, &[]).unwrap();
    let recipient = RsaKey::from_pkcs8(RSA_4096).unwrap();
    for (kind, material) in [
        (KeyType::Rsa2048, RSA_2048),
        (KeyType::P384, P384),
        (KeyType::Aes256, SECRET),
        (KeyType::Hmac, b"a secret of an odd length, as clouds have them"),
    ] {
        let blob = import(&mut host, kind, true, &[], material);
        for (hash, padding) in [
            (OaepHash::Sha1, Padding::Sha1),
            (OaepHash::Sha256, Padding::Sha256),
        ] {
            let public = RSA_4096_PUBLIC;
            let mut wrapped = wrap(&mut host, &blob, Recipient::RsaAes { hash, public }).unwrap();
            assert_eq!(wrapped.len(), 512 + kwp::wrapped_len(material.len()));
            let opened = rsa_aes::unwrap::<Software>(&recipient, padding, &mut Sevens, &mut wrapped);
            assert_eq!(opened.unwrap(), material);
        }
    }
}

#[test]
fn a_short_key_goes_directly_and_a_long_one_does_not_fit() {
    let mut host = connect(&Bench::blank(4));
    set_policy(&mut host, ExportPolicy::Any, &[]).unwrap();
    let secret = import(&mut host, KeyType::Aes256, true, &[], SECRET);
    let wrapped = wrap(&mut host, &secret, OAEP).unwrap();
    let mut message = [0; 256];
    let len = RsaKey::from_pkcs8(RSA_2048)
        .unwrap()
        .decrypt_oaep::<Software>(Padding::Sha256, &wrapped, &mut Sevens, &mut message)
        .unwrap();
    assert_eq!(&message[..len], SECRET);
    let long = import(&mut host, KeyType::Rsa2048, true, &[], RSA_2048);
    assert_eq!(wrap(&mut host, &long, OAEP), Err(ErrorCode::RecipientInvalid));
    assert_eq!(rules(&mut host).1, 1, "what failed was no export");
}

#[test]
fn a_key_wraps_another_and_only_with_the_usage() {
    let mut host = connect(&Bench::blank(4));
    set_policy(&mut host, ExportPolicy::Any, &[]).unwrap();
    let blob = import(&mut host, KeyType::P384, true, &[], P384);
    let key = import(&mut host, KeyType::Aes256, false, &[Usage::Wrap], SECRET);
    let mut wrapped = wrap(&mut host, &blob, Recipient::Kwp { key: &key }).unwrap();
    let cipher = <Software as Crypto>::Aes256::new(&Key256::new([9; 32]));
    assert_eq!(kwp::unwrap(&cipher, &mut wrapped).unwrap(), P384);
    let no_wrapper = import(&mut host, KeyType::Aes256, false, &[Usage::Encrypt], SECRET);
    assert_eq!(
        wrap(&mut host, &blob, Recipient::Kwp { key: &no_wrapper }),
        Err(ErrorCode::UsageForbidden)
    );
}

#[test]
fn the_policy_says_for_whom() {
    let mut host = connect(&Bench::blank(4));
    let blob = import(&mut host, KeyType::Aes256, true, &[], SECRET);
    let ours = generate(&mut host, false, &[Usage::Wrap]);
    let known = import(&mut host, KeyType::Aes256, false, &[Usage::Wrap], SECRET);
    let leaves = generate(&mut host, true, &[Usage::Wrap]);
    let other = Recipient::Oaep {
        hash: OaepHash::Sha256,
        public: RSA_4096_PUBLIC,
    };
    let all = [OAEP, other].into_iter();
    let all = all.chain([&ours, &known, &leaves].map(|key| Recipient::Kwp { key }));
    let recipients: Vec<_> = all.collect();
    let approved = fingerprint(RSA_2048_PUBLIC);
    let allowed = |host: &mut Host| -> Vec<bool> {
        let results = recipients.iter().map(|recipient| wrap(host, &blob, *recipient));
        results
            .map(|result| match result {
                Ok(_) => true,
                Err(code) => {
                    assert_eq!(code, ErrorCode::ExportForbidden);
                    false
                }
            })
            .collect()
    };
    assert_eq!(allowed(&mut host), [false; 5], "how a device begins");
    set_policy(&mut host, ExportPolicy::Approved, &approved).unwrap();
    assert_eq!(allowed(&mut host), [true, false, true, false, false]);
    set_policy(&mut host, ExportPolicy::Any, &[]).unwrap();
    assert_eq!(allowed(&mut host), [true; 5]);
    set_policy(&mut host, ExportPolicy::Never, &[]).unwrap();
    assert_eq!(allowed(&mut host), [false; 5]);
    assert_eq!(rules(&mut host), (ExportPolicy::Never, 7, vec![]));
}

#[test]
fn a_key_that_was_not_made_to_leave_stays() {
    let mut host = connect(&Bench::blank(4));
    set_policy(&mut host, ExportPolicy::Any, &[]).unwrap();
    let blob = import(&mut host, KeyType::Aes256, false, &[], SECRET);
    assert_eq!(wrap(&mut host, &blob, OAEP), Err(ErrorCode::NotDistributable));
    assert_eq!(rules(&mut host).1, 0);
}

#[test]
fn rules_and_count_survive_a_restart() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    let approved = [fingerprint(RSA_2048_PUBLIC), [3; 32]].concat();
    set_policy(&mut host, ExportPolicy::Approved, &approved).unwrap();
    let blob = import(&mut host, KeyType::Aes256, true, &[], SECRET);
    wrap(&mut host, &blob, OAEP).unwrap();
    let mut host = Host::connect(bench.untested());
    assert_eq!(rules(&mut host), (ExportPolicy::Approved, 1, approved));
    wrap(&mut host, &blob, OAEP).unwrap();
    assert_eq!(rules(&mut host).1, 2);
}

#[test]
fn only_an_officer_with_the_pin_makes_rules() {
    let mut host = Host::connect(Bench::blank(4).untested());
    assert_eq!(
        set_policy(&mut host, ExportPolicy::Any, &[]),
        Err(ErrorCode::PinRequired)
    );
    assert_eq!(rules(&mut host), (ExportPolicy::Never, 0, vec![]));
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let mut host = connect(&Bench::blank(4));
    for (policy, recipients, code) in [
        (ExportPolicy::Approved, vec![0; 31], ErrorCode::MalformedRequest),
        (ExportPolicy::Any, vec![0; 32], ErrorCode::MalformedRequest),
        (ExportPolicy::Never, vec![0; 32], ErrorCode::MalformedRequest),
        (ExportPolicy::Approved, vec![0; 17 * 32], ErrorCode::TooLarge),
    ] {
        assert_eq!(set_policy(&mut host, policy, &recipients), Err(code));
    }
    set_policy(&mut host, ExportPolicy::Approved, &[5; MAX_RECIPIENTS * 32]).unwrap();
    assert_eq!(rules(&mut host).2.len(), MAX_RECIPIENTS * 32);
}

#[test]
fn recipients_are_rsa_keys() {
    let mut host = connect(&Bench::blank(4));
    set_policy(&mut host, ExportPolicy::Any, &[]).unwrap();
    let blob = import(&mut host, KeyType::Aes256, true, &[], SECRET);
    let mut cut = RSA_2048_PUBLIC.to_vec();
    cut.pop();
    let mut even = RSA_2048_PUBLIC.to_vec();
    *even.last_mut().unwrap() &= 0xfe;
    let ec: &[u8] = include_bytes!("data/p384.spki");
    for public in [&[][..], &cut, &even, ec] {
        let hash = OaepHash::Sha1;
        for recipient in [
            Recipient::Oaep { hash, public },
            Recipient::RsaAes { hash, public },
        ] {
            assert_eq!(
                wrap(&mut host, &blob, recipient),
                Err(ErrorCode::RecipientInvalid)
            );
        }
    }
}
