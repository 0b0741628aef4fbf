//! A daemon, and a directory for what people get from it: `casemate` and curl are run there as a person would.

use crate::daemon::{Daemon, Launch};
use crate::{program, softhsm};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// See the module.
pub struct Place {
    directory: TempDir,
    daemon: Daemon,
    device: String,
    softhsm: Option<PathBuf>,
}

impl Place {
    /// A new daemon on a device; where that is SoftHSM's, with its configuration.
    ///
    /// # Errors
    /// It does not serve HTTPS within a minute.
    pub fn new(device: &str, softhsm: Option<PathBuf>) -> io::Result<Self> {
        Self::at(tempfile::tempdir()?, device, softhsm)
    }

    /// As [`Place::new`], in a directory that may have something already.
    ///
    /// # Errors
    /// As [`Place::new`].
    pub fn at(directory: TempDir, device: &str, softhsm: Option<PathBuf>) -> io::Result<Self> {
        let mut launch = Launch::new(&directory.path().join("data"), device)?;
        if let Some(configuration) = &softhsm {
            launch.command().env("SOFTHSM2_CONF", configuration);
            launch.command().env("CASEMATE_PKCS11_PIN", softhsm::PIN);
        }
        let settings = directory.path().join("casemate.toml");
        if settings.exists() {
            launch.command().arg("--config").arg(settings);
        }
        let daemon = launch.start()?;
        daemon.await_log("serving HTTPS")?;
        Ok(Self {
            directory,
            daemon,
            device: device.to_owned(),
            softhsm,
        })
    }

    /// The same once the daemon was ended, in this way, and started again.
    ///
    /// # Errors
    /// It does not end, or not serve again.
    pub fn restarted(self, end: impl FnOnce(Daemon) -> io::Result<()>) -> io::Result<Self> {
        let Self {
            directory,
            daemon,
            device,
            softhsm,
        } = self;
        end(daemon)?;
        std::fs::remove_file(directory.path().join("data/daemon.log"))?;
        Self::at(directory, &device, softhsm)
    }

    /// The daemon.
    pub fn daemon(&self) -> &Daemon {
        &self.daemon
    }

    /// A file of the directory; the daemon's own are in `data`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Where HTTPS is served: host and port.
    ///
    /// # Panics
    /// It is not.
    pub fn tls_address(&self) -> String {
        let address = std::fs::read_to_string(self.path("data/address-tls")).expect("HTTPS is served");
        address.trim().to_owned()
    }

    /// The device's address.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// `casemate` with these arguments, to be run.
    ///
    /// # Panics
    /// There is no such program.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program::casemate().expect("the program"));
        command.args(arguments).current_dir(self.directory.path());
        command.env("CASEMATE_DATA", self.path("data"));
        if let Some(configuration) = &self.softhsm {
            command.env("SOFTHSM2_CONF", configuration);
            command.env("CASEMATE_PKCS11_PIN", softhsm::PIN);
        }
        command
    }

    /// Runs `casemate`.
    ///
    /// # Panics
    /// It can't be started.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("casemate runs")
    }

    /// What `casemate` prints.
    ///
    /// # Panics
    /// It fails.
    pub fn casemate(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// What `casemate --json` prints.
    ///
    /// # Panics
    /// It fails, or that is no JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let printed = self.casemate(&[arguments, &["--json"]].concat());
        serde_json::from_str(&printed).expect("JSON")
    }

    /// Asks with curl over HTTPS, with the certificate of this bundle; the answer's body is followed by a line with its
    /// status.
    ///
    /// # Panics
    /// curl is not installed.
    pub fn ask(&self, bundle: Option<&str>, path: &str, arguments: &[&str]) -> Output {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--write-out", "\n%{http_code}"]);
        curl.arg("--cacert").arg(Path::new("data").join("ca.pem"));
        if let Some(bundle) = bundle {
            curl.arg("--cert").arg(format!("{bundle}/cert.crt"));
            curl.arg("--key").arg(format!("{bundle}/private/cert.key"));
        }
        let url = format!("https://{}{path}", self.tls_address());
        curl.args(arguments).arg(url).current_dir(self.directory.path());
        curl.output().expect("curl is installed")
    }

    /// Status and body of an answer to curl.
    ///
    /// # Panics
    /// There is no answer.
    pub fn download(&self, bundle: Option<&str>, path: &str, arguments: &[&str]) -> (u16, Vec<u8>) {
        let Output {
            mut stdout, stderr, ..
        } = self.ask(bundle, path, arguments);
        let end = stdout.iter().rposition(|&byte| byte == b'\n').expect("a status");
        let status = String::from_utf8_lossy(&stdout[end + 1..]).parse().unwrap_or(0);
        assert_ne!(status, 0, "{}", String::from_utf8_lossy(&stderr));
        stdout.truncate(end);
        (status, stdout)
    }

    /// Status and JSON of an answer to curl; null where the body is none.
    ///
    /// # Panics
    /// There is no answer.
    pub fn curl(&self, bundle: Option<&str>, path: &str, arguments: &[&str]) -> (u16, Value) {
        let (status, body) = self.download(bundle, path, arguments);
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }
}
