//! Private certificates on a real daemon and the simulator: OpenSSL verifies chains, names and revocation lists, and a
//! client that trusts the root talks to a server that has one.

use crate::client::Client;
use casemate_tests::daemon::{Daemon, Launch};
use casemate_tests::desk::Desk;
use casemate_tests::{skip, softhsm};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};
use serde_json::{Value, json};
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

const CONFIG: &str = "ibmcloud/private_cert/config";

/// A daemon whose device lets keys out, with a root, an intermediate and templates.
struct Pki {
    desk: Desk,
    daemon: Daemon,
    client: Client,
}

impl Pki {
    fn new() -> Self {
        let desk = Desk::blank();
        desk.text(&["device", "key", "policy", "any"]);
        let daemon = Daemon::start(&desk.path("data"), "sim:").unwrap();
        let client = Client::connect(&daemon, daemon.token()).unwrap();
        Self { desk, daemon, client }.with_authorities(384, 521)
    }

    /// With a root, an intermediate below it and templates; the authorities' keys are on curves of so many bits.
    fn with_authorities(self, root: u16, intermediate: u16) -> Self {
        let mut pki = self;
        let urls =
            json!({"crl_distribution_points_encoded": true, "issuing_certificates_urls_encoded": true});
        pki.config(
            "root_certificate_authority",
            "root",
            &[
                &urls,
                &json!({"max_ttl": "43830h", "common_name": "Root", "key_type": "ec", "key_bits": root}),
            ],
        );
        pki.config(
            "intermediate_certificate_authority",
            "middle",
            &[
                &urls,
                &json!({"max_ttl": "26300h", "common_name": "Middle", "key_type": "ec", "key_bits": intermediate}),
                &json!({"signing_method": "internal", "issuer": "root"}),
            ],
        );
        for (name, key_type) in [("rsa", "rsa"), ("ec", "ec")] {
            let template = json!({
                "certificate_authority": "middle", "max_ttl": "8760h", "key_type": key_type,
                "allowed_domains": ["example.com"], "allow_subdomains": true,
            });
            pki.config("certificate_template", name, &[&template]);
        }
        pki
    }

