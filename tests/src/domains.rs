//! Domains of a daemon, as `casemate domain` makes and destroys them.

use crate::daemon::Daemon;
use crate::http::{Connection, Reply};
use std::io;

/// A client of the domains' API, as root.
#[derive(Debug)]
pub struct Domains {
    connection: Connection,
    headers: String,
}

impl Domains {
    /// Connects.
    ///
    /// # Errors
    /// When that fails.
    pub fn connect(daemon: &Daemon) -> io::Result<Self> {
        Ok(Self {
            connection: Connection::open(daemon.address())?,
            headers: format!("X-Vault-Token: {}\r\n", daemon.token()),
        })
    }

    /// Makes a domain; its identifier is in the answer, and its keyring.
    ///
    /// # Errors
    /// When the connection breaks before the whole answer.
    pub fn create(&mut self) -> io::Result<Reply> {
        self.send("POST", "")
    }

    /// Asks about one domain.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn describe(&mut self, domain: &str) -> io::Result<Reply> {
        self.send("GET", &format!("/{domain}"))
    }

    /// Destroys a domain.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn destroy(&mut self, domain: &str) -> io::Result<Reply> {
        self.send("DELETE", &format!("/{domain}"))
    }

    /// The identifiers of all domains.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn list(&mut self) -> io::Result<Vec<String>> {
        let keys = self.send("LIST", "")?.json()["data"]["keys"].clone();
        serde_json::from_value(keys).map_err(io::Error::other)
    }

    fn send(&mut self, method: &str, path: &str) -> io::Result<Reply> {
        let target = format!("/v1/sys/okms/domains{path}");
        self.connection.request(method, &target, &self.headers, b"")
    }
}

/// A text in the `data` of an answer.
pub fn text(reply: &Reply, name: &str) -> Option<String> {
    Some(reply.json()["data"][name].as_str()?.to_owned())
}
