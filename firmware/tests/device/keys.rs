//! Keys as blobs: made, used within their usages, and refused everywhere else.

use crate::board::Bench;
use crate::host::{Host, id};
use casemate_common::blob::{KeyBlob, KeyType, Origin, Template, Usage, Usages, blob_len};
use casemate_common::command::*;
use casemate_common::error::ErrorCode;
use casemate_common::exchange::MessageKind;
use casemate_common::limits::MAX_CONTEXT;
use casemate_firmware::crypto::ec::{Curve, EcPublic};
use casemate_firmware::crypto::{HashAlgorithm, Hasher, Software};

const CURVES: [(KeyType, Curve); 3] = [
    (KeyType::P256, Curve::P256),
    (KeyType::P384, Curve::P384),
    (KeyType::P521, Curve::P521),
];

const DATA: &[Usage] = &[Usage::Encrypt, Usage::Decrypt];
const P256_SHA256: SignatureScheme = SignatureScheme::Ecdsa(SignatureHash::Sha256);

fn connect() -> Host {
    let mut host = Host::connect(Bench::blank(4).untested());
    host.create(id(1));
    host.create(id(2));
    host
}

fn template(kind: KeyType, usages: &[Usage]) -> Template {
    Template::new(kind, Usages::of(usages), false, 1_795_305_600).unwrap()
}

fn generate(host: &mut Host, kind: KeyType, usages: &[Usage]) -> Vec<u8> {
    let command = KeyGenerate {
        keyring: id(1),
        template: template(kind, usages),
    };
    let body = host.call(&command).unwrap();
    let (generated, blob): (Generated, _) = postcard::take_from_bytes(&body).unwrap();
    assert_eq!((generated, blob.len()), (Generated::Blob, blob_len(kind)));
    blob.to_vec()
}

fn import(host: &mut Host, usages: &[Usage], key: &[u8]) -> Result<Vec<u8>, ErrorCode> {
    import_as(host, KeyType::Aes256, usages, key)
}

fn import_as(host: &mut Host, kind: KeyType, usages: &[Usage], key: &[u8]) -> Result<Vec<u8>, ErrorCode> {
    let command = KeyImport {
        keyring: id(1),
        template: template(kind, usages),
    };
    host.call_with(&command, key)
}

fn encrypt(host: &mut Host, blob: &[u8], associated: &[u8], data: &[u8]) -> Result<Vec<u8>, ErrorCode> {
    let command = KeyEncrypt {
        keyring: id(1),
        blob,
        associated,
    };
    host.call_with(&command, data)
}

fn decrypt(host: &mut Host, blob: &[u8], associated: &[u8], data: &[u8]) -> Result<Vec<u8>, ErrorCode> {
    let command = KeyDecrypt {
        keyring: id(1),
        blob,
        associated,
    };
    host.call_with(&command, data)
}

fn mac(host: &mut Host, blob: &[u8], pieces: &[&[u8]]) -> Result<Vec<u8>, ErrorCode> {
    let command = KeyMac {
        keyring: id(1),
        blob,
        labels: heapless::Vec::new(),
    };
    host.call_in_pieces(&command, pieces)
}

fn sign_digest(
    host: &mut Host,
    blob: &[u8],
    scheme: SignatureScheme,
    digest: &[u8],
) -> Result<Vec<u8>, ErrorCode> {
    let command = Sign {
        keyring: id(1),
        blob,
        scheme,
        input: SignInput::Digest,
    };
    host.call_with(&command, digest)
}

fn sign_message(host: &mut Host, blob: &[u8], pieces: &[&[u8]]) -> Result<Vec<u8>, ErrorCode> {
    let command = Sign {
        keyring: id(1),
        blob,
        scheme: P256_SHA256,
        input: SignInput::Message,
    };
    host.call_in_pieces(&command, pieces)
}

/// Whether the blob's public key says that the signature is good.
fn verifies(blob: &[u8], curve: Curve, hash: HashAlgorithm, message: &[u8], signature: &[u8]) -> bool {
    let blob = KeyBlob::parse(blob).unwrap();
    let digest = Hasher::<Software>::digest(hash, &[message]);
    EcPublic::new(curve, blob.public)
        .unwrap()
        .verify::<Software>(&digest, signature)
        .is_ok()
}