    fn config(&mut self, kind: &str, name: &str, parts: &[&Value]) {
        let parts = parts.iter().flat_map(|part| part.as_object().unwrap().clone());
        let config: serde_json::Map<_, _> = parts.collect();
        let body = json!({"name": name, "type": kind, "config": config});
        let collection = match kind.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None => format!("{kind}s"),
        };
        self.client
            .data("POST", &format!("{CONFIG}/{collection}"), &body, 200);
    }

    /// Makes a certificate, and files of its parts; answers its path.
    fn certificate(&mut self, name: &str, template: &str, more: &Value) -> String {
        let mut body = json!({"name": name, "certificate_template": template, "common_name": "localhost"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let made = self
            .client
            .data("POST", "ibmcloud/private_cert/secrets", &body, 200);
        for part in ["certificate", "private_key"] {
            let pem = made["secret_data"][part].as_str().unwrap();
            self.desk.write(&format!("{name}.{part}"), pem.as_bytes());
        }
        format!("ibmcloud/private_cert/secrets/{}", made["id"].as_str().unwrap())
    }

    /// A request for a certificate with a key that OpenSSL makes on this curve.
    fn csr(&self, name: &str, curve: &str) -> String {
        let (curve, subject) = (format!("ec_paramgen_curve:{curve}"), format!("/CN={name}"));
        let names = format!("subjectAltName=DNS:{name}");
        let key = ["-newkey", "ec", "-pkeyopt", &curve, "-nodes", "-keyout", "key"];
        let wanted = ["-subj", &subject, "-addext", &names, "-out", "csr"];
        self.text(&[&["req", "-new"], &key[..], &wanted].concat());
        String::from_utf8(self.desk.read("csr")).unwrap()
    }

    fn fetch(&mut self, what: &str) -> Vec<u8> {
        let mut nobody = Client::connect(&self.daemon, "").unwrap();
        let path = format!("{CONFIG}/certificate_authorities/{what}");
        let reply = nobody.ask("GET", &path, &Value::Null).unwrap();
        assert_eq!(reply.status, 200, "{what}");
        reply.body
    }

    /// Makes files of what everybody gets: `trusted` (the root and both revocation lists) and `middle`.
    fn fetch_all(&mut self) {
        let parts = ["root/ca/pem", "root/crl/pem", "middle/crl/pem"].map(|what| self.fetch(what));
        self.desk.write("trusted", &parts.concat());
        self.desk.write("root", &parts[0]);
        self.desk.write("lists", &parts[1..].concat());
        let middle = self.fetch("middle/ca/pem");
        self.desk.write("middle", &middle);
        let chain = String::from_utf8(self.fetch("middle/ca_chain")).unwrap();
        assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2);
        assert!(chain.starts_with(&String::from_utf8(middle).unwrap()));
    }

    fn openssl(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("openssl");
        command
            .args(arguments)
            .current_dir(self.desk.path(""))
            .stdin(Stdio::null());
        command.output().unwrap()
    }

    fn text(&self, arguments: &[&str]) -> String {
        let output = self.openssl(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What `openssl verify` says of a certificate, with revocation lists.
    fn verify(&self, name: &str, host: &str) -> String {
        let certificate = format!("{name}.certificate");
        let output = self.openssl(&[
            "verify",
            "-x509_strict",
            "-crl_check_all",
            "-purpose",
            "sslserver",
            "-verify_hostname",
            host,
            "-CAfile",
            "trusted",
            "-untrusted",
            "middle",
            &certificate,
        ]);
        let both = [output.stdout, output.stderr].concat();
        String::from_utf8(both).unwrap()
    }

    /// What `certtool` says of a certificate, with revocation lists; and whether it is content.
    fn certtool(&self, name: &str, host: &str) -> (bool, String) {
        let chain = [format!("{name}.certificate"), "middle".into()].map(|file| self.desk.read(&file));
        self.desk.write("chain", &chain.concat());
        let arguments = [
            "--verify",
            "--verify-hostname",
            host,
            "--verify-purpose",
            "1.3.6.1.5.5.7.3.1",
            "--load-ca-certificate",
            "root",
            "--load-crl",
            "lists",
            "--infile",
            "chain",
        ];
        let mut command = Command::new("certtool");
        command.args(arguments).current_dir(self.desk.path(""));
        let output = command.stdin(Stdio::null()).output().unwrap();
        let both = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&both).into_owned(),
        )
    }

    /// Whether OpenSSL's client, which trusts the root, takes a server with this certificate.
    fn accepted(&self, name: &str) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let file = |part: &str| self.desk.path(&format!("{name}.{part}"));
        let chain = [file("certificate"), self.desk.path("middle")];
        let chain = chain.map(|path| CertificateDer::from_pem_file(path).unwrap());
        let key = PrivateKeyDer::from_pem_file(file("private_key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain.to_vec(), key)
            .unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_nodelay(true).unwrap();
            let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
            // Until the client hangs up, whether it was content or not.
            let _ = rustls::Stream::new(&mut connection, &mut stream).read(&mut [0]);
        });
        let output = self.openssl(&[
            "s_client",
            "-connect",
            &address,
            "-servername",
            "localhost",
            "-verify_hostname",
            "localhost",
            "-CAfile",
            "trusted",
            "-crl_check_all",
            "-verify_return_error",
        ]);
        // A client that ended before it connected leaves the server waiting.
        drop(TcpStream::connect(&address));
        server.join().unwrap();
        output.status.success()
    }
}

