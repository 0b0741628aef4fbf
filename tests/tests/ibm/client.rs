use casemate_tests::daemon::{Daemon, Launch};
use casemate_tests::http::{Connection, Reply};
use serde_json::Value;
use std::io;
use std::path::Path;
use std::time::Duration;

/// A device looks for the primes of an RSA key as long as it takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(180);

/// Starts a daemon with this settings file, which it writes first.
pub(crate) fn start_with(data: &Path, settings: &str) -> Daemon {
    std::fs::create_dir_all(data).unwrap();
    let config = data.join("casemate.toml");
    std::fs::write(&config, settings).unwrap();
    let mut launch = Launch::new(data, "sim:").unwrap();
    launch.command().arg("--config").arg(&config);
    launch.start().unwrap()
}

/// A client of the API over one connection.
pub(crate) struct Client {
    connection: Connection,
    token: String,
}

impl Client {
    /// Connects with a token.
    pub(crate) fn connect(daemon: &Daemon, token: &str) -> io::Result<Self> {
        let mut connection = Connection::open(daemon.address())?;
        connection.stream().set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            connection,
            token: token.to_owned(),
        })
    }

    /// Sends a request to a path behind `/v1/`.
    pub(crate) fn ask(&mut self, method: &str, path: &str, body: &Value) -> io::Result<Reply> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let headers = format!("X-Vault-Token: {}\r\n", self.token);
        self.connection
            .request(method, &format!("/v1/{path}"), &headers, body.as_bytes())
    }

    /// As [`Self::ask`], and demands this status; answers `data`.
    pub(crate) fn data(&mut self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let reply = self.ask(method, path, body).unwrap();
        let text = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status, status, "{method} {path}: {text}");
        if reply.body.is_empty() {
            Value::Null
        } else {
            reply.json()["data"].clone()
        }
    }
}