#[test]
fn a_blob_says_how_its_key_was_made() {
    let mut host = connect();
    for (kind, usage) in [(KeyType::Aes256, Usage::Mac), (KeyType::P384, Usage::Sign)] {
        let blob = generate(&mut host, kind, &[usage]);
        let other = generate(&mut host, kind, &[usage]);
        let attributes = *KeyBlob::parse(&blob).unwrap().attributes();
        assert_eq!(attributes.origin, Origin::Generated);
        assert_eq!(attributes.template, template(kind, &[usage]));
        assert_ne!(attributes.id, KeyBlob::parse(&other).unwrap().attributes().id);
    }
    let imported = import(&mut host, DATA, &[7; 32]).unwrap();
    assert_eq!(
        KeyBlob::parse(&imported).unwrap().attributes().origin,
        Origin::Imported
    );
}

#[test]
fn a_secret_key_is_32_bytes() {
    let mut host = connect();
    for len in [0, 16, 31, 33, 64] {
        let refused = import(&mut host, DATA, &vec![7; len]);
        assert_eq!(refused, Err(ErrorCode::KeyMaterialInvalid), "{len} bytes");
    }
}

#[test]
fn what_a_secret_key_encrypts_it_decrypts() {
    let mut host = connect();
    let blob = generate(&mut host, KeyType::Aes256, DATA);
    for len in [0, 1, 4095, MAX_ENCRYPTED] {
        let plaintext = vec![0x5a; len];
        let associated = vec![3; len.min(MAX_CONTEXT)];
        let sealed = encrypt(&mut host, &blob, &associated, &plaintext).unwrap();
        assert_eq!(sealed.len(), 12 + len + 16);
        assert_eq!(
            decrypt(&mut host, &blob, &associated, &sealed).unwrap(),
            plaintext
        );
        assert_ne!(
            encrypt(&mut host, &blob, &associated, &plaintext).unwrap(),
            sealed
        );
        assert_eq!(
            decrypt(&mut host, &blob, b"other", &sealed),
            Err(ErrorCode::CiphertextInvalid)
        );
    }
    let too_much = [0; MAX_ENCRYPTED + 1];
    assert_eq!(
        encrypt(&mut host, &blob, b"", &too_much),
        Err(ErrorCode::TooLarge)
    );
    let too_long = [0; MAX_CONTEXT + 1];
    assert_eq!(
        encrypt(&mut host, &blob, &too_long, b""),
        Err(ErrorCode::TooLarge)
    );
}

#[test]
fn an_altered_ciphertext_is_refused() {
    let mut host = connect();
    let blob = generate(&mut host, KeyType::Aes256, DATA);
    let sealed = encrypt(&mut host, &blob, b"", b"attack at dawn").unwrap();
    for bit in 0..8 * sealed.len() {
        let mut altered = sealed.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let refused = decrypt(&mut host, &blob, b"", &altered);
        assert_eq!(refused, Err(ErrorCode::CiphertextInvalid), "bit {bit}");
    }
    for len in 0..28 {
        let refused = decrypt(&mut host, &blob, b"", &sealed[..len]);
        assert_eq!(refused, Err(ErrorCode::CiphertextInvalid), "{len} bytes");
    }
}

/// Test case 1 of RFC 4231 has a key of 20 bytes; zeros behind it change nothing.
#[test]
fn codes_are_those_of_the_rfc() {
    let mut host = connect();
    let mut key = [0; 32];
    key[..20].fill(0x0b);
    let blob = import(&mut host, &[Usage::Mac], &key).unwrap();
    let code = mac(&mut host, &blob, &[b"Hi There"]).unwrap();
    assert_eq!(code[..8], [0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53]);
    assert_eq!(mac(&mut host, &blob, &[b"Hi", b"", b" There"]).unwrap(), code);
}

