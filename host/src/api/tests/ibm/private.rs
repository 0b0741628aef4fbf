//! Private authorities, their templates and their certificates.

use super::{Ibm, assert_alike};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use x509_parser::extensions::ParsedExtension;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{FromDer, GeneralName};
use x509_parser::revocation_list::CertificateRevocationList;

const CONFIG: &str = "ibmcloud/private_cert/config";
const ROOTS: &str = "root_certificate_authorities";
const INTERMEDIATES: &str = "intermediate_certificate_authorities";
const TEMPLATES: &str = "certificate_templates";

impl Ibm {
    async fn put_config(&self, collection: &str, name: &str, config: Value, status: u16) -> Value {
        let types = [
            (ROOTS, "root_certificate_authority"),
            (INTERMEDIATES, "intermediate_certificate_authority"),
            (TEMPLATES, "certificate_template"),
        ];
        let (_, type_name) = types.into_iter().find(|(known, _)| *known == collection).unwrap();
        let body = json!({"name": name, "type": type_name, "config": config});
        self.check("POST", &format!("{CONFIG}/{collection}"), &body, status)
            .await
    }

    /// A root, and an intermediate and a template below it.
    async fn hierarchy(&self) {
        let root = json!({
            "max_ttl": "43830h", "common_name": "Root", "key_type": "ec",
            "crl_distribution_points_encoded": true, "issuing_certificates_urls_encoded": true,
        });
        self.put_config(ROOTS, "root", root, 200).await;
        let intermediate = json!({
            "max_ttl": "26300h", "common_name": "Intermediate", "key_type": "ec",
            "signing_method": "internal", "issuer": "root",
            "crl_distribution_points_encoded": true, "issuing_certificates_urls_encoded": true,
        });
        self.put_config(INTERMEDIATES, "intermediate", intermediate, 200)
            .await;
        self.template("template", json!({"allow_any_name": true, "max_ttl": "8760h"}))
            .await;
    }

    async fn template(&self, name: &str, settings: Value) {
        let mut config = json!({"certificate_authority": "intermediate", "key_type": "ec"});
        config
            .as_object_mut()
            .unwrap()
            .extend(settings.as_object().unwrap().clone());
        self.put_config(TEMPLATES, name, config, 200).await;
    }

