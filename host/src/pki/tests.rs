use super::*;
use crate::engine::collection::CollectionId;
use crate::engine::span::Span;
use crate::engine::testing::Bench;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384};
use std::sync::Arc;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{GeneralName, ParsedExtension};

const DAY: i64 = 24 * 3600;

fn authority(bench: &Bench) -> Authority {
    Authority::open(bench.engine.clone(), bench.store.clone()).unwrap()
}

fn csr() -> String {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let request = CertificateParams::default().serialize_request(&key).unwrap();
    request.pem().unwrap()
}

fn new(holder: Holder) -> NewCertificate {
    NewCertificate {
        name: "ada".parse().unwrap(),
        holder,
        policies: Vec::new(),
        lifetime: Span::from_secs(DAY),
        request: csr(),
    }
}

#[tokio::test]
async fn what_is_issued_verifies_and_says_what_it_is_for() {
    let bench = Bench::new().await;
    let authority = authority(&bench);
    let domain = bench.collection.id();
    let (issued, pem) = authority
        .issue(new(Holder::Okms(Scope::Domain(domain))))
        .await
        .unwrap();
    let (_, root) = parse_x509_pem(authority.certificate().await.unwrap().as_bytes()).unwrap();
    let (_, leaf) = parse_x509_pem(pem.as_bytes()).unwrap();
    let (root, leaf) = (root.parse_x509().unwrap(), leaf.parse_x509().unwrap());
    root.verify_signature(None).unwrap();
    leaf.verify_signature(Some(root.public_key())).unwrap();
    assert!(root.is_ca() && !leaf.is_ca());
    assert_eq!(leaf.subject().to_string(), "O=Casemate, CN=ada");
    assert_eq!(leaf.raw_serial(), issued.serial.as_bytes());
    let usage = leaf.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.client_auth && !usage.server_auth);
    let names = leaf.subject_alternative_name().unwrap().unwrap();
    assert!(names.critical);
    let [GeneralName::OtherName(oid, value)] = &names.value.general_names[..] else {
        panic!("{names:?}");
    };
    assert_eq!(oid.to_id_string(), "1.3.6.1.4.1.311.20.2.3");
    assert!(value.ends_with(format!("okms.domain:{domain}").as_bytes()));
}

#[tokio::test]
async fn a_host_is_told_by_its_unit_and_a_user_has_none() {
    let bench = Bench::new().await;
    let authority = authority(&bench);
    for (holder, subject) in [
        (Holder::Host, "O=Casemate, OU=Hosts, CN=ada"),
        (Holder::User, "O=Casemate, CN=ada"),
    ] {
        let (_, pem) = authority.issue(new(holder)).await.unwrap();
        let (_, pem) = parse_x509_pem(pem.as_bytes()).unwrap();
        let leaf = pem.parse_x509().unwrap();
        assert_eq!(leaf.subject().to_string(), subject);
        let is_name =
            |extension: &ParsedExtension<'_>| matches!(extension, ParsedExtension::SubjectAlternativeName(_));
        let extensions = leaf.extensions().iter();
        assert!(
            !extensions
                .map(|extension| extension.parsed_extension())
                .any(is_name)
        );
    }
}

#[tokio::test]
async fn requests_that_prove_nothing_are_refused() {
    let bench = Bench::new().await;
    let authority = authority(&bench);
    let mut broken = pem::parse(&csr());
    let last = broken.len() - 1;
    broken[last] ^= 1;
    let p384 = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let p384 = CertificateParams::default().serialize_request(&p384).unwrap();
    for (request, why) in [
        (String::new(), "is not PEM"),
        (pem::text(b"nothing"), "is not PKCS#10"),
        (pem::text(&broken), "is not signed with its own key"),
        (p384.pem().unwrap(), "P-256 or an RSA key"),
        ("x".repeat(17_000), "longer than 16 KiB"),
    ] {
        let refused = authority
            .issue(NewCertificate {
                request,
                ..new(Holder::User)
            })
            .await;
        let error = refused.unwrap_err().to_string();
        assert!(error.contains(why), "{error} is not {why}");
    }
    assert!(authority.all().is_empty());
}

#[tokio::test]
async fn lifetimes_and_domains_are_checked() {
    let bench = Bench::new().await;
    let authority = authority(&bench);
    for seconds in [-1, 0, 3651 * DAY] {
        let lifetime = Span::from_secs(seconds);
        let refused = authority
            .issue(NewCertificate {
                lifetime,
                ..new(Holder::User)
            })
            .await;
        assert!(matches!(refused, Err(PkiError::Invalid(_))), "{seconds}");
    }
    let nowhere: CollectionId = "6a1b3bc0-0000-4000-8000-000000000000".parse().unwrap();
    let refused = authority.issue(new(Holder::Okms(Scope::Domain(nowhere)))).await;
    assert!(matches!(refused, Err(PkiError::Invalid(_))));
}

#[tokio::test]
async fn a_restart_finds_the_authority_and_what_it_issued() {
    let bench = Bench::new().await;
    let first = authority(&bench);
    let (issued, _) = first.issue(new(Holder::User)).await.unwrap();
    let (other, _) = first.issue(new(Holder::Host)).await.unwrap();
    first.revoke(issued.serial).await.unwrap();
    let second = authority(&bench);
    assert_eq!(
        first.certificate().await.unwrap(),
        second.certificate().await.unwrap()
    );
    assert_eq!(second.all().len(), 2);
    assert!(!second.find(issued.serial).unwrap().counts());
    assert!(second.find(other.serial).unwrap().counts());
    let unknown = Serial::from_bytes(&[1; 16]).unwrap();
    assert!(matches!(second.revoke(unknown).await, Err(PkiError::NotFound)));
}

#[tokio::test]
async fn many_who_ask_first_get_one_authority() {
    let bench = Bench::new().await;
    let authority = Arc::new(authority(&bench));
    let ask = |authority: Arc<Authority>| tokio::spawn(async move { authority.certificate().await.unwrap() });
    let asked: Vec<_> = (0..8).map(|_| ask(authority.clone())).collect();
    let mut answers = Vec::new();
    for one in asked {
        answers.push(one.await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[test]
fn names_and_scopes_are_checked() {
    for good in ["a", "ada@example.com", "Ada Lovelace", &"x".repeat(64)] {
        assert!(good.parse::<HolderName>().is_ok(), "{good}");
    }
    for bad in ["", " a", "a,OU=Hosts", "a+b", "a=b", "ä", "a\n", &"x".repeat(65)] {
        assert!(bad.parse::<HolderName>().is_err(), "{bad}");
    }
    assert_eq!("*".parse::<Scope>(), Ok(Scope::All));
    assert_eq!("okms.domain:*".parse::<Scope>(), Ok(Scope::All));
    assert!("okms.domain:x".parse::<Scope>().is_err());
    for good in ["vault.example.com", "127.0.0.1", "::1", "localhost"] {
        assert!(good.parse::<ServerName>().is_ok(), "{good}");
    }
    for bad in ["", "a b", "a..b", "-.*", &"a.".repeat(200)] {
        assert!(bad.parse::<ServerName>().is_err(), "{bad}");
    }
}

mod pem {
    use x509_cert::der::pem::{LineEnding, decode_vec, encode_string};

    pub(super) fn parse(text: &str) -> Vec<u8> {
        decode_vec(text.replace('\r', "").as_bytes()).unwrap().1
    }

    pub(super) fn text(der: &[u8]) -> String {
        encode_string("CERTIFICATE REQUEST", LineEnding::LF, der).unwrap()
    }
}
