//! The built-in identity provider from outside: `casemate iam`, and the endpoints that IBM's clients ask.

use casemate_tests::daemon::Daemon;
use casemate_tests::http::{Connection, Reply};
use casemate_tests::program;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

pub(crate) const GRANT: &str = "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey";

/// `casemate iam` on a daemon's data directory.
pub(crate) struct Iam<'d>(pub(crate) &'d Path);

impl Iam<'_> {
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Command::new(program::casemate().unwrap())
            .args(["iam", "--json", "--data"])
            .arg(self.0)
            .args(arguments)
            .env_remove("VAULT_ADDR")
            .env_remove("VAULT_TOKEN")
            .output()
            .unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    /// Makes a service id with a role and an API key; answers the key's text.
    pub(crate) fn api_key(&self, name: &str, role: &str) -> String {
        self.json(&["service-id-create", name, "--role", role]);
        let key = self.json(&["service-api-key-create", "first", name]);
        key["apikey"].as_str().unwrap().to_owned()
    }
}

/// Asks for a token.
pub(crate) fn ask(daemon: &Daemon, api_key: &str) -> Reply {
    let form = format!("{GRANT}&apikey={api_key}");
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
    let mut connection = Connection::open(daemon.address()).unwrap();
    connection
        .request("POST", "/identity/token", headers, form.as_bytes())
        .unwrap()
}

/// Asks for a token, and gets one.
pub(crate) fn token(daemon: &Daemon, api_key: &str) -> String {
    let reply = ask(daemon, api_key);
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()["access_token"].as_str().unwrap().to_owned()
}
