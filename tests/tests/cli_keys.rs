//! `casemate device key`, as a person uses it: on the simulator, with OpenSSL on the other side.

use casemate_tests::desk::Desk;
use casemate_tests::openssl::{OpenSsl, ecdsa_der};
use casemate_tests::program;
use std::process::Command;

#[test]
fn a_generated_key_signs_a_file() {
    let desk = Desk::new();
    let made = desk.key(&["generate", "--type", "p-256", "--usage", "sign", "--out", "key"]);
    assert_eq!(made["type"], "p-256");
    assert_eq!(made["origin"], "generated in the device");
    desk.key(&["public", "--key", "key", "--out", "public.pem"]);
    desk.write("message", b"attack at dawn");
    desk.key(&[
        "sign",
        "--key",
        "key",
        "--scheme",
        "ecdsa",
        "--in",
        "message",
        "--out",
        "signature",
    ]);
    let der = ecdsa_der(&desk.read("signature"));
    desk.write("signature.der", &der);
    let verified = Command::new("openssl")
        .args([
            "dgst",
            "-sha256",
            "-verify",
            "public.pem",
            "-signature",
            "signature.der",
            "message",
        ])
        .current_dir(desk.path(""))
        .output()
        .expect("openssl is installed");
    assert!(verified.status.success());
    let forbidden = ["decrypt", "--key", "key", "--in", "message", "--out", "out"];
    assert_eq!(desk.key_refusal(&forbidden), Some(4));
    let mut altered = desk.read("key");
    altered[60] ^= 1;
    desk.write("altered", &altered);
    assert_eq!(desk.key_refusal(&["public", "--key", "altered"]), Some(3));
}

/// A blob is a key's only copy, and the data directory holds files that nothing makes again.
#[test]
fn nothing_that_is_there_is_written_over() {
    let desk = Desk::new();
    let generate = |out| ["generate", "--type", "p-256", "--usage", "sign", "--out", out];
    desk.key(&generate("key"));
    desk.key(&["public", "--key", "key", "--out", "key.pem"]);
    desk.write("material", &[7; 32]);
    let import = [
        "import", "--type", "hmac", "--usage", "mac", "--in", "material", "--out",
    ];
    let sign = [
        "sign", "--key", "key", "--scheme", "ecdsa", "--in", "material", "--out",
    ];
    let attest = [
        "device",
        "attest",
        "--keyring",
        desk.keyring(),
        "--key",
        "key",
        "--out",
    ];
    for taken in ["key", "data/host-key"] {
        let before = desk.read(taken);
        let on_key = [
            &generate(taken)[..],
            &[&import[..], &[taken]].concat(),
            &[&sign[..], &[taken]].concat(),
            &["public", "--key", "key", "--out", taken],
        ]
        .map(|rest| [&["device", "key", "--keyring", desk.keyring()], rest].concat());
        for command in on_key.into_iter().chain([[&attest[..], &[taken]].concat()]) {
            let (code, said) = desk.refusal(&command);
            let why = format!("{taken} exists already; choose another name");
            assert!(code == Some(1) && said.contains(&why), "{command:?}: {said}");
            assert_eq!(desk.read(taken), before, "{command:?}");
        }
    }
    desk.key(&["public", "--key", "key"]);
}

#[test]
fn an_rsa_key_is_made_and_wrapped_for_an_approved_recipient() {
    let desk = Desk::new();
    let openssl = OpenSsl::default();
    let (recipient, recipient_public) = openssl.rsa(2048);
    desk.write("recipient", &recipient_public);
    desk.key(&[
        "generate",
        "--type",
        "rsa-2048",
        "--distributable",
        "--out",
        "key",
    ]);
    let wrap = [
        "wrap",
        "--key",
        "key",
        "--scheme",
        "rsa-aes",
        "--recipient",
        "recipient",
        "--out",
        "wrapped",
    ];
    assert_eq!(desk.key_refusal(&wrap), Some(4), "nothing leaves a new device");
    let rules = desk.json(&["device", "key", "policy", "approved", "--recipient", "recipient"]);
    assert_eq!(
        (&rules["policy"], &rules["exports"]),
        (&"approved".into(), &0.into())
    );
    desk.key(&wrap);
    let wrapped = desk.read("wrapped");
    let (head, body) = wrapped.split_at(256);
    let secret = openssl
        .oaep_decrypt(&recipient, "sha256", head)
        .expect("the key between");
    let pkcs8 = openssl.kwp_unwrap(&secret, body).expect("the key");
    desk.key(&["public", "--key", "key", "--out", "public.pem"]);
    let pem = String::from_utf8(desk.read("public.pem")).expect("PEM");
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    desk.write("unwrapped", &pkcs8);
    desk.key(&[
        "import",
        "--type",
        "rsa-2048",
        "--usage",
        "sign",
        "--in",
        "unwrapped",
        "--out",
        "again",
    ]);
    desk.key(&["public", "--key", "again", "--out", "again.pem"]);
    assert_eq!(desk.read("again.pem"), desk.read("public.pem"));
    assert!(body.len() > 256);
    assert_eq!(desk.json(&["device", "key", "policy"])["exports"], 1);
}