#[test]
fn openssl_trusts_what_is_issued_until_it_is_revoked() {
    let mut pki = Pki::new();
    let names = json!({"alt_names": ["www.example.com"], "ip_sans": "127.0.0.1", "ttl": "12h"});
    let path = pki.certificate("server", "rsa", &names);
    pki.certificate("other", "ec", &names);
    pki.fetch_all();
    for (name, host) in [
        ("server", "localhost"),
        ("server", "www.example.com"),
        ("other", "localhost"),
    ] {
        let said = pki.verify(name, host);
        assert!(said.ends_with("OK\n"), "{said}");
    }
    assert!(pki.verify("server", "example.org").contains("hostname mismatch"));
    assert!(pki.accepted("server") && pki.accepted("other"));
    for (name, kind) in [("server", "rsa"), ("other", "ec")] {
        let private = pki.text(&[kind, "-in", &format!("{name}.private_key"), "-pubout"]);
        let public = pki.text(&["x509", "-in", &format!("{name}.certificate"), "-noout", "-pubkey"]);
        assert_eq!(private, public);
    }

    pki.client
        .data("POST", &format!("{path}/revoke"), &Value::Null, 200);
    let rotate = format!("{CONFIG}/intermediate_certificate_authorities/middle/rotate_crl");
    pki.client.data("POST", &rotate, &Value::Null, 200);
    pki.fetch_all();
    let said = pki.verify("server", "localhost");
    assert!(said.contains("certificate revoked"), "{said}");
    assert!(pki.verify("other", "localhost").ends_with("OK\n"));
    assert!(!pki.accepted("server") && pki.accepted("other"));
    let list = pki.text(&["crl", "-in", "trusted", "-noout", "-crlnumber", "-issuer"]);
    assert!(list.contains("Root"), "{list}");
    pki.daemon.stop().unwrap();
}

#[test]
fn the_requests_of_the_documentation() {
    let desk = Desk::blank();
    desk.text(&["device", "key", "policy", "any"]);
    let daemon = Daemon::start(&desk.path("data"), "sim:").unwrap();
    let client = Client::connect(&daemon, daemon.token()).unwrap();
    let mut pki = Pki { desk, daemon, client };
    let root = json!({
        "max_ttl": "43830h", "common_name": "example.com", "crl_disable": false,
        "crl_distribution_points_encoded": true, "issuing_certificates_urls_encoded": true,
    });
    pki.config("root_certificate_authority", "my-configured-root-ca", &[&root]);
    let intermediate = json!({
        "max_ttl": "26300h", "common_name": "example.com", "signing_method": "internal",
        "issuer": "my-configured-root-ca", "crl_expiry": "72h", "crl_disable": false,
        "crl_distribution_points_encoded": true, "issuing_certificates_urls_encoded": true,
    });
    pki.config(
        "intermediate_certificate_authority",
        "my-configured-intermediate-ca",
        &[&intermediate],
    );
    let template = json!({
        "certificate_authority": "my-configured-intermediate-ca", "max_ttl": "8760h", "allow_any_name": true,
        "enforce_hostnames": false, "allowed_uri_sans": ["https://www.example.com/test"],
    });
    pki.config(
        "certificate_template",
        "my-configured-certificate-template",
        &[&template],
    );
    let certificate = json!({
        "description": "Extended description for my secret.", "common_name": "example.com",
        "alt_names": ["www.example.com"], "labels": ["dev", "us-south"],
        "rotation": {"auto_rotate": true, "interval": 90, "unit": "day"},
    });
    pki.certificate(
        "test-private-certificate",
        "my-configured-certificate-template",
        &certificate,
    );
    let parts = ["root-ca/ca/pem", "root-ca/crl/pem", "intermediate-ca/crl/pem"];
    let trusted = parts
        .map(|what| pki.fetch(&format!("my-configured-{what}")))
        .concat();
    pki.desk.write("trusted", &trusted);
    let middle = pki.fetch("my-configured-intermediate-ca/ca/pem");
    pki.desk.write("middle", &middle);
    for host in ["example.com", "www.example.com"] {
        let said = pki.verify("test-private-certificate", host);
        assert!(said.ends_with("OK\n"), "{said}");
    }
    pki.daemon.stop().unwrap();
}

