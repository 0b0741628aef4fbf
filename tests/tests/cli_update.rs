//! `casemate device update`: a device gets another image, or a sentence says why not.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casemate_common::image::{BoardName, Header, Manifest, Signer, SlotAddress, Version};
use casemate_tests::desk::Desk;
use casemate_tests::last_words;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use sha2::{Digest, Sha256};

const DEVELOPMENT_KEY: &str = include_str!("../../boards/keys/development.pem");
/// Where the simulator's slots are.
const SLOTS: [u32; 2] = [0x1_0000, 0x2_0000];

fn development_key() -> EcdsaKeyPair {
    let lines = DEVELOPMENT_KEY.lines().filter(|line| !line.starts_with('-'));
    let der = STANDARD.decode(lines.collect::<String>()).expect("PEM");
    let random = SystemRandom::new();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random).expect("a key")
}

fn another_key() -> EcdsaKeyPair {
    let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let der = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
    EcdsaKeyPair::from_pkcs8(algorithm, der.as_ref(), &random).expect("the key")
}

/// An image as a package holds it, built for the key that signs it.
fn signed(board: &str, slot: u32, major: u16, security_version: u8, key: &EcdsaKeyPair) -> Vec<u8> {
    image_with(
        key.public_key().as_ref(),
        board,
        slot,
        (major, security_version),
        key,
    )
}

/// The same, built for the key with this point.
fn image_with(
    point: &[u8],
    board: &str,
    slot: u32,
    (major, security_version): (u16, u8),
    key: &EcdsaKeyPair,
) -> Vec<u8> {
    let code = (0..).map(|at: u32| (at * u32::from(major) + slot / 7) as u8);
    let image: Vec<u8> = point.iter().copied().chain(code).take(10_000).collect();
    let manifest = Manifest {
        board: BoardName::new(board).expect("a name"),
        slot: SlotAddress::new(slot).expect("an address"),
        len: image.len() as u32,
        version: Version {
            major,
            minor: 1,
            patch: 0,
        },
        security_version,
        digest: Sha256::digest(&image).into(),
        signer: Signer(Sha256::digest(key.public_key()).into()),
    };
    let signature = key.sign(&SystemRandom::new(), &manifest.encode());
    let signature = signature.expect("a signature").as_ref().try_into();
    let signature = signature.expect("64 bytes");
    [&Header { manifest, signature }.encode()[..], &image].concat()
}

fn package(major: u16, security_version: u8) -> Vec<u8> {
    let key = development_key();
    SLOTS
        .map(|slot| signed("simulator", slot, major, security_version, &key))
        .concat()
}

#[test]
fn a_device_runs_what_it_was_brought() {
    let desk = Desk::blank();
    let keyring = desk.json(&["device", "keyring", "create"])["keyring"].clone();
    let before = desk.json(&["device", "update"]);
    assert_eq!(
        (&before["runs"], &before["security_floor"]),
        (&().into(), &0.into())
    );
    desk.write("2.package", &package(2, 1));
    let after = desk.json(&["device", "update", "2.package"]);
    assert_eq!(
        (&after["runs"], &after["has_served"]),
        (&"2.1.0".into(), &true.into())
    );
    assert_ne!(after["free_slot"], before["free_slot"]);
    desk.write("3.package", &package(3, 1));
    let after = desk.json(&["device", "update", "3.package"]);
    assert_eq!(after["runs"], "3.1.0");
    assert_eq!(after["other_slot"], "2.1.0 (security version 1)");
    assert_eq!(after["security_floor"], 1);
    assert_eq!(desk.json(&["device", "update"]), after);
    let listed = desk.json(&["device", "keyring", "list"]).to_string();
    assert!(listed.contains(keyring.as_str().expect("an id")), "{listed}");
}

#[test]
fn a_device_starts_anew_when_it_is_told_to() {
    let desk = Desk::blank();
    let starts = |desk: &Desk| {
        desk.json(&["device", "info"])["starts"]
            .as_u64()
            .expect("a number")
    };
    // Each command starts a simulator; this one starts it twice.
    let before = starts(&desk);
    assert_eq!(desk.json(&["device", "restart"])["done"], "restarted");
    assert_eq!(starts(&desk), before + 3);
}

#[test]
fn a_restart_whose_answer_is_lost_is_one_all_the_same() {
    let desk = Desk::blank();
    let socket = desk.path("device");
    last_words::serve(&socket).expect("a socket");
    let address = format!("unix:{}", socket.display());
    desk.write("pin", b"correct horse");
    let ask = |words: &[&'static str]| {
        let arguments = [&["device", "--device", &address, "--pin-file", "pin"], words].concat();
        desk.json(&arguments)
    };
    ask(&["pair", "--yes"]);
    ask(&["init"]);
    assert_eq!(ask(&["restart"])["done"], "restarted");
}

#[test]
fn what_it_does_not_take_is_said_and_changes_nothing() {
    let desk = Desk::blank();
    let key = development_key();
    desk.write("now", &package(5, 7));
    desk.json(&["device", "update", "now"]);
    let before = desk.json(&["device", "update"]);
    let free = u32::from_str_radix(&before["free_slot"].as_str().expect("an address")[2..], 16);
    let free = free.expect("a number");
    let taken = SLOTS.into_iter().find(|slot| *slot != free).expect("the other");
    let good = package(6, 7);
    let mut altered = good.clone();
    altered[1500] ^= 1;
    altered[1500 + good.len() / 2] ^= 1;
    let mut signature = good.clone();
    signature[130] ^= 1;
    signature[130 + good.len() / 2] ^= 1;
    let built_for_another = image_with(
        another_key().public_key().as_ref(),
        "simulator",
        free,
        (6, 7),
        &key,
    );
    let refused: [(&[u8], &str); 11] = [
        (&built_for_another, "not built for the key"),
        (b"", "it is empty"),
        (b"no image", "ends within the image"),
        (&[0; 2000], "does not begin with CMIMAGE1"),
        (&good[..good.len() - 1], "ends within the image"),
        (
            &signed("pico2", free, 6, 7, &key),
            "is for the board pico2, this is a simulator",
        ),
        (
            &signed("simulator", free, 6, 7, &another_key()),
            "takes images of",
        ),
        (&signed("simulator", free, 6, 6, &key), "take a newer package"),
        (&signed("simulator", taken, 6, 7, &key), "no image for the slot"),
        (&signature, "its signature is not its signer's"),
        (&altered, "its bytes are not those that were signed"),
    ];
    for (bytes, why) in refused {
        desk.write("package", bytes);
        let (code, said) = desk.refusal(&["device", "update", "package"]);
        assert!(code != Some(0) && said.contains(why), "{why}: {said}");
        assert_eq!(desk.json(&["device", "update"]), before, "{why}");
    }
    desk.write("wrong", b"000000");
    desk.write("package", &good);
    let (_, said) = desk.refusal(&["device", "--pin-file", "wrong", "update", "package"]);
    assert!(
        said.contains("runs      5.1.0") && said.contains("installs  6.1.0"),
        "{said}"
    );
    assert!(said.contains("the officer PIN is wrong"), "{said}");
    assert_eq!(desk.json(&["device", "update", "package"])["runs"], "6.1.0");
}
