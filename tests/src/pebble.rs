//! Debian's `pebble`, an ACME server, with the name server that it asks; both on loopback.

use crate::http::Connection;
use crate::port;
use serde_json::{Value, json};
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const START: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

/// A running server; it ends when dropped.
pub struct Pebble {
    directory: TempDir,
    processes: Vec<Child>,
    acme: u16,
    management: u16,
}

impl Pebble {
    /// Starts one that refuses so many of a hundred nonces and issues certificates for so many days.
    ///
    /// # Panics
    /// A program is missing, or does not start.
    pub fn start(refused_nonces: u8, days: u32) -> Self {
        Self::start_with(refused_nonces, days, None)
    }

    /// As [`Pebble::start`], asking another name server than its own where one is given: a port on loopback.
    ///
    /// # Panics
    /// As [`Pebble::start`].
    pub fn start_with(refused_nonces: u8, days: u32, name_server: Option<u16>) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        certify(directory.path());
        let [acme, inside, dns, management, http, tls] = [(); 6].map(|()| port::free());
        let config = json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{acme}"),
            "managementListenAddress": format!("127.0.0.1:{inside}"),
            "certificate": directory.path().join("leaf.pem"),
            "privateKey": directory.path().join("leaf.key"),
            "httpPort": http,
            "tlsPort": tls,
            "certificateValidityPeriod": u64::from(days) * 86_400,
        }});
        let file = directory.path().join("pebble.json");
        fs::write(&file, config.to_string()).expect("a file");
        let mut server = Command::new("pebble");
        server.arg("-config").arg(&file).arg("-strict");
        let asked = name_server.unwrap_or(dns);
        server.arg("-dnsserver").arg(format!("127.0.0.1:{asked}"));
        server.env("PEBBLE_VA_NOSLEEP", "1");
        // Names have to be proved anew for each order.
        server.env("PEBBLE_AUTHZREUSE", "0");
        server.env("PEBBLE_WFE_NONCEREJECT", refused_nonces.to_string());
        let mut names = Command::new("pebble-challtestsrv");
        names.args([
            "-dns01",
            &format!("127.0.0.1:{dns}"),
            "-http01",
            "",
            "-https01",
            "",
            "-tlsalpn01",
            "",
        ]);
        names.args(["-management", &format!("127.0.0.1:{management}")]);
        let processes = [names, server].map(|mut command| {
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command.spawn().expect("Debian's package pebble")
        });
        let pebble = Self {
            directory,
            processes: processes.into(),
            acme,
            management,
        };
        await_port(acme).expect("pebble");
        await_port(management).expect("pebble-challtestsrv");
        pebble
    }

    /// Where its directory is.
    pub fn url(&self) -> String {
        format!("https://localhost:{}/dir", self.acme)
    }

    /// The port that ACME is spoken at.
    pub fn port(&self) -> u16 {
        self.acme
    }

    /// The certificate that its own is checked with.
    pub fn authority(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// A certificate for localhost of that authority, and its key.
    pub fn own_certificate(&self) -> (PathBuf, PathBuf) {
        let file = |name| self.directory.path().join(name);
        (file("leaf.pem"), file("leaf.key"))
    }

    /// Puts a TXT record into the DNS.
    ///
    /// # Panics
    /// The name server does not answer.
    pub fn set_txt(&self, name: &str, value: &str) {
        Self::set_txt_at(self.management, name, value);
    }

    /// As [`Pebble::set_txt`], for whoever has only the name server's port: see [`Pebble::management`].
    ///
    /// # Panics
    /// The name server does not answer.
    pub fn set_txt_at(management: u16, name: &str, value: &str) {
        let body = json!({"host": format!("{name}."), "value": value}).to_string();
        let mut connection = Connection::open(&format!("127.0.0.1:{management}")).expect("a name server");
        let reply = connection
            .request("POST", "/set-txt", "", body.as_bytes())
            .expect("an answer");
        assert_eq!(reply.status, 200);
    }

    /// The port at which its name server is told what it has.
    pub fn management(&self) -> u16 {
        self.management
    }

    /// Puts what a secret's order wants into the DNS; answers how many records that were.
    ///
    /// # Panics
    /// As [`Pebble::set_txt`].
    pub fn answer(&self, challenges: &Value) -> usize {
        let challenges = challenges.as_array().map_or(&[][..], Vec::as_slice);
        for challenge in challenges {
            let text = |name: &str| challenge[name].as_str().unwrap_or_default();
            self.set_txt(text("txt_record_name"), text("txt_record_value"));
        }
        challenges.len()
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        for process in &mut self.processes {
            // One that has ended needs no ending.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn await_port(port: u16) -> io::Result<()> {
    let deadline = Instant::now() + START;
    while let Err(error) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
        if Instant::now() > deadline {
            return Err(error);
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

/// An authority and a certificate for localhost.
fn certify(directory: &Path) {
    let key = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "60",
    ];
    let run = |arguments: &[&str]| {
        let done = Command::new("openssl")
            .args(arguments)
            .current_dir(directory)
            .stderr(Stdio::null())
            .status()
            .expect("openssl");
        assert!(done.success(), "openssl {arguments:?}");
    };
    let authority = [
        "req",
        "-x509",
        "-subj",
        "/CN=Pebble test",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
    ];
    run(&[&authority[..], &key].concat());
    let leaf = [
        "req",
        "-x509",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-subj",
        "/CN=localhost",
    ];
    let names = [
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ];
    let files = ["-keyout", "leaf.key", "-out", "leaf.pem"];
    run(&[&leaf[..], &names, &files, &key].concat());
}
