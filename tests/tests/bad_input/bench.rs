use casemate_tests::daemon::Daemon;
use casemate_tests::http::{Connection, Reply};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A daemon with one secret, and what proper requests to it look like.
pub(crate) struct Bench {
    pub(crate) daemon: Daemon,
    pub(crate) token: String,
    pub(crate) base: String,
    _directory: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let daemon = Daemon::start(directory.path(), "sim:").unwrap();
        let bench = Self {
            token: format!("X-Vault-Token: {}\r\n", daemon.token()),
            base: format!("/api/{}/v1", daemon.domain()),
            daemon,
            _directory: directory,
        };
        let reply = bench.ask("POST", "/secret/data/good", br#"{"data":{"text":"good"}}"#);
        assert_eq!(reply.status, 200);
        bench
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.daemon.address()).unwrap()
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: &[u8]) -> Reply {
        let target = format!("{}{path}", self.base);
        self.connect()
            .request(method, &target, &self.token, body)
            .unwrap()
    }

    /// Asks with other headers than the root token's.
    pub(crate) fn ask_with(&self, headers: &str) -> Reply {
        let target = format!("{}/secret/data/good", self.base);
        self.connect().request("GET", &target, headers, b"").unwrap()
    }

    /// The answer to bytes as they are.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Reply {
        let mut connection = self.connect();
        connection.send(bytes).unwrap();
        connection.receive().unwrap()
    }

    /// A proper read of the secret, as bytes.
    pub(crate) fn read(&self, version: &str) -> Vec<u8> {
        let (base, token) = (&self.base, &self.token);
        format!("GET {base}/secret/data/good {version}\r\nHost: casemate\r\n{token}\r\n").into_bytes()
    }

    pub(crate) fn serves(&self) {
        let reply = self.raw(&self.read("HTTP/1.1"));
        assert_eq!(
            (reply.status, &reply.json()["data"]["data"]["text"]),
            (200, &json!("good"))
        );
    }

    pub(crate) fn stop(self) {
        self.serves();
        let log = self.daemon.log();
        assert!(!log.contains("panic"), "{log}");
        self.daemon.stop().unwrap();
    }
}

/// The error body that all Vault dialects share, and OVHcloud's keys where it is theirs.
pub(crate) fn is_refusal(reply: &Reply, status: u16, of_okms: bool, what: &str) {
    let json = reply.json();
    assert_eq!(reply.status, status, "{what}: {json}");
    assert_eq!(reply.header("content-type"), Some("application/json"), "{what}");
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{what}");
    assert!(json["errors"].is_array(), "{what}: {json}");
    if of_okms {
        assert!(
            json["error_code"].is_i64() && json["request_id"].is_string(),
            "{what}: {json}"
        );
        assert_eq!(json["data"], Value::Null, "{what}");
    }
}