#[test]
fn secret_keys_encrypt_decrypt_and_authenticate_files() {
    let desk = Desk::new();
    desk.write("message", b"attack at dawn");
    let (aes, hmac) = (("aes-256", "encrypt,decrypt", "aes"), ("hmac", "mac", "hmac"));
    for (kind, usage, name) in [aes, hmac] {
        desk.write("material", &[7; 32]);
        desk.key(&[
            "import", "--type", kind, "--usage", usage, "--in", "material", "--out", name,
        ]);
    }
    let on = |what, key, input, out| desk.key(&[what, "--key", key, "--in", input, "--out", out]);
    on("encrypt", "aes", "message", "sealed");
    assert_eq!(desk.read("sealed").len(), 12 + 14 + 16);
    on("decrypt", "aes", "sealed", "again");
    assert_eq!(desk.read("again"), b"attack at dawn");
    on("mac", "hmac", "message", "code");
    let expected = OpenSsl::default().hmac(&[7; 32], b"attack at dawn");
    assert_eq!(desk.read("code"), expected);
    let encrypt = ["encrypt", "--key", "hmac", "--in", "message", "--out", "none"];
    assert_eq!(desk.key_refusal(&encrypt), Some(4));
    assert!(!desk.path("none").exists());
}

#[test]
fn what_makes_no_sense_is_refused_before_the_device_is_asked() {
    let desk = Desk::new();
    desk.write("noise", &[7; 300]);
    let policy = |more: &[&str]| desk.refusal(&[&["device", "key", "policy"], more].concat());
    for (arguments, why) in [
        (
            &["approved", "--recipient", "noise"][..],
            "noise: this is no RSA public key",
        ),
        (&["approved"], "say who is approved"),
        (&["any", "--recipient", "noise"], "goes with `approved` alone"),
    ] {
        let (code, said) = policy(arguments);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(why), "{said}");
    }
    let before = desk.json(&["device", "key", "policy"]);
    assert_eq!(before["policy"], "never");
    let useless = ["generate", "--type", "p-256", "--out", "key"];
    assert_eq!(desk.key_refusal(&useless), Some(1));
    assert!(!desk.path("key").exists());
}

/// A key that travels to this device: wrapped by OpenSSL for a transport key that the device holds.
#[test]
fn a_wrapped_key_is_brought_in() {
    let desk = Desk::new();
    desk.key(&[
        "generate",
        "--type",
        "rsa-2048",
        "--usage",
        "unwrap",
        "--out",
        "transport",
    ]);
    desk.key(&["public", "--key", "transport", "--out", "transport.pem"]);
    desk.write("secret", &[7; 32]);
    let wrapped = Command::new("openssl")
        .args([
            "pkeyutl",
            "-encrypt",
            "-pubin",
            "-inkey",
            "transport.pem",
            "-in",
            "secret",
            "-out",
            "wrapped",
        ])
        .args([
            "-pkeyopt",
            "rsa_padding_mode:oaep",
            "-pkeyopt",
            "rsa_oaep_md:sha256",
        ])
        .current_dir(desk.path(""))
        .output()
        .expect("openssl is installed");
    assert!(wrapped.status.success(), "{wrapped:?}");
    let unwrap = |wrapped, out| {
        [
            "unwrap",
            "--transport",
            "transport",
            "--scheme",
            "oaep",
            "--type",
            "aes-256",
            "--usage",
            "encrypt",
            "--in",
            wrapped,
            "--out",
            out,
        ]
    };
    let made = desk.key(&unwrap("wrapped", "key"));
    assert_eq!(made["origin"], "imported");
    assert_eq!(
        desk.key_refusal(&unwrap("secret", "none")),
        Some(3),
        "what was not wrapped"
    );
}

#[test]
fn types_are_listed_without_a_device() {
    let directory = tempfile::tempdir().expect("a directory");
    let output = Command::new(program::casemate().expect("the program"))
        .args(["device", "--device", "tcp:127.0.0.1:1", "key", "list-types"])
        .current_dir(directory.path())
        .output()
        .expect("it runs");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success());
    for name in ["aes-256", "rsa-4096", "p-521", "mac"] {
        assert!(said.contains(name), "{said}");
    }
}
