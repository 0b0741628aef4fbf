//! A real daemon for one test: its own port, and a data directory that can be given to the next one.

use crate::program;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(10);

/// How to start a daemon.
pub struct Launch {
    command: Command,
    data: PathBuf,
}

impl Launch {
    /// `casemate serve` on a data directory and a device address, or several with blanks between them, at a port of the
    /// system's choice. What it prints goes
    /// to `daemon.log` in that directory.
    ///
    /// # Errors
    /// The program can't be built, or the directory can't be made.
    pub fn new(data: &Path, device: &str) -> io::Result<Self> {
        let mut command = Command::new(program::casemate()?);
        command.arg("serve").arg("--data").arg(data);
        command.args(["--listen", "127.0.0.1:0"]);
        for address in device.split_whitespace() {
            command.args(["--device", address]);
        }
        // No person is there to compare fingerprints.
        command.env("CASEMATE_TRUST_ON_FIRST_USE", "true");
        fs::create_dir_all(data)?;
        Ok(Self {
            command,
            data: data.to_owned(),
        })
    }

    /// The command line so far, to add arguments and environment to.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Starts it and waits until it serves.
    ///
    /// # Errors
    /// It ended, or did not serve within a minute; the error holds its log.
    pub fn start(mut self) -> io::Result<Daemon> {
        // Left behind by a daemon that was killed.
        match fs::remove_file(self.data.join("address")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.data.join("daemon.log"))?;
        let child = self
            .command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut daemon = Daemon {
            child,
            data: self.data,
            address: String::new(),
            token: String::new(),
            domain: String::new(),
        };
        daemon.address = daemon.await_address()?;
        daemon.token = daemon.read("root-token")?;
        daemon.domain = daemon.read("okms-domain")?;
        Ok(daemon)
    }
}

/// A running daemon; killed when dropped.
pub struct Daemon {
    child: Child,
    data: PathBuf,
    address: String,
    token: String,
    domain: String,
}

impl Daemon {
    /// Starts one on a data directory and a device address.
    ///
    /// # Errors
    /// As [`Launch::start`].
    pub fn start(data: &Path, device: &str) -> io::Result<Self> {
        Launch::new(data, device)?.start()
    }

    /// What a Vault client takes as its address: `http://…/api/{domain}`.
    pub fn base(&self) -> String {
        format!("http://{}/api/{}", self.address, self.domain)
    }

    /// Where it listens: host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The root token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The OKMS domain of the first start.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it printed.
    pub fn log(&self) -> String {
        fs::read_to_string(self.data.join("daemon.log")).unwrap_or_default()
    }

    /// Waits until it has printed this.
    ///
    /// # Errors
    /// It did not within a minute; the error holds its log.
    pub fn await_log(&self, text: &str) -> io::Result<()> {
        let deadline = Instant::now() + START;
        while !self.log().contains(text) {
            if Instant::now() >= deadline {
                return Err(io::Error::other(format!(
                    "did not print {text:?}:\n{}",
                    self.log()
                )));
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    /// Ends it with SIGKILL, as a crash would.
    ///
    /// # Errors
    /// It could not be waited for.
    pub fn kill(mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Asks it to end with SIGTERM, and waits.
    ///
    /// # Errors
    /// It did not end within 20 seconds, or not with status 0.
    pub fn stop(mut self) -> io::Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let deadline = Instant::now() + STOP;
        while Instant::now() < deadline {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(self.ended(status)),
                None => std::thread::sleep(POLL),
            }
        }
        Err(io::Error::other(format!(
            "did not stop in {STOP:?}:\n{}",
            self.log()
        )))
    }

    /// The daemon writes the file `address` once it serves.
    fn await_address(&mut self) -> io::Result<String> {
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                return Err(self.ended(status));
            }
            match self.read("address") {
                Ok(address) if !address.is_empty() => return Ok(address),
                _ => std::thread::sleep(POLL),
            }
        }
        Err(io::Error::other(format!(
            "does not serve after {START:?}:\n{}",
            self.log()
        )))
    }

    fn read(&self, file: &str) -> io::Result<String> {
        Ok(fs::read_to_string(self.data.join(file))?.trim().to_owned())
    }

    fn ended(&self, status: ExitStatus) -> io::Error {
        io::Error::other(format!("the daemon ended with {status}:\n{}", self.log()))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already, which is no fault here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