/// Test case 1 of RFC 4231; its case 6 with 128 instead of 131 bytes of key, by Python's `hmac`; and the example that
/// AWS gives of how it derives keys.
#[test]
fn keys_for_codes_are_of_any_length() {
    let mut host = connect();
    let mut mac_under = |key: &[u8], message: &[u8]| {
        let blob = import_as(&mut host, KeyType::Hmac, &[Usage::Mac], key).unwrap();
        assert_eq!(blob.len(), blob_len(KeyType::Hmac));
        mac(&mut host, &blob, &[message]).unwrap()
    };
    let code = mac_under(&[0x0b; 20], b"Hi There");
    assert_eq!(code[..8], [0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53]);
    let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
    let code = mac_under(&[0xaa; 128], long);
    assert_eq!(code[..8], [0xf4, 0xc6, 0x28, 0x39, 0x88, 0x66, 0x74, 0x2a]);
    let key = b"AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let code = mac_under(key, b"20120215");
    assert_eq!(code[..8], [0x96, 0x9f, 0xbb, 0x94, 0xfe, 0xb5, 0x42, 0xb7]);
}

#[test]
fn a_key_for_codes_is_16_to_128_bytes_and_does_nothing_else() {
    let mut host = connect();
    for len in [0, 15, 129, 200] {
        let refused = import_as(&mut host, KeyType::Hmac, &[Usage::Mac], &vec![7; len]);
        assert_eq!(refused, Err(ErrorCode::KeyMaterialInvalid), "{len} bytes");
    }
    let blob = generate(&mut host, KeyType::Hmac, &[Usage::Mac]);
    assert_eq!(mac(&mut host, &blob, &[b"message"]).unwrap().len(), 32);
    assert_eq!(
        encrypt(&mut host, &blob, b"", b""),
        Err(ErrorCode::UsageForbidden)
    );
}

#[test]
fn every_curve_signs_every_digest() {
    let mut host = connect();
    let hashes = [
        (SignatureHash::Sha256, HashAlgorithm::Sha256),
        (SignatureHash::Sha384, HashAlgorithm::Sha384),
        (SignatureHash::Sha512, HashAlgorithm::Sha512),
    ];
    for (kind, curve) in CURVES {
        let blob = generate(&mut host, kind, &[Usage::Sign]);
        for (name, hash) in hashes {
            let scheme = SignatureScheme::Ecdsa(name);
            let digest = Hasher::<Software>::digest(hash, &[b"message"]);
            let signature = sign_digest(&mut host, &blob, scheme, digest.as_bytes()).unwrap();
            assert!(verifies(&blob, curve, hash, b"message", &signature));
            assert!(!verifies(&blob, curve, hash, b"another", &signature));
            let short = &digest.as_bytes()[1..];
            assert_eq!(
                sign_digest(&mut host, &blob, scheme, short),
                Err(ErrorCode::MalformedRequest)
            );
        }
    }
}

#[test]
fn a_message_of_any_length_is_signed() {
    let mut host = connect();
    let blob = generate(&mut host, KeyType::P256, &[Usage::Sign]);
    let message: Vec<u8> = (0..20_000_u32).map(|n| n as u8).collect();
    for pieces in [
        vec![&message[..100]],
        message.chunks(3000).collect(),
        vec![&[][..], &[]],
    ] {
        let signature = sign_message(&mut host, &blob, &pieces).unwrap();
        let whole = pieces.concat();
        assert!(verifies(
            &blob,
            Curve::P256,
            HashAlgorithm::Sha256,
            &whole,
            &signature
        ));
    }
}

#[test]
fn keys_do_only_what_they_were_made_for() {
    let mut host = connect();
    let sealed = [0; 28];
    let aes = generate(&mut host, KeyType::Aes256, &[Usage::Wrap]);
    let ec = generate(&mut host, KeyType::P256, &[Usage::Verify]);
    let forbidden = Err(ErrorCode::UsageForbidden);
    for blob in [&aes, &ec] {
        assert_eq!(encrypt(&mut host, blob, b"", b""), forbidden);
        assert_eq!(decrypt(&mut host, blob, b"", &sealed), forbidden);
        assert_eq!(mac(&mut host, blob, &[b""]), forbidden);
        assert_eq!(sign_digest(&mut host, blob, P256_SHA256, &[0; 32]), forbidden);
        assert_eq!(sign_message(&mut host, blob, &[b"", b""]), forbidden);
    }
    let signer = generate(&mut host, KeyType::P256, &[Usage::Sign]);
    assert_eq!(
        sign_digest(
            &mut host,
            &signer,
            SignatureScheme::RsaPss(SignatureHash::Sha256),
            &[0; 32]
        ),
        Err(ErrorCode::UnsupportedAlgorithm)
    );
}

