//! `casemate image` with a key that lives in a device, and OpenSSL on the other side.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casemate_tests::desk::Desk;
use casemate_tests::elf;
use casemate_tests::openssl::ecdsa_der;
use std::process::Command;

/// Slot A of the B-U585I-IOT02A, behind the header.
const ADDRESS: u32 = 0x0801_0400;

/// An image that has this public key in it, a SubjectPublicKeyInfo in PEM: its last 65 bytes are the point.
fn built_for(pem: &[u8]) -> Vec<u8> {
    let pem = str::from_utf8(pem).expect("PEM is text");
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    let spki = STANDARD.decode(lines.collect::<String>()).expect("base64");
    [&[7; 1000], &spki[spki.len() - 65..]].concat()
}

fn elf(bytes: &[u8]) -> Vec<u8> {
    elf::loading(ADDRESS, bytes)
}

#[test]
fn a_key_in_a_device_signs_images() {
    let desk = Desk::new();
    desk.key(&["generate", "--type", "p-256", "--usage", "sign", "--out", "key"]);
    desk.key(&["public", "--key", "key", "--out", "public.pem"]);
    desk.write("a.elf", &elf(&[7; 1000]));
    desk.write("built.elf", &elf(&built_for(&desk.read("public.pem"))));
    let sign = [
        "image",
        "sign",
        "--board",
        "b-u585i",
        "--version",
        "1.2.3",
        "--device",
        "sim:",
        "--keyring",
        desk.keyring(),
        "--blob",
        "key",
        "--out",
        "package",
    ];
    let (code, said) = desk.refusal(&[&sign[..], &["a.elf"]].concat());
    assert_eq!(code, Some(1));
    assert!(said.contains("CASEMATE_IMAGE_KEY"), "{said}");
    let said = desk.text(&[&sign[..], &["built.elf"]].concat());
    assert!(said.contains("1.2.3") && said.contains("valid"), "{said}");

    let shown = desk.json(&["image", "show", "package", "--key", "public.pem"]);
    assert_eq!(shown[0]["signature"], "valid");
    assert_eq!(shown[0]["board"], "b-u585i-iot02a");

    let package = desk.read("package");
    desk.write("signed", &package[..128]);
    desk.write("signature", &ecdsa_der(&package[128..192]));
    let verified = Command::new("openssl")
        .args([
            "dgst",
            "-sha256",
            "-verify",
            "public.pem",
            "-signature",
            "signature",
            "signed",
        ])
        .current_dir(desk.path(""))
        .output()
        .expect("openssl is installed");
    assert!(verified.status.success());
}

#[test]
fn who_does_not_say_who_signs_is_told_how() {
    let desk = Desk::blank();
    desk.write("a.elf", &elf(&[7; 1000]));
    let (code, said) = desk.refusal(&["image", "sign", "--board", "b-u585i", "--out", "package", "a.elf"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("--key FILE, or --device"), "{said}");
}
