//! Attestation: what the device states of a key is what its blob says, signed by its identity key, and in the log.

use crate::board::Bench;
use crate::host::{Host, id};
use casemate_common::attestation::Statement;
use casemate_common::blob::{Attributes, KeyBlob, KeyType, Template, Usages};
use casemate_common::command::{
    AuditHead, AuditHeadAnswer, Generated, Info, InfoAnswer, KeyAttest, KeyGenerate, KeyPublic,
};
use casemate_common::error::ErrorCode;
use casemate_firmware::crypto::ec::{Curve, EcPublic};
use casemate_firmware::crypto::{Hash, HashAlgorithm, Hasher, Software, SoftwareHash};

const CHALLENGE: [u8; 32] = [7; 32];

fn generate(host: &mut Host, kind: KeyType) -> Vec<u8> {
    let template = Template::new(kind, Usages::NONE, true, 5).unwrap();
    let command = KeyGenerate {
        keyring: id(1),
        template,
    };
    let body = host.call(&command).unwrap();
    postcard::take_from_bytes::<Generated>(&body).unwrap().1.to_vec()
}

fn attest(host: &mut Host, blob: &[u8]) -> Result<Vec<u8>, ErrorCode> {
    host.call(&KeyAttest {
        keyring: id(1),
        blob,
        challenge: CHALLENGE,
    })
}

#[test]
fn the_identity_key_signs_what_the_blob_says() {
    let mut host = Host::connect(Bench::blank(4).board::<Software>());
    host.create(id(1));
    let device = device_id(&mut host);
    let identity = identity_key(&mut host);
    for kind in [KeyType::Aes256, KeyType::P521] {
        let blob = generate(&mut host, kind);
        let answer = attest(&mut host, &blob).unwrap();
        let (attributes, data): (Attributes, _) = postcard::take_from_bytes(&answer).unwrap();
        assert_eq!(&attributes, KeyBlob::parse(&blob).unwrap().attributes());
        let (signature, rest) = data.split_at(64);
        let (key, spki) = rest.split_at(65);
        let command = KeyPublic {
            keyring: id(1),
            blob: &blob,
        };
        assert!(key == identity && host.call(&command).unwrap().ends_with(spki));
        assert_eq!(spki.is_empty(), kind == KeyType::Aes256);
        let mut hash = SoftwareHash::<sha2::Sha256>::default();
        hash.update(spki);
        let statement = Statement {
            device,
            attributes,
            public_key: hash.finish(),
            challenge: CHALLENGE,
        };
        assert!(is_signed(key, &statement, signature));
        let of_another_device = Statement {
            device: [1; 16],
            ..statement
        };
        assert!(!is_signed(key, &of_another_device, signature));
    }
}

#[test]
fn what_does_not_authenticate_is_not_attested() {
    let mut host = Host::connect(Bench::blank(4).board::<Software>());
    host.create(id(1));
    let blob = generate(&mut host, KeyType::P256);
    for at in 1..blob.len() {
        let mut forged = blob.clone();
        forged[at] ^= 1;
        assert_eq!(
            attest(&mut host, &forged),
            Err(ErrorCode::KeyInvalid),
            "byte {at}"
        );
    }
}

fn device_id(host: &mut Host) -> [u8; 16] {
    let body = host.call(&Info {}).unwrap();
    postcard::from_bytes::<InfoAnswer<'_>>(&body).unwrap().device_id
}

/// The key that heads of the log are signed with.
fn identity_key(host: &mut Host) -> Vec<u8> {
    let body = host.call(&AuditHead { challenge: CHALLENGE }).unwrap();
    let (_, data): (AuditHeadAnswer, _) = postcard::take_from_bytes(&body).unwrap();
    data[64..].to_vec()
}

fn is_signed(key: &[u8], statement: &Statement, signature: &[u8]) -> bool {
    let digest = Hasher::<Software>::digest(HashAlgorithm::Sha256, &[&statement.encode()]);
    let key = EcPublic::new(Curve::P256, key).unwrap();
    key.verify::<Software>(&digest, signature).is_ok()
}