#[test]
fn no_bit_of_a_blob_can_be_flipped() {
    let mut host = connect();
    let blob = generate(&mut host, KeyType::P256, &[Usage::Sign]);
    for bit in 0..8 * blob.len() {
        let mut altered = blob.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let refused = sign_digest(&mut host, &altered, P256_SHA256, &[0; 32]).unwrap_err();
        let expected = match bit / 8 {
            0 => ErrorCode::KeyVersion,
            _ => ErrorCode::KeyInvalid,
        };
        assert_eq!(refused, expected, "bit {bit}");
    }
}

/// AWS General Reference, "Examples of how to derive a signing key for Signature Version 4".
#[test]
fn keys_of_codes_follow_by_labels() {
    let mut host = connect();
    let secret = b"AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let blob = import_as(&mut host, KeyType::Hmac, &[Usage::Mac], secret).unwrap();
    let labels: [&[u8]; 3] = [b"20150830", b"us-east-1", b"iam"];
    let command = KeyMac {
        keyring: id(1),
        blob: &blob,
        labels: labels.into(),
    };
    let code = host.call_with(&command, b"aws4_request").unwrap();
    let expected = [
        0xc4, 0xaf, 0xb1, 0xcc, 0x57, 0x71, 0xd8, 0x71, 0x76, 0x3a, 0x39, 0x3e, 0x44, 0xb7, 0x03,
        0x57, //
        0x1b, 0x55, 0xcc, 0x28, 0x42, 0x4d, 0x1a, 0x5e, 0x86, 0xda, 0x6e, 0xd3, 0xc1, 0x54, 0xa4, 0xb9,
    ];
    assert_eq!(code, expected);
    let unused = KeyMac {
        labels: heapless::Vec::new(),
        ..command
    };
    assert_ne!(host.call_with(&unused, b"aws4_request").unwrap(), code);
}

#[test]
fn a_blob_belongs_to_its_keyring_and_device() {
    let mut host = connect();
    let blob = generate(&mut host, KeyType::Aes256, &[Usage::Mac]);
    let command = |keyring| KeyMac {
        keyring,
        blob: &blob,
        labels: heapless::Vec::new(),
    };
    assert_eq!(host.call(&command(id(2))), Err(ErrorCode::KeyInvalid));
    assert_eq!(host.call(&command(id(3))), Err(ErrorCode::KeyringNotFound));
    let bench = Bench {
        seed: 2,
        ..Bench::blank(4)
    };
    let mut stranger = Host::connect(bench.untested());
    stranger.create(id(1));
    assert_eq!(stranger.call(&command(id(1))), Err(ErrorCode::KeyInvalid));
}

#[test]
fn records_and_blobs_are_not_each_other() {
    let mut host = connect();
    let blob = generate(&mut host, KeyType::Aes256, &[Usage::Mac]);
    let record = host.seal(id(1), b"", &[0; 61]).unwrap();
    assert_eq!(record.len(), blob.len());
    assert_eq!(mac(&mut host, &record, &[b""]), Err(ErrorCode::KeyVersion));
    assert_eq!(host.open(id(1), b"", &blob), Err(ErrorCode::RecordVersion));
}

#[test]
fn a_destroyed_keyring_takes_its_keys_along() {
    let mut host = connect();
    let blob = generate(&mut host, KeyType::P256, &[Usage::Sign]);
    let command = Sign {
        keyring: id(1),
        blob: &blob,
        scheme: P256_SHA256,
        input: SignInput::Message,
    };
    let body = postcard::to_stdvec(&command).unwrap();
    let code = Sign::SPEC.code;
    assert_eq!(host.send(MessageKind::Request(code), 5, false, &body).len(), 1);
    host.call(&KeyringDestroy { id: id(1) }).unwrap();
    let answers = host.send(MessageKind::RequestPart, 5, true, b"rest");
    assert_eq!(
        answers,
        [crate::host::Answer::error(5, ErrorCode::KeyringNotFound)]
    );
    host.create(id(1));
    assert_eq!(
        sign_digest(&mut host, &blob, P256_SHA256, &[0; 32]),
        Err(ErrorCode::KeyInvalid)
    );
}
