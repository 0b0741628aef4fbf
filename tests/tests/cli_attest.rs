//! Attestation from the command line: two simulators, a verifier who has no device, and everything that can be wrong.

use casemate_tests::desk::Desk;

const CHALLENGE: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A desk with a P-256 key that is attested in the file `attestation`, and the device's identity key.
fn attested() -> (Desk, String) {
    let desk = Desk::new();
    desk.key(&["generate", "--type", "p-256", "--usage", "sign", "--out", "key"]);
    desk.key(&["public", "--key", "key", "--out", "key.pem"]);
    attest(&desk, "key", "attestation");
    let info = desk.json(&["device", "info"]);
    let key = info["signing_key"].as_str().expect("a key").to_owned();
    (desk, key)
}

fn attest(desk: &Desk, key: &str, out: &str) -> serde_json::Value {
    desk.json(&[
        "device",
        "attest",
        "--keyring",
        desk.keyring(),
        "--key",
        key,
        "--challenge",
        CHALLENGE,
        "--out",
        out,
    ])
}

fn verify<'a>(file: &'a str, key: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&["verify-attestation", file, "--key", key], rest].concat()
}

#[test]
fn a_generated_key_is_attested() {
    let (desk, key) = attested();
    let strict = [
        "--challenge",
        CHALLENGE,
        "--public-key",
        "key.pem",
        "--out",
        "attested.pem",
    ];
    let verified = desk.json(&verify("attestation", &key, &strict));
    assert_eq!(verified["origin"], "generated in the device");
    assert_eq!(
        (&verified["type"], &verified["fresh"]),
        (&"p-256".into(), &true.into())
    );
    assert_eq!(verified["device"], desk.json(&["device", "info"])["device_id"]);
    assert_eq!(desk.read("attested.pem"), desk.read("key.pem"));
    let table = desk.text(&verify("attestation", &key, &[]));
    assert!(table.contains("generated in the device"), "{table}");
}

/// The statement says of an imported key that it is one, and of a secret key what it can without a public key.
#[test]
fn other_keys_are_attested_as_what_they_are() {
    let (desk, key) = attested();
    desk.write("secret", &[7; 32]);
    desk.key(&[
        "import", "--type", "aes-256", "--usage", "mac", "--in", "secret", "--out", "coder",
    ]);
    let shown = attest(&desk, "coder", "of-coder");
    assert_eq!(
        (&shown["origin"], &shown["signing_key"]),
        (&"imported".into(), &key.as_str().into())
    );
    let (code, said) = desk.refusal(&verify("of-coder", &key, &["--challenge", CHALLENGE]));
    assert!(
        code == Some(3) && said.contains("did not come into being"),
        "{said}"
    );
    let verified = desk.json(&verify(
        "of-coder",
        &key,
        &["--imported", "--challenge", CHALLENGE],
    ));
    assert_eq!(
        (&verified["origin"], &verified["id"]),
        (&"imported".into(), &shown["id"])
    );
}

#[test]
fn what_is_wrong_is_refused_with_a_sentence_that_says_which() {
    let (desk, key) = attested();
    let (other, other_key) = attested();
    let refused = |arguments: &[&str], why: &str| {
        let (code, said) = desk.refusal(arguments);
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains(why), "{said}");
    };
    let old = "ff".repeat(32);
    refused(
        &verify("attestation", &key, &["--challenge", &old]),
        "another challenge",
    );
    refused(&verify("attestation", &other_key, &[]), "another device");
    desk.write("foreign", &other.read("attestation"));
    refused(&verify("foreign", &key, &[]), "another device");
    desk.write("other.pem", &other.read("key.pem"));
    refused(
        &verify("attestation", &key, &["--public-key", "other.pem"]),
        "another key",
    );
    let text = String::from_utf8(desk.read("attestation")).expect("text");
    for (field, why) in [
        ("statement", "altered"),
        ("signature", "altered"),
        ("public_key", "exchanged"),
    ] {
        desk.write("forged", flipped(&text, field).as_bytes());
        refused(&verify("forged", &key, &[]), why);
    }
}