#[test]
fn no_key_leaves_a_device_that_lets_none_out() {
    let desk = Desk::blank();
    let daemon = Daemon::start(&desk.path("data"), "sim:").unwrap();
    let client = Client::connect(&daemon, daemon.token()).unwrap();
    let mut pki = Pki { desk, daemon, client };
    pki.config(
        "root_certificate_authority",
        "root",
        &[&json!({"max_ttl": "43830h", "common_name": "Root", "key_type": "ec"})],
    );
    let template = json!({"certificate_authority": "root", "key_type": "ec", "allow_any_name": true});
    pki.config("certificate_template", "template", &[&template]);
    let body = json!({"name": "www", "certificate_template": "template", "common_name": "www.example.com"});
    let reply = pki
        .client
        .ask("POST", "ibmcloud/private_cert/secrets", &body)
        .unwrap();
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    assert!(
        reply.status == 400 && text.contains("casemate device key policy any"),
        "{text}"
    );
    let csr = pki.csr("csr.example.com", "P-256");
    let body = json!({"name": "www", "certificate_template": "template", "csr": csr});
    let made = pki
        .client
        .data("POST", "ibmcloud/private_cert/secrets", &body, 200);
    assert!(made["secret_data"].get("private_key").is_none());
    pki.desk.write(
        "www.certificate",
        made["secret_data"]["certificate"].as_str().unwrap().as_bytes(),
    );
    let root = pki.fetch("root/ca/pem");
    pki.desk.write("trusted", &root);
    let said = pki.text(&["verify", "-x509_strict", "-CAfile", "trusted", "www.certificate"]);
    assert!(said.ends_with("OK\n"), "{said}");
    pki.daemon.stop().unwrap();
}

#[test]
fn certtool_agrees_with_openssl() {
    if skip::left_out("certtool") {
        return;
    }
    let mut pki = Pki::new();
    let names = json!({"alt_names": ["www.example.com"], "ttl": "12h"});
    let path = pki.certificate("server", "ec", &names);
    pki.certificate("other", "ec", &names);
    pki.fetch_all();
    for (name, host, good) in [
        ("server", "www.example.com", true),
        ("other", "localhost", true),
        ("server", "www.example.org", false),
    ] {
        let (content, said) = pki.certtool(name, host);
        assert_eq!(content, good, "{name} {host}: {said}");
    }
    pki.client
        .data("POST", &format!("{path}/revoke"), &Value::Null, 200);
    let rotate = format!("{CONFIG}/intermediate_certificate_authorities/middle/rotate_crl");
    pki.client.data("POST", &rotate, &Value::Null, 200);
    pki.fetch_all();
    let (content, said) = pki.certtool("server", "www.example.com");
    assert!(!content && said.contains("revoked"), "{said}");
    assert!(pki.certtool("other", "localhost").0);
    pki.daemon.stop().unwrap();
}

