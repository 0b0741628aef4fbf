//! Certificates made with OpenSSL for these tests alone.

use super::{BadCertificate, Bundle};
use crate::engine::clock::Time;

const LEAF: &str = include_str!("testdata/leaf.pem");
const ROOT: &str = include_str!("testdata/root.pem");
const KEY: &str = include_str!("testdata/key.pem");

fn now() -> Time {
    Time::parse("2027-01-01T00:00:00Z").unwrap()
}

fn check(
    certificate: &str,
    key: Option<&str>,
    chain: Option<&str>,
) -> Result<super::Certificate, BadCertificate> {
    let bundle = Bundle {
        certificate,
        private_key: key,
        intermediate: chain,
    };
    bundle.check(now())
}

#[test]
fn a_certificate_says_what_ibm_shows() {
    let facts = check(LEAF, Some(KEY), Some(ROOT)).unwrap();
    assert_eq!(facts.common_name, "example.com");
    assert_eq!(facts.issuer, "US Texas Austin Example Corp. Example Root");
    assert_eq!(facts.serial_number, "fc:22:29:7e:57:25:8a:05");
    assert_eq!(
        (facts.algorithm.as_str(), facts.key_algorithm.as_str()),
        ("RSA", "SHA256-RSA")
    );
    assert_eq!(facts.alt_names, ["example.com", "www.example.com"]);
    assert!(facts.private_key_included && facts.intermediate_included);
    let alone = check(LEAF, None, None).unwrap();
    assert!(!alone.private_key_included && !alone.intermediate_included);
}

#[test]
fn keys_of_every_kind_and_form_match() {
    for (certificate, key, algorithm) in [
        (LEAF, KEY, "RSA"),
        (LEAF, include_str!("testdata/key-pkcs1.pem"), "RSA"),
        (
            include_str!("testdata/ec.pem"),
            include_str!("testdata/ec-key.pem"),
            "ECDSA",
        ),
        (
            include_str!("testdata/ec.pem"),
            include_str!("testdata/ec-key-pkcs8.pem"),
            "ECDSA",
        ),
        (
            include_str!("testdata/p384.pem"),
            include_str!("testdata/p384-key.pem"),
            "ECDSA",
        ),
        (
            include_str!("testdata/p521.pem"),
            include_str!("testdata/p521-key.pem"),
            "ECDSA",
        ),
        (
            include_str!("testdata/ed.pem"),
            include_str!("testdata/ed-key.pem"),
            "Ed25519",
        ),
    ] {
        let facts = check(certificate, Some(key), None);
        assert_eq!(facts.map(|facts| facts.algorithm), Ok(algorithm.into()), "{key}");
        for other in [
            LEAF,
            include_str!("testdata/ec.pem"),
            include_str!("testdata/ed.pem"),
        ] {
            let matches = check(other, Some(key), None).is_ok();
            assert_eq!(matches, other == certificate, "{key}");
        }
    }
}

#[test]
fn what_does_not_belong_is_refused() {
    let encrypted = include_str!("testdata/encrypted-key.pem");
    let ec = include_str!("testdata/ec.pem");
    let two = format!("{LEAF}{ROOT}");
    for (certificate, key, chain, why) in [
        ("nonsense", None, None, BadCertificate::NoCertificate),
        ("", None, None, BadCertificate::NoCertificate),
        (KEY, None, None, BadCertificate::NoCertificate),
        (two.as_str(), None, None, BadCertificate::NoCertificate),
        (LEAF, Some(encrypted), None, BadCertificate::Encrypted),
        (LEAF, Some(LEAF), None, BadCertificate::NoKey),
        (LEAF, Some("x"), None, BadCertificate::NoKey),
        (ROOT, Some(KEY), None, BadCertificate::KeyMismatch),
        (LEAF, None, Some(ec), BadCertificate::Chain),
        (LEAF, None, Some(LEAF), BadCertificate::Chain),
        (LEAF, None, Some(KEY), BadCertificate::NoIntermediate),
        (
            include_str!("testdata/expired.pem"),
            None,
            None,
            BadCertificate::Dates,
        ),
    ] {
        assert_eq!(check(certificate, key, chain), Err(why));
    }
}

#[test]
fn every_cut_of_a_key_is_refused_and_none_panics() {
    let lines: Vec<&str> = KEY.lines().collect();
    for kept in 1..lines.len() - 1 {
        let cut = [&lines[..kept], &["-----END PRIVATE KEY-----"]]
            .concat()
            .join("\n");
        assert!(check(LEAF, Some(&cut), None).is_err(), "{kept} lines");
    }
}
