//! HTTPS with client certificates, as a person uses it: `casemate ca` and curl, on the simulator and on SoftHSM.

use casemate_tests::daemon::Daemon;
use casemate_tests::place::Place;
use casemate_tests::softhsm;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[test]
fn certificates_open_what_they_say_on_the_simulator() {
    let place = Place::new("sim:", None).unwrap();
    certificates_open_what_they_say(&place);
}

#[test]
fn certificates_open_what_they_say_on_softhsm() {
    softhsm::run("certificates_open_what_they_say_on_softhsm", async |token| {
        let device = token.address_with("").to_string();
        let place = Place::new(&device, Some(token.configuration())).unwrap();
        certificates_open_what_they_say(&place);
        let log = place.daemon().log();
        assert!(
            !log.contains("cryptoki"),
            "mechanisms that nobody asked for: {log}"
        );
    });
}

fn certificates_open_what_they_say(place: &Place) {
    let url = |domain: &str| format!("/api/{domain}/v1/secret/data/a");
    let (own, other) = (place.daemon().domain(), place.casemate(&["domain", "create"]));
    place.casemate(&["ca", "issue", "--domain", own, "--out", "own"]);
    place.casemate(&["ca", "issue", "--domain", "*", "--out", "all"]);
    place.casemate(&["ca", "issue", "--user", "ada", "--out", "ada"]);
    let write = ["-d", r#"{"data": {"user": "ada"}}"#];
    for tls in ["--tlsv1.3", "--tls-max"] {
        let version = if tls == "--tls-max" {
            &["--tls-max", "1.2"][..]
        } else {
            &["--tlsv1.3"]
        };
        let written = place.curl(Some("own"), &url(own), &[version, &write].concat());
        assert_eq!(written.0, 200, "{:?}", written.1);
    }
    assert_eq!(
        place.curl(Some("own"), &url(own), &[]).1["data"]["data"]["user"],
        "ada"
    );
    assert_eq!(place.curl(Some("all"), &url(own), &[]).0, 200);
    assert_eq!(place.curl(Some("own"), &url(&other), &[]).0, 403);
    assert_eq!(place.curl(Some("ada"), &url(own), &[]).0, 403);
    assert_eq!(place.curl(None, &url(own), &[]).0, 401);
    assert_eq!(
        place
            .curl(Some("own"), "/v1/sys/ca/certificates?list=true", &[])
            .0,
        403
    );
    let header = format!("X-Vault-Token: {}", place.daemon().token());
    assert_eq!(
        place.curl(Some("ada"), &url(own), &["-H", &header]).0,
        200,
        "a token outweighs"
    );
}

#[test]
fn what_is_revoked_is_refused_at_the_next_handshake_and_request() {
    let place = Place::new("sim:", None).unwrap();
    let url = format!("/api/{}/v1/secret/data/a", place.daemon().domain());
    let made = place.json(&["ca", "issue", "--domain", "*", "--out", "card"]);
    let serial = made["serial_number"].as_str().unwrap();
    assert_eq!(place.curl(Some("card"), &url, &[]).0, 404);
    assert!(place.casemate(&["ca", "list"]).starts_with(serial));
    place.casemate(&["ca", "revoke", serial]);
    assert!(place.casemate(&["ca", "list"]).trim_end().ends_with("revoked"));
    let refused = place.ask(Some("card"), &url, &[]);
    assert!(!refused.status.success(), "{refused:?}");
    assert!(place.daemon().log().contains("was revoked"));
    let again = place.run(&["ca", "revoke", &"7f".repeat(16)]);
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(
        !again.status.success() && said.contains("no certificate with this serial number"),
        "{said}"
    );
}

#[test]
fn what_is_revoked_is_refused_on_a_connection_that_stands() {
    let place = Place::new("sim:", None).unwrap();
    let made = place.json(&["ca", "issue", "--domain", "*", "--out", "card"]);
    let mut connection = connect_with(&place, config(&place, "card"));
    let mut ask = || {
        let request = format!(
            "GET /api/{}/v1/secret/data/a HTTP/1.1\r\nHost: localhost\r\n\r\n",
            place.daemon().domain()
        );
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = [0; 4096];
        let len = connection.read(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[..len]).into_owned()
    };
    assert!(ask().starts_with("HTTP/1.1 404"));
    assert!(ask().starts_with("HTTP/1.1 404"));
    place.casemate(&["ca", "revoke", made["serial_number"].as_str().unwrap()]);
    let refused = ask();
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    assert!(
        refused.to_ascii_lowercase().contains("connection: close"),
        "{refused}"
    );
}

#[test]
fn idle_and_slow_clients_keep_nobody_out() {
    let place = Place::new("sim:", None).unwrap();
    place.casemate(&["ca", "issue", "--domain", "*", "--out", "card"]);
    let address = std::fs::read_to_string(place.path("data/address-tls")).unwrap();
    let silent: Vec<_> = (0..200)
        .map(|_| TcpStream::connect(address.trim()).unwrap())
        .collect();
    let client = config(&place, "card");
    let idle: Vec<_> = (0..500)
        .map(|_| {
            let mut connection = connect_with(&place, client.clone());
            connection.write_all(b"GET /slow").unwrap();
            connection
        })
        .collect();
    let url = format!("/api/{}/v1/secret/data/a", place.daemon().domain());
    assert_eq!(place.curl(Some("card"), &url, &["--max-time", "5"]).0, 404);
    drop((silent, idle));
}

#[test]
fn a_bundle_has_the_files_that_imcos_clients_expect() {
    let place = Place::new("sim:", None).unwrap();
    place.casemate(&["ca", "issue", "--host", "web-1", "--out", "host.zip"]);
    let bundle = std::fs::read(place.path("host.zip")).unwrap();
    for name in ["cert.crt", "private/cert.key", "ca_cert.pem"] {
        let found = bundle.windows(name.len()).any(|window| window == name.as_bytes());
        assert!(found, "{name}");
    }
    let taken = place.run(&["ca", "issue", "--host", "web-1", "--out", "host.zip"]);
    assert!(String::from_utf8_lossy(&taken.stderr).contains("exists already"));
    let both = place.run(&["ca", "issue", "--host", "a", "--user", "b", "--out", "c"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn a_restart_keeps_the_authority_and_its_certificates() {
    let directory = tempfile::tempdir().unwrap();
    let place = Place::at(directory, "sim:", None).unwrap();
    place.casemate(&["ca", "issue", "--domain", "*", "--out", "card"]);
    let authority = std::fs::read(place.path("data/ca.pem")).unwrap();
    let place = place.restarted(Daemon::stop).unwrap();
    assert_eq!(std::fs::read(place.path("data/ca.pem")).unwrap(), authority);
    let url = format!("/api/{}/v1/secret/data/a", place.daemon().domain());
    assert_eq!(place.curl(Some("card"), &url, &[]).0, 404);
}

/// A client with this bundle's certificate.
fn config(place: &Place, bundle: &str) -> Arc<ClientConfig> {
    let authority = CertificateDer::from_pem_file(place.path("data/ca.pem")).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(authority).unwrap();
    let card = CertificateDer::from_pem_file(place.path(&format!("{bundle}/cert.crt"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(place.path(&format!("{bundle}/private/cert.key"))).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![card], key)
        .unwrap();
    Arc::new(config)
}

/// A connection of this client.
fn connect_with(place: &Place, client: Arc<ClientConfig>) -> StreamOwned<ClientConnection, TcpStream> {
    let address = std::fs::read_to_string(place.path("data/address-tls")).unwrap();
    let stream = TcpStream::connect(address.trim()).unwrap();
    let connection = ClientConnection::new(client, "localhost".try_into().unwrap());
    StreamOwned::new(connection.unwrap(), stream)
}

#[test]
fn a_refused_certificate_is_logged_and_leaves_nothing_behind() {
    let place = Place::new("sim:", None).unwrap();
    std::fs::create_dir_all(place.path("eve/private")).unwrap();
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ])
        .args([
            "-subj",
            "/CN=eve",
            "-addext",
            "extendedKeyUsage=clientAuth",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .args(["-out", "eve/cert.crt", "-keyout", "eve/private/cert.key"])
        .current_dir(place.path("."))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let sockets = || {
        let files = std::fs::read_dir(format!("/proc/{}/fd", place.daemon().id())).unwrap();
        files
            .flatten()
            .filter(|file| std::fs::read_link(file.path()).is_ok_and(|link| link.starts_with("socket:")))
            .count()
    };
    let before = sockets();
    for _ in 0..5 {
        assert!(!place.ask(Some("eve"), "/v3/ping", &[]).status.success());
    }
    place.daemon().await_log("UnknownIssuer").unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while sockets() > before {
        assert!(
            Instant::now() < deadline,
            "{} sockets, {before} before",
            sockets()
        );
    }
}