/// Who gives the public key in the place of the blob, or the other way round, is told which file that was.
#[test]
fn a_file_that_is_no_key_of_the_kind_is_named() {
    let (desk, key) = attested();
    let (code, said) = desk.refusal(&verify("attestation", &key, &["--public-key", "key"]));
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("key: this is no public key in PEM or DER"),
        "{said}"
    );
    desk.write("empty", b"");
    desk.write("material", &[7; 32]);
    for (file, why) in [
        ("key.pem", "key.pem: this is no key blob, but PEM; name what"),
        ("material", "material: this is no key blob; name what"),
        ("empty", "empty: this is no key blob; name what"),
    ] {
        let keyring = ["--keyring", desk.keyring(), "--key", file];
        let wrap = ["--scheme", "oaep", "--recipient", "key.pem", "--out", "never"];
        let sign = ["--scheme", "ecdsa", "--in", "key", "--out", "never"];
        for command in [
            [&["device", "attest"], &keyring[..], &["--out", "never"]].concat(),
            [&["device", "key", "public"], &keyring[..]].concat(),
            [&["device", "key", "sign"], &keyring[..], &sign].concat(),
            [&["device", "key", "wrap"], &keyring[..], &wrap].concat(),
        ] {
            let (code, said) = desk.refusal(&command);
            assert!(code == Some(1) && said.contains(why), "{command:?}: {said}");
        }
    }
    assert!(!desk.path("never").exists());
}

/// What a key is wrapped for is told apart as well: a blob for kwp, a public key for RSA.
#[test]
fn a_recipient_of_the_wrong_kind_is_named() {
    let (desk, _) = attested();
    for (scheme, file, why) in [
        ("kwp", "key.pem", "key.pem: this is no key blob, but PEM"),
        ("oaep", "key", "key: this is no public key in PEM or DER"),
        ("rsa-aes", "key", "key: this is no public key in PEM or DER"),
    ] {
        let keyring = ["device", "key", "wrap", "--keyring", desk.keyring()];
        let rest = [
            "--key",
            "key",
            "--scheme",
            scheme,
            "--recipient",
            file,
            "--out",
            "never",
        ];
        let (code, said) = desk.refusal(&[&keyring[..], &rest].concat());
        assert!(code == Some(1) && said.contains(why), "{scheme}: {said}");
    }
}

/// One bit of a field turned over.
fn flipped(document: &str, field: &str) -> String {
    let mut document: serde_json::Value = serde_json::from_str(document).expect("JSON");
    let mut bytes = hex::decode(document[field].as_str().expect("hex")).expect("hex");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    document[field] = hex::encode(bytes).into();
    document.to_string()
}

/// A blob that does not authenticate is attested by nobody.
#[test]
fn a_forged_blob_is_not_attested() {
    let (desk, _) = attested();
    let mut blob = desk.read("key");
    blob[39] = 2;
    desk.write("forged", &blob);
    let attest = [
        "device",
        "attest",
        "--keyring",
        desk.keyring(),
        "--key",
        "forged",
        "--out",
        "never",
    ];
    assert_eq!(desk.refusal(&attest).0, Some(3));
    assert!(!desk.path("never").exists());
}

/// The key that signs statements signs the log as well.
#[test]
fn the_log_is_verified_by_the_same_key() {
    let (desk, key) = attested();
    let (_, other_key) = attested();
    let data = desk.path("data").display().to_string();
    let pulled = desk.json(&["audit", "pull", "log", "--data", &data, "--challenge", CHALLENGE]);
    let report = desk.json(&["audit", "verify", "log", "--key", &key, "--challenge", CHALLENGE]);
    assert_eq!(report["key_is_trusted"], true);
    assert_eq!(report["last"], pulled["last"]);
    let (code, said) = desk.refusal(&["audit", "verify", "log", "--key", &other_key]);
    assert_eq!(code, Some(3), "{said}");
    desk.write("log", b"no log");
    assert_eq!(desk.refusal(&["audit", "verify", "log"]).0, Some(1));
}