    async fn certificate(&self, name: &str, more: Value) -> Value {
        let mut body =
            json!({"name": name, "certificate_template": "template", "common_name": "www.example.com"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.check("POST", "ibmcloud/private_cert/secrets", &body, 200)
            .await
    }

    async fn published(&self, what: &str) -> (u16, Vec<u8>) {
        let path = format!("/v1/{CONFIG}/certificate_authorities/{what}");
        let answer = self.fixture.ask_with("GET", &path, "", &[]).await;
        (answer.status, answer.bytes.to_vec())
    }

    /// The serial numbers in an authority's revocation list.
    async fn revoked(&self, authority: &str) -> Vec<String> {
        let (status, der) = self.published(&format!("{authority}/crl")).await;
        assert_eq!(status, 200);
        let (_, list) = CertificateRevocationList::from_der(&der).unwrap();
        let revoked = list.iter_revoked_certificates();
        revoked.map(|entry| entry.raw_serial_as_string()).collect()
    }

    async fn refused(&self, method: &str, path: &str, body: &Value, why: &str) {
        let answer = self.ask(method, path, body).await;
        let text = answer.body["errors"][0].as_str().unwrap_or_default();
        assert!(
            answer.status == 400 && text.contains(why),
            "{method} {path} {body}: {answer:?}"
        );
    }
}

/// Checks the chain of a certificate by signatures and names, the root last; answers how many it has.
fn verify(data: &Value) -> usize {
    let mut chain = vec![data["certificate"].as_str().unwrap()];
    chain.extend(
        data["ca_chain"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pem| pem.as_str().unwrap()),
    );
    let pems: Vec<_> = chain
        .iter()
        .map(|pem| parse_x509_pem(pem.as_bytes()).unwrap().1)
        .collect();
    let certificates: Vec<_> = pems.iter().map(|pem| pem.parse_x509().unwrap()).collect();
    for pair in certificates.windows(2) {
        pair[0].verify_signature(Some(pair[1].public_key())).unwrap();
        assert_eq!(pair[0].issuer().as_raw(), pair[1].subject().as_raw());
    }
    certificates.last().unwrap().verify_signature(None).unwrap();
    certificates.len()
}

#[tokio::test]
async fn from_a_root_to_a_certificate() {
    let ibm = Ibm::new().await;
    ibm.hierarchy().await;
    let root = ibm
        .check("GET", &format!("{CONFIG}/{ROOTS}/root"), &Value::Null, 200)
        .await;
    assert_alike(
        &root,
        &json!({
            "name": "root", "type": "root_certificate_authority",
            "config": {
                "common_name": "Root", "max_ttl": 157_788_000, "ttl": 157_788_000, "crl_expiry": 259_200,
                "max_path_length": -1, "format": "pem", "private_key_format": "der", "status": "configured",
                "key_type": "ec", "key_bits": 256, "country": [], "expiration_date": "*",
                "data": {"certificate": "*", "issuing_ca": "*", "serial_number": "*"},
            },
        }),
    );
    let below = ibm
        .check(
            "GET",
            &format!("{CONFIG}/{INTERMEDIATES}/intermediate"),
            &Value::Null,
            200,
        )
        .await;
    assert_eq!(below["config"]["status"], "configured");
    assert!(
        below["config"]["data"]["csr"]
            .as_str()
            .unwrap()
            .contains("CERTIFICATE REQUEST")
    );
    assert!(below["config"]["data"].get("private_key").is_none());
    let made = ibm
        .certificate(
            "www",
            json!({"alt_names": "a.example.com,b.example.com", "ip_sans": "127.0.0.1"}),
        )
        .await;
    assert_alike(
        &made,
        &json!({
            "certificate_authority": "intermediate", "certificate_template": "template",
            "common_name": "www.example.com", "alt_names": ["www.example.com", "a.example.com", "b.example.com"],
            "algorithm": "ECDSA-SHA256", "key_algorithm": "EC256", "issuer": "Intermediate", "state": 1,
            "secret_type": "private_cert", "serial_number": "*", "rotation": {"auto_rotate": false},
            "validity": {"not_before": "*", "not_after": "*"},
            "secret_data": {"certificate": "*", "private_key": "*", "issuing_ca": "*"},
        }),
    );
    assert_eq!(verify(&made["secret_data"]), 3);
    let key = made["secret_data"]["private_key"].as_str().unwrap();
    assert!(key.starts_with("-----BEGIN EC PRIVATE KEY-----"), "{key}");
    let path = format!("ibmcloud/private_cert/secrets/{}", made["id"].as_str().unwrap());
    let read = ibm.check("GET", &path, &Value::Null, 200).await;
    assert_eq!(read["secret_data"], made["secret_data"]);
    let list = ibm
        .check("GET", &format!("{CONFIG}/{TEMPLATES}"), &Value::Null, 200)
        .await;
    assert_eq!(
        list,
        json!({TEMPLATES: [{"name": "template", "type": "certificate_template"}]})
    );
}

#[tokio::test]
async fn what_a_certificate_says() {
    let ibm = Ibm::new().await;
    ibm.hierarchy().await;
    let settings = json!({
        "allow_any_name": true, "server_flag": true, "client_flag": false, "ou": ["Unit"], "country": "DE",
        "ext_key_usage_oids": "1.3.6.1.5.5.7.3.17", "policy_identifiers": ["1.3.6.1.4.1.1.1"],
        "basic_constraints_valid_for_non_ca": true, "not_before_duration": "1h", "key_usage": "DigitalSignature",
        "allowed_uri_sans": ["spiffe://*"], "allowed_other_sans": "*",
    });
    ibm.template("template", settings).await;
    let more = json!({
        "uri_sans": "spiffe://x/y", "other_sans": "1.2.3.4:UTF8:text", "ttl": "12h", "private_key_format": "pkcs8",
    });
    let made = ibm.certificate("www", more).await;
    let (_, pem) = parse_x509_pem(made["secret_data"]["certificate"].as_str().unwrap().as_bytes()).unwrap();
    let certificate = pem.parse_x509().unwrap();
    assert_eq!(
        certificate.subject().to_string(),
        "C=DE, OU=Unit, CN=www.example.com"
    );
    assert_eq!(certificate.raw_serial().len(), 20);
    let now = ibm.fixture.bench.engine.now().as_nanos() / 1_000_000_000;
    assert_eq!(certificate.validity().not_before.timestamp(), now - 3600);
    assert_eq!(certificate.validity().not_after.timestamp(), now + 12 * 3600);
    let usage = certificate.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.server_auth && !usage.client_auth && usage.other.len() == 1);
    assert!(!certificate.basic_constraints().unwrap().unwrap().value.ca);
    let names = &certificate
        .subject_alternative_name()
        .unwrap()
        .unwrap()
        .value
        .general_names;
    assert!(
        names.contains(&GeneralName::URI("spiffe://x/y")) && names.len() == 3,
        "{names:?}"
    );
    let extensions: Vec<_> = certificate
        .extensions()
        .iter()
        .map(|found| found.parsed_extension())
        .collect();
    let url = format!("http://127.0.0.1:8200/v1/{CONFIG}/certificate_authorities/intermediate/crl");
    let points = extensions.iter().any(|found| match found {
        ParsedExtension::CRLDistributionPoints(points) => format!("{points:?}").contains(&url),
        _ => false,
    });
    assert!(points, "{extensions:?}");
    let has = |wanted: fn(&ParsedExtension<'_>) -> bool| extensions.iter().any(|found| wanted(found));
    assert!(has(|found| matches!(
        found,
        ParsedExtension::CertificatePolicies(_)
    )));
    assert!(has(|found| matches!(
        found,
        ParsedExtension::AuthorityInfoAccess(_)
    )));
    let key = made["secret_data"]["private_key"].as_str().unwrap();
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----"), "{key}");
}

#[tokio::test]
async fn serial_numbers_are_random_and_all_different() {
    let ibm = Ibm::new().await;
    ibm.hierarchy().await;
    let mut serials = BTreeSet::new();
    for index in 0..20 {
        let made = ibm.certificate(&format!("www-{index}"), json!({})).await;
        serials.insert(made["serial_number"].as_str().unwrap().to_owned());
    }
    assert_eq!(serials.len(), 20);
    // Of 20 bytes two bits are fixed; no byte is the same in all numbers.
    for byte in 0..20 {
        let seen: BTreeSet<_> = serials
            .iter()
            .map(|serial| &serial[byte * 3..byte * 3 + 2])
            .collect();
        assert!(seen.len() > 1, "byte {byte} of {serials:?}");
    }
}

#[tokio::test]
async fn a_revoked_certificate_is_in_the_list() {
    let ibm = Ibm::new().await;
    ibm.hierarchy().await;
    let made = ibm.certificate("www", json!({})).await;
    let path = format!("ibmcloud/private_cert/secrets/{}", made["id"].as_str().unwrap());
    assert_eq!(ibm.revoked("intermediate").await, [""; 0]);
    let revoked = ibm
        .check("POST", &format!("{path}/revoke"), &Value::Null, 200)
        .await;
    assert_eq!(
        (&revoked["state"], &revoked["state_description"]),
        (&json!(3), &json!("Deactivated"))
    );
    assert_eq!(revoked["revocation_time_rfc3339"], "2026-11-21T00:00:00Z");
    assert_eq!(
        ibm.revoked("intermediate").await,
        [made["serial_number"].as_str().unwrap()]
    );
    assert_eq!(ibm.revoked("root").await, [""; 0]);
    let again = ibm
        .check(
            "POST",
            &format!("{path}/versions/current/revoke"),
            &Value::Null,
            200,
        )
        .await;
    assert_eq!(again["revocation_time"], revoked["revocation_time"]);
    let rotated = ibm
        .check("POST", &format!("{path}/rotate"), &json!({}), 200)
        .await;
    assert_eq!(
        (&rotated["state"], &rotated["versions"][0]["state"]),
        (&json!(1), &json!(3))
    );
    assert_ne!(rotated["serial_number"], made["serial_number"]);
    assert_eq!(verify(&rotated["secret_data"]), 3);
}

#[tokio::test]
async fn a_locked_certificate_is_not_revoked() {
    let ibm = Ibm::new().await;
    ibm.hierarchy().await;
    let made = ibm.certificate("www", json!({})).await;
    let id = made["id"].as_str().unwrap();
    let locks = json!({"locks": [{"name": "a-lock"}]});
    ibm.check(
        "POST",
        &format!("ibmcloud/private_cert/locks/{id}/lock"),
        &locks,
        200,
    )
    .await;
    let revoke = format!("ibmcloud/private_cert/secrets/{id}/revoke");
    ibm.check("POST", &revoke, &Value::Null, 412).await;
    assert_eq!(ibm.revoked("intermediate").await, [""; 0]);
}

#[tokio::test]
async fn lists_are_made_anew_before_they_end_and_when_the_device_was_away() {
    let ibm = Ibm::as_root().await;
    ibm.hierarchy().await;
    let next_update = async || {
        let (_, der) = ibm.published("root/crl").await;
        let (_, list) = CertificateRevocationList::from_der(&der).unwrap();
        list.next_update().unwrap().timestamp()
    };
    let first = next_update().await;
    let bench = &ibm.fixture.bench;
    bench.clock.advance_secs(35 * 3600);
    bench.engine.run_due().await.unwrap();
    assert_eq!(next_update().await, first);
    bench.clock.advance_secs(2 * 3600);
    bench.engine.run_due().await.unwrap();
    assert_eq!(next_update().await, first + 37 * 3600);
    let made = ibm.certificate("www", json!({})).await;
    let path = format!(
        "ibmcloud/private_cert/secrets/{}/revoke",
        made["id"].as_str().unwrap()
    );
    bench.hsm.set_away(true);
    ibm.check("POST", &path, &Value::Null, 200).await;
    assert_eq!(ibm.revoked("intermediate").await, [""; 0]);
    bench.hsm.set_away(false);
    bench.engine.run_due().await.unwrap();
    assert_eq!(ibm.revoked("intermediate").await.len(), 1);
    let disabled = json!({"type": "root_certificate_authority", "config": {"crl_disable": true}});
    ibm.check("PUT", &format!("{CONFIG}/{ROOTS}/root"), &disabled, 200)
        .await;
    assert_eq!(ibm.published("root/crl").await.0, 404);
}

#[tokio::test]
async fn certificates_are_made_anew_on_schedule() {
    let ibm = Ibm::as_root().await;
    ibm.hierarchy().await;
    let rotation = json!({"rotation": {"auto_rotate": true, "interval": 10, "unit": "day"}, "ttl": "720h"});
    let made = ibm.certificate("www", rotation).await;
    assert_eq!(
        made["rotation"],
        json!({"auto_rotate": true, "interval": 10, "unit": "day"})
    );
    let path = format!("ibmcloud/private_cert/secrets/{}", made["id"].as_str().unwrap());
    let bench = &ibm.fixture.bench;
    bench.clock.advance_secs(9 * 86_400);
    bench.engine.run_due().await.unwrap();
    let same = ibm.check("GET", &path, &Value::Null, 200).await;
    assert_eq!(same["serial_number"], made["serial_number"]);
    bench.clock.advance_secs(86_400);
    bench.engine.run_due().await.unwrap();
    bench.engine.run_due().await.unwrap();
    let renewed = ibm.check("GET", &path, &Value::Null, 200).await;
    assert_eq!(
        (
            &renewed["versions_total"],
            &renewed["versions"][1]["auto_rotated"]
        ),
        (&json!(2), &json!(true))
    );
    assert_eq!(renewed["next_rotation_date"], "2026-12-11T00:00:00Z");
    assert_eq!(verify(&renewed["secret_data"]), 3);
    bench.clock.advance_secs(40 * 86_400);
    ibm.check("POST", &format!("{path}/rotate"), &json!({}), 400)
        .await;
    let over = ibm.check("GET", &path, &Value::Null, 200).await;
    assert_eq!((&over["state"], over.get("secret_data")), (&json!(5), None));
}

#[tokio::test]
async fn a_request_keeps_its_key() {
    let ibm = Ibm::new().await;
    ibm.hierarchy().await;
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let mut wanted = rcgen::CertificateParams::new(["csr.example.com".to_owned()]).unwrap();
    wanted
        .distinguished_name
        .push(rcgen::DnType::CommonName, "csr.example.com");
    let csr = wanted.serialize_request(&key).unwrap().pem().unwrap();
    ibm.fixture.bench.hsm.keep_keys(true);
    let made = ibm.certificate("www", json!({"csr": csr})).await;
    assert_eq!(
        (&made["common_name"], &made["alt_names"]),
        (&json!("csr.example.com"), &json!(["csr.example.com"]))
    );
    assert!(made["secret_data"].get("private_key").is_none());
    assert_eq!(verify(&made["secret_data"]), 3);
    let body = json!({"name": "www2", "certificate_template": "template", "common_name": "a.b"});
    ibm.refused("POST", "ibmcloud/private_cert/secrets", &body, "export policy")
        .await;
    let other = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let csr = wanted.serialize_request(&other).unwrap().pem().unwrap();
    let body = json!({"name": "www2", "certificate_template": "template", "csr": csr});
    ibm.refused("POST", "ibmcloud/private_cert/secrets", &body, "must be EC256")
        .await;
}

#[tokio::test]
async fn an_intermediate_that_somebody_else_signs() {
    let ibm = Ibm::new().await;
    ibm.hierarchy().await;
    let external = json!({"max_ttl": "26300h", "common_name": "External", "key_type": "ec", "signing_method": "external"});
    let made = ibm.put_config(INTERMEDIATES, "external", external, 200).await;
    assert_eq!(made["config"]["status"], "signed_certificate_required");
    let csr = made["config"]["data"]["csr"].clone();
    let signing = json!({"csr": csr, "use_csr_values": true, "ttl": "8760h"});
    let signed = ibm
        .check("POST", &format!("{CONFIG}/{ROOTS}/root/sign_csr"), &signing, 200)
        .await;
    let pem = |value: &Value| value.as_str().unwrap().to_owned();
    let data = &signed["config"]["data"];
    let chain = pem(&data["certificate"]) + &pem(&data["ca_chain"][0]);
    let path = format!("{CONFIG}/{INTERMEDIATES}/external/set_signed");
    let wrong = json!({"certificate": data["ca_chain"][0]});
    ibm.refused("POST", &path, &wrong, "another key").await;
    let set = ibm
        .check("POST", &path, &json!({"certificate": chain}), 200)
        .await;
    assert_eq!(set["config"]["status"], "certificate_template_required");
    ibm.template(
        "external-template",
        json!({"certificate_authority": "external", "allow_any_name": true}),
    )
    .await;
    let made = ibm
        .certificate("www", json!({"certificate_template": "external-template"}))
        .await;
    assert_eq!(verify(&made["secret_data"]), 3);
    let (_, all) = ibm.published("external/ca_chain").await;
    assert_eq!(String::from_utf8(all).unwrap(), chain);
    ibm.refused(
        "POST",
        &format!("{CONFIG}/{INTERMEDIATES}/intermediate/set_signed"),
        &json!({"certificate": chain}),
        "external",
    )
    .await;
}

#[tokio::test]
async fn a_revoked_intermediate_signs_nothing_any_more() {
    let ibm = Ibm::new().await;
    ibm.hierarchy().await;
    let path = format!("{CONFIG}/{INTERMEDIATES}/intermediate");
    let shown = ibm.check("GET", &path, &Value::Null, 200).await;
    let serial = &shown["config"]["data"]["serial_number"];
    ibm.refused(
        "POST",
        &format!("{path}/revoke"),
        &json!({"serial_number": "01:02"}),
        "serial_number",
    )
    .await;
    let revoked = ibm
        .check(
            "POST",
            &format!("{path}/revoke"),
            &json!({"serial_number": serial}),
            200,
        )
        .await;
    assert_eq!(revoked["config"]["status"], "revoked");
    assert!(revoked["config"]["data"]["revocation_time"].is_u64());
    assert_eq!(ibm.revoked("root").await, [serial.as_str().unwrap()]);
    let body = json!({"name": "www", "certificate_template": "template", "common_name": "a.b"});
    ibm.refused("POST", "ibmcloud/private_cert/secrets", &body, "revoked")
        .await;
    let again = json!({"intermediate_certificate_authority": "intermediate"});
    let signed = ibm
        .check(
            "POST",
            &format!("{CONFIG}/{ROOTS}/root/sign_intermediate"),
            &again,
            200,
        )
        .await;
    assert_ne!(&signed["config"]["data"]["serial_number"], serial);
    assert_eq!(verify(&ibm.certificate("www", json!({})).await["secret_data"]), 3);
}

#[tokio::test]
async fn path_length_and_domains_of_a_root_are_honoured() {
    let ibm = Ibm::new().await;
    let root = json!({
        "max_ttl": "43830h", "common_name": "Narrow", "key_type": "ec", "max_path_length": 1,
        "permitted_dns_domains": ["example.com"],
    });
    ibm.put_config(ROOTS, "narrow", root, 200).await;
    let below = |issuer: &str| json!({"max_ttl": "26300h", "common_name": "Below", "key_type": "ec", "signing_method": "internal", "issuer": issuer});
    ibm.put_config(INTERMEDIATES, "first", below("narrow"), 200).await;
    let body =
        json!({"name": "second", "type": "intermediate_certificate_authority", "config": below("first")});
    ibm.refused(
        "POST",
        &format!("{CONFIG}/{INTERMEDIATES}"),
        &body,
        "max_path_length",
    )
    .await;
    let config = json!({"certificate_authority": "first", "key_type": "ec", "allow_any_name": true});
    ibm.put_config(TEMPLATES, "template", config, 200).await;
    let body = json!({"name": "www", "certificate_template": "template", "common_name": "www.example.org"});
    ibm.refused(
        "POST",
        "ibmcloud/private_cert/secrets",
        &body,
        "outside of the domains",
    )
    .await;
    assert_eq!(verify(&ibm.certificate("www", json!({})).await["secret_data"]), 3);
    let longer = json!({"name": "xx", "certificate_template": "template", "common_name": "a.example.com", "ttl": "26301h"});
    ibm.refused(
        "POST",
        "ibmcloud/private_cert/secrets",
        &longer,
        "ttl must not be longer",
    )
    .await;
}

#[tokio::test]
async fn ten_configurations_and_none_that_is_in_use_goes() {
    let ibm = Ibm::new().await;
    ibm.hierarchy().await;
    for index in 1..10 {
        ibm.template(&format!("template-{index}"), json!({})).await;
    }
    let config = json!({"certificate_authority": "intermediate"});
    let body = json!({"name": "eleven", "type": "certificate_template", "config": config});
    ibm.refused(
        "POST",
        &format!("{CONFIG}/{TEMPLATES}"),
        &body,
        "10 configurations",
    )
    .await;
    ibm.check(
        "DELETE",
        &format!("{CONFIG}/{TEMPLATES}/template-9"),
        &Value::Null,
        204,
    )
    .await;
    ibm.check("POST", &format!("{CONFIG}/{TEMPLATES}"), &body, 200)
        .await;
    let made = ibm.certificate("www", json!({})).await;
    let (root, intermediate) = (
        format!("{CONFIG}/{ROOTS}/root"),
        format!("{CONFIG}/{INTERMEDIATES}/intermediate"),
    );
    ibm.refused("DELETE", &root, &Value::Null, "issuer of intermediate")
        .await;
    ibm.refused(
        "DELETE",
        &intermediate,
        &Value::Null,
        "in use by the certificate template",
    )
    .await;
    ibm.refused(
        "DELETE",
        &format!("{CONFIG}/{TEMPLATES}/template"),
        &Value::Null,
        "in use by the secret www",
    )
    .await;
    let secret = format!("ibmcloud/private_cert/secrets/{}", made["id"].as_str().unwrap());
    ibm.check("DELETE", &secret, &Value::Null, 200).await;
    let names = ibm
        .check("GET", &format!("{CONFIG}/{TEMPLATES}"), &Value::Null, 200)
        .await;
    for template in names[TEMPLATES].as_array().unwrap() {
        let path = format!("{CONFIG}/{TEMPLATES}/{}", template["name"].as_str().unwrap());
        ibm.check("DELETE", &path, &Value::Null, 204).await;
    }
    ibm.check("DELETE", &intermediate, &Value::Null, 204).await;
    ibm.check("DELETE", &root, &Value::Null, 204).await;
    ibm.check("DELETE", &root, &Value::Null, 404).await;
    assert_eq!(ibm.published("root/crl").await.0, 404);
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let ibm = Ibm::new().await;
    ibm.hierarchy().await;
    let roots = format!("{CONFIG}/{ROOTS}");
    let root = |config: Value| json!({"name": "new", "type": "root_certificate_authority", "config": config});
    for (body, why) in [
        (json!([]), "JSON"),
        (json!({"type": "root_certificate_authority"}), "'name'"),
        (json!({"name": "new"}), "'type'"),
        (json!({"name": "new", "type": "letsencrypt"}), "type"),
        (root(json!({"common_name": "x"})), "'max_ttl'"),
        (root(json!({"max_ttl": "1h"})), "'common_name'"),
        (root(json!({"max_ttl": "59m", "common_name": "x"})), "max_ttl"),
        (
            root(json!({"max_ttl": "1h", "ttl": "2h", "common_name": "x"})),
            "ttl",
        ),
        (
            root(json!({"max_ttl": "1h", "common_name": "x", "key_type": "ec", "key_bits": 224})),
            "key_bits",
        ),
        (
            root(json!({"max_ttl": "1h", "common_name": "x", "key_type": "ec", "country": ["Germany"]})),
            "country",
        ),
        (
            root(json!({"max_ttl": "1h", "common_name": "x", "crl_expiry": "1s"})),
            "crl_expiry",
        ),
        (
            root(json!({"max_ttl": "1h", "common_name": "x", "max_path_length": 256})),
            "max_path_length",
        ),
        (
            root(json!({"max_ttl": "1h", "common_name": "x", "format": "der"})),
            "format",
        ),
    ] {
        ibm.refused("POST", &roots, &body, why).await;
    }
    let answer = ibm.ask("POST", &format!("{CONFIG}/{INTERMEDIATES}"), &json!({
        "name": "root", "type": "intermediate_certificate_authority",
        "config": {"max_ttl": "1h", "common_name": "x", "key_type": "ec", "signing_method": "external"},
    })).await;
    assert_eq!(answer.status, 409, "{answer:?}");
    let secrets = "ibmcloud/private_cert/secrets";
    let secret = |more: Value| {
        let mut body = json!({"name": "new", "certificate_template": "template", "common_name": "a.b"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    for (more, why) in [
        (json!({"certificate_template": null}), "'certificate_template'"),
        (
            json!({"certificate_template": "other"}),
            "no certificate template named other",
        ),
        (json!({"ttl": "8761h"}), "ttl"),
        (json!({"ttl": "soon"}), "ttl"),
        (json!({"ip_sans": "300.1.1.1"}), "ip_sans"),
        (json!({"other_sans": "text"}), "other_sans"),
        (json!({"csr": "no request"}), "not PEM"),
        (json!({"rotation": {"auto_rotate": true}}), "rotation.interval"),
        (
            json!({"rotation": {"auto_rotate": true, "interval": 1096, "unit": "day"}}),
            "rotation",
        ),
        (
            json!({"rotation": {"auto_rotate": true, "interval": 1, "unit": "hour"}}),
            "rotation",
        ),
        (json!({"private_key_format": "jwk"}), "private_key_format"),
    ] {
        ibm.refused("POST", secrets, &secret(more), why).await;
    }
    ibm.check("GET", &format!("{roots}/other"), &Value::Null, 404)
        .await;
    ibm.check("GET", &format!("{CONFIG}/other"), &Value::Null, 403)
        .await;
    ibm.check("POST", &format!("{roots}/root/set_signed"), &Value::Null, 403)
        .await;
    ibm.check("POST", "ibmcloud/arbitrary/secrets/x/revoke", &Value::Null, 404)
        .await;
}

/// What RFC 5280 does not know as a name is in no authority's certificate.
#[tokio::test]
async fn what_no_certificate_can_say_is_said() {
    let ibm = Ibm::new().await;
    let long = "x".repeat(65);
    for (more, why) in [
        (json!({"common_name": long}), "64 characters"),
        (json!({"organization": [long]}), "64 characters"),
        (json!({"ou": "x".repeat(65)}), "64 characters"),
        (json!({"postal_code": "1".repeat(41)}), "40 characters"),
        (json!({"locality": "x".repeat(129)}), "128 characters"),
        (json!({"country": "DEU"}), "country"),
        (json!({"alt_names": "a b"}), "alt_names"),
        (json!({"alt_names": "*"}), "alt_names"),
        (json!({"alt_names": "a@b c"}), "alt_names"),
        (json!({"uri_sans": "::"}), "uri_sans"),
        (json!({"uri_sans": "www.example.com"}), "uri_sans"),
        (
            json!({"permitted_dns_domains": ["*.example.com"]}),
            "permitted_dns_domains",
        ),
        (
            json!({"permitted_dns_domains": [".example.com"]}),
            "permitted_dns_domains",
        ),
    ] {
        let mut config = json!({"max_ttl": "10h", "common_name": "Root", "key_type": "ec"});
        config
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let body = json!({"name": "root", "type": "root_certificate_authority", "config": config});
        ibm.refused("POST", &format!("{CONFIG}/{ROOTS}"), &body, why)
            .await;
    }
    ibm.hierarchy().await;
    let config = json!({"certificate_authority": "intermediate", "not_before_duration": "-1h"});
    let body = json!({"name": "early", "type": "certificate_template", "config": config});
    ibm.refused(
        "POST",
        &format!("{CONFIG}/{TEMPLATES}"),
        &body,
        "not_before_duration",
    )
    .await;
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let mut ibm = Ibm::as_root().await;
    ibm.hierarchy().await;
    let made = ibm.certificate("www", json!({})).await;
    ibm.fixture.restart();
    let path = format!("ibmcloud/private_cert/secrets/{}", made["id"].as_str().unwrap());
    let read = ibm.check("GET", &path, &Value::Null, 200).await;
    assert_eq!(read["secret_data"], made["secret_data"]);
    assert_eq!(
        verify(&ibm.certificate("www2", json!({})).await["secret_data"]),
        3
    );
}
