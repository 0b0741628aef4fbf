//! `casemate`, as a person uses it: in a directory of its own, with a simulator.

use crate::program;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A data directory with a simulator and a keyring, and a place for files.
pub struct Desk {
    directory: TempDir,
    keyring: String,
}

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

impl Desk {
    /// A new simulator that is in service, and a keyring in it.
    ///
    /// # Panics
    /// When the program can't be built or run, as all of its methods.
    pub fn new() -> Self {
        let mut desk = Self::blank();
        let made = desk.json(&["device", "keyring", "create"]);
        desk.keyring = made["keyring"].as_str().expect("an identifier").to_owned();
        desk
    }

    /// An empty directory.
    pub fn blank() -> Self {
        Self {
            directory: tempfile::tempdir().expect("a directory"),
            keyring: String::new(),
        }
    }

    /// Runs `casemate`.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let data = self.path("data");
        Command::new(program::casemate().expect("the program"))
            .args(arguments)
            .env("CASEMATE_DATA", data)
            .current_dir(self.directory.path())
            .output()
            .expect("it runs")
    }

    /// What a command prints as JSON.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let arguments = [arguments, &["--json"]].concat();
        let output = self.run(&arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// What a command prints as text.
    pub fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// The exit code of a command that fails, and what it says.
    pub fn refusal(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    }

    /// `casemate device key` with the keyring, its JSON.
    pub fn key(&self, arguments: &[&str]) -> serde_json::Value {
        self.json(&self.on_key(arguments))
    }

    /// The exit code of a `casemate device key` that fails.
    pub fn key_refusal(&self, arguments: &[&str]) -> Option<i32> {
        self.refusal(&self.on_key(arguments)).0
    }

    fn on_key<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [&["device", "key", "--keyring", &self.keyring], arguments].concat()
    }

    /// The keyring's identifier.
    pub fn keyring(&self) -> &str {
        &self.keyring
    }

    /// Where a file is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A whole file.
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("a file")
    }

    /// Makes a file.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("a file");
    }
}
