//! Secrets of one domain over one HTTP connection, as a Vault client sees them.

use crate::daemon::Daemon;
use crate::http::{Connection, Reply};
use serde_json::{Value, json};
use std::io;

/// A client of the KV version 2 API.
#[derive(Debug)]
pub struct Kv {
    connection: Connection,
    base: String,
    headers: String,
}

impl Kv {
    /// Connects as root to the daemon's first domain.
    ///
    /// # Errors
    /// When that fails.
    pub fn connect(daemon: &Daemon) -> io::Result<Self> {
        Self::of_domain(daemon, daemon.domain())
    }

    /// Connects as root to another domain.
    ///
    /// # Errors
    /// When that fails.
    pub fn of_domain(daemon: &Daemon, domain: &str) -> io::Result<Self> {
        Ok(Self {
            connection: Connection::open(daemon.address())?,
            base: format!("/api/{domain}/v1"),
            headers: format!("X-Vault-Token: {}\r\n", daemon.token()),
        })
    }

    /// Sends a request to a path under `/api/{domain}/v1`.
    ///
    /// # Errors
    /// When the connection breaks before the whole answer.
    pub fn send(&mut self, method: &str, path: &str, body: &Value) -> io::Result<Reply> {
        let target = format!("{}/{path}", self.base);
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        self.connection
            .request(method, &target, &self.headers, body.as_bytes())
    }

    /// Writes a version that holds this text.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn write(&mut self, path: &str, text: &str) -> io::Result<Reply> {
        let body = json!({ "data": { "text": text } });
        self.send("POST", &format!("secret/data/{path}"), &body)
    }

    /// Reads a version; 0 is the newest.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn read(&mut self, path: &str, version: u64) -> io::Result<Reply> {
        self.send(
            "GET",
            &format!("secret/data/{path}?version={version}"),
            &Value::Null,
        )
    }

    /// Reads a secret's metadata.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn metadata(&mut self, path: &str) -> io::Result<Reply> {
        self.send("GET", &format!("secret/metadata/{path}"), &Value::Null)
    }
}

/// The text that [`Kv::write`] put into the version that this answer holds.
pub fn text(reply: &Reply) -> Option<String> {
    Some(reply.json()["data"]["data"]["text"].as_str()?.to_owned())
}

/// The version number in the answer to a write.
pub fn version(reply: &Reply) -> Option<u64> {
    reply.json()["data"]["version"].as_u64()
}
