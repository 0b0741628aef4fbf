//! Debian's `knotd`, a name server that takes signed updates, on loopback.

use crate::later::later;
use crate::port;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The key for updates.
pub const KEY_NAME: &str = "casemate";
/// The same, in base64.
pub const KEY: &str = "bWFkZSBmb3IgdGVzdHMgYWxvbmUsIG5vdCBzZWNyZXQ=";

const START: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

/// A running server; it ends when dropped.
pub struct Knot {
    directory: TempDir,
    process: Child,
    port: u16,
}

impl Knot {
    /// Starts one with these zones, which have nothing but what each zone must have.
    ///
    /// # Panics
    /// It is missing, or does not start.
    pub fn start(zones: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let port = port::free();
        let file = directory.path().join("knot.conf");
        fs::write(&file, configuration(directory.path(), port, zones)).expect("a file");
        for zone in zones {
            let text = format!(
                "{zone}. 60 SOA ns.{zone}. root.{zone}. 1 60 60 3600 1\n{zone}. 60 NS ns.{zone}.\nns.{zone}. 60 A 127.0.0.1\n"
            );
            fs::write(directory.path().join(format!("{zone}.zone")), text).expect("a file");
        }
        let process = spawn(directory.path(), Duration::ZERO);
        let knot = Self {
            directory,
            process,
            port,
        };
        knot.await_start();
        knot
    }

    /// Ends it and starts it again so much later, with what it has.
    ///
    /// # Panics
    /// As [`Knot::start`].
    pub fn restart_later(&mut self, by: Duration) {
        self.process.kill().expect("knotd");
        self.process.wait().expect("knotd");
        self.process = spawn(self.directory.path(), by);
        self.await_start();
    }

    fn await_start(&self) {
        let deadline = Instant::now() + START;
        while TcpStream::connect(self.address()).is_err() {
            assert!(Instant::now() < deadline, "knotd: {}", self.log());
            std::thread::sleep(POLL);
        }
    }

    /// Host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many TXT records it has of a name.
    ///
    /// # Panics
    /// It does not answer.
    pub fn texts(&self, name: &str) -> u16 {
        let mut question = vec![0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            question.push(u8::try_from(label.len()).expect("a label"));
            question.extend(label.as_bytes());
        }
        question.extend([0, 0, 16, 0, 1]);
        let length = u16::try_from(question.len()).expect("a question").to_be_bytes();
        let mut stream = TcpStream::connect(self.address()).expect("knotd");
        stream
            .write_all(&[&length[..], &question].concat())
            .expect("knotd");
        let mut head = [0; 14];
        stream.read_exact(&mut head).expect("an answer");
        u16::from_be_bytes([head[8], head[9]])
    }

    /// What it says.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Knot {
    fn drop(&mut self) {
        // One that has ended needs no ending.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(directory: &Path, by: Duration) -> Child {
    let log = File::options()
        .create(true)
        .append(true)
        .open(directory.join("log"))
        .expect("a file");
    let mut command = Command::new("knotd");
    command.arg("-c").arg(directory.join("knot.conf"));
    if !by.is_zero() {
        later(&mut command, by);
    }
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a file"))
        .stderr(log)
        .spawn()
        .expect("Debian's package knot")
}

fn configuration(directory: &Path, port: u16, zones: &[&str]) -> String {
    let place = directory.display();
    let mut text = format!(
        "server:\n    rundir: {place}\n    listen: 127.0.0.1@{port}\n\
         log:\n  - target: stdout\n    any: info\n\
         database:\n    storage: {place}\n\
         key:\n  - id: {KEY_NAME}\n    algorithm: hmac-sha256\n    secret: {KEY}\n\
         acl:\n  - id: update\n    key: {KEY_NAME}\n    action: update\n    update-type: TXT\n\
         template:\n  - id: default\n    storage: {place}\n    file: \"%s.zone\"\n    acl: update\n\
         zone:\n"
    );
    for zone in zones {
        text.push_str(&format!("  - domain: {zone}\n"));
    }
    text
}