/// A root lets names of one domain through and no authority below it: OpenSSL and GnuTLS refuse what breaks that.
#[test]
fn constraints_of_a_root_bind_others_too() {
    if skip::left_out("certtool") {
        return;
    }
    let desk = Desk::blank();
    let daemon = Daemon::start(&desk.path("data"), "sim:").unwrap();
    let client = Client::connect(&daemon, daemon.token()).unwrap();
    let mut pki = Pki { desk, daemon, client };
    let root = json!({
        "max_ttl": "43830h", "common_name": "Root", "key_type": "ec", "max_path_length": 0,
        "permitted_dns_domains": ["example.com"],
    });
    pki.config("root_certificate_authority", "root", &[&root]);
    let said = pki.fetch("root/ca/pem");
    pki.desk.write("root", &said);
    let text = pki.text(&["x509", "-in", "root", "-noout", "-text"]);
    assert!(
        text.contains("pathlen:0") && text.contains("DNS:example.com"),
        "{text}"
    );
    let said = Command::new("certtool")
        .args(["--certificate-info", "--infile"])
        .arg(pki.desk.path("root"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("Path Length Constraint: 0"), "{said}");
    assert!(
        said.contains("Name Constraints (critical)") && said.contains("DNSname: example.com"),
        "{said}"
    );
    let csr = pki.csr("www.example.com", "P-521");
    let path = format!("{CONFIG}/root_certificate_authorities/root/sign_csr");
    let body = json!({"csr": csr, "use_csr_values": true, "ttl": "100h"});
    let reply = pki.client.ask("POST", &path, &body).unwrap();
    assert_eq!(reply.status, 400, "an authority below it: {}", reply.json());
    let template = json!({"certificate_authority": "root", "key_type": "ec", "allow_any_name": true});
    for bits in [256, 384, 521] {
        let mut template = template.clone();
        template["key_bits"] = bits.into();
        pki.config("certificate_template", &format!("p-{bits}"), &[&template]);
    }
    for (name, bits, good) in [
        ("www.example.com", 521, true),
        ("www.example.com", 384, true),
        ("www.example.org", 256, false),
    ] {
        let csr = pki.csr(name, &format!("P-{bits}"));
        let body =
            json!({"name": format!("{bits}"), "certificate_template": format!("p-{bits}"), "csr": csr});
        let reply = pki
            .client
            .ask("POST", "ibmcloud/private_cert/secrets", &body)
            .unwrap();
        if !good && reply.status == 400 {
            continue;
        }
        assert_eq!(reply.status, 200, "{}", reply.json());
        let certificate = reply.json()["data"]["secret_data"]["certificate"]
            .as_str()
            .unwrap()
            .to_owned();
        pki.desk.write("leaf.certificate", certificate.as_bytes());
        let openssl = pki.openssl(&["verify", "-x509_strict", "-CAfile", "root", "leaf.certificate"]);
        assert_eq!(openssl.status.success(), good, "{openssl:?}");
        let certtool = Command::new("certtool")
            .args([
                "--verify",
                "--load-ca-certificate",
                "root",
                "--infile",
                "leaf.certificate",
            ])
            .current_dir(pki.desk.path(""))
            .output()
            .unwrap();
        assert_eq!(certtool.status.success(), good, "{certtool:?}");
    }
    pki.daemon.stop().unwrap();
}

#[test]
fn authorities_on_softhsm() {
    softhsm::run("private::authorities_on_softhsm", async |token| {
        let desk = Desk::blank();
        let mut launch = Launch::new(&desk.path("data"), &token.address().to_string()).unwrap();
        launch.command().env("SOFTHSM2_CONF", token.configuration());
        launch.command().env("CASEMATE_PKCS11_PIN", softhsm::PIN);
        let daemon = launch.start().unwrap();
        let client = Client::connect(&daemon, daemon.token()).unwrap();
        let mut pki = Pki { desk, daemon, client }.with_authorities(256, 384);
        let csr = pki.csr("localhost", "P-256");
        let body = json!({"name": "server", "certificate_template": "ec", "csr": csr});
        let made = pki
            .client
            .data("POST", "ibmcloud/private_cert/secrets", &body, 200);
        let certificate = made["secret_data"]["certificate"].as_str().unwrap();
        pki.desk.write("server.certificate", certificate.as_bytes());
        pki.fetch_all();
        let said = pki.verify("server", "localhost");
        assert!(said.ends_with("OK\n"), "{said}");
        let path = format!(
            "ibmcloud/private_cert/secrets/{}/revoke",
            made["id"].as_str().unwrap()
        );
        pki.client.data("POST", &path, &Value::Null, 200);
        let rotate = format!("{CONFIG}/intermediate_certificate_authorities/middle/rotate_crl");
        pki.client.data("POST", &rotate, &Value::Null, 200);
        pki.fetch_all();
        let said = pki.verify("server", "localhost");
        assert!(said.contains("certificate revoked"), "{said}");
        pki.daemon.stop().unwrap();
    });
}
