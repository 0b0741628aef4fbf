//! Requests that no proper client sends: the dialect's status and body each time, and the daemon serves the others.

use casemate_tests::daemon::Daemon;
use casemate_tests::http::{Connection, Reply};
use serde_json::{Value, json};
use std::net::Shutdown;
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A daemon with one secret, and what proper requests to it look like.
struct Bench {
    daemon: Daemon,
    token: String,
    base: String,
    _directory: TempDir,
}

impl Bench {
    fn new() -> Self {
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

    fn connect(&self) -> Connection {
        Connection::open(self.daemon.address()).unwrap()
    }

    fn ask(&self, method: &str, path: &str, body: &[u8]) -> Reply {
        let target = format!("{}{path}", self.base);
        self.connect()
            .request(method, &target, &self.token, body)
            .unwrap()
    }

    /// Asks with other headers than the root token's.
    fn ask_with(&self, headers: &str) -> Reply {
        let target = format!("{}/secret/data/good", self.base);
        self.connect().request("GET", &target, headers, b"").unwrap()
    }

    /// The answer to bytes as they are.
    fn raw(&self, bytes: &[u8]) -> Reply {
        let mut connection = self.connect();
        connection.send(bytes).unwrap();
        connection.receive().unwrap()
    }

    /// A proper read of the secret, as bytes.
    fn read(&self, version: &str) -> Vec<u8> {
        let (base, token) = (&self.base, &self.token);
        format!("GET {base}/secret/data/good {version}\r\nHost: casemate\r\n{token}\r\n").into_bytes()
    }

    fn serves(&self) {
        let reply = self.raw(&self.read("HTTP/1.1"));
        assert_eq!(
            (reply.status, &reply.json()["data"]["data"]["text"]),
            (200, &json!("good"))
        );
    }

    fn stop(self) {
        self.serves();
        let log = self.daemon.log();
        assert!(!log.contains("panic"), "{log}");
        self.daemon.stop().unwrap();
    }
}

/// The error body that all Vault dialects share, and OVHcloud's keys where it is theirs.
fn is_refusal(reply: &Reply, status: u16, of_okms: bool, what: &str) {
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

#[test]
fn bodies_that_are_none() {
    let bench = Bench::new();
    let deep_arrays = format!(r#"{{"data":{{"a":{}"#, "[".repeat(100_000));
    let deep_objects = format!(r#"{{"data":{}"#, r#"{"a":"#.repeat(20_000));
    let closed = format!(
        r#"{{"data":{{"a":{}{}}}}}"#,
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    let bodies: [&[u8]; 12] = [
        b"nonsense",
        b"{",
        b"[1]",
        b"\"text\"",
        b"null",
        b"12",
        b"{\"data\":{}}}",
        b"\xff\xfe{}",
        b"{\"data\":{\"a\":\"\xff\"}}",
        deep_arrays.as_bytes(),
        deep_objects.as_bytes(),
        closed.as_bytes(),
    ];
    let calls = [
        ("POST", "/secret/data/a"),
        ("PUT", "/secret/data/good"),
        ("PATCH", "/secret/data/good"),
        ("POST", "/secret/metadata/good"),
        ("PATCH", "/secret/metadata/good"),
        ("POST", "/secret/config"),
        ("POST", "/secret/delete/good"),
        ("POST", "/secret/undelete/good"),
        ("PUT", "/secret/destroy/good"),
        ("POST", "/auth/token/create"),
    ];
    for (method, path) in calls {
        for body in bodies {
            let what = format!(
                "{method} {path} {}",
                String::from_utf8_lossy(&body[..body.len().min(20)])
            );
            is_refusal(
                &bench.ask(method, path, body),
                400,
                path.starts_with("/secret"),
                &what,
            );
        }
    }
    assert_eq!(
        bench.ask("GET", "/secret/metadata/a", b"").status,
        404,
        "a refused write left something"
    );
    bench.stop();
}

#[test]
fn values_of_wrong_types() {
    let bench = Bench::new();
    let cases = [
        ("POST", "/secret/data/good", r#"{"data":1}"#),
        ("POST", "/secret/data/good", r#"{"data":[]}"#),
        ("POST", "/secret/data/good", r#"{"data":"text"}"#),
        ("POST", "/secret/data/good", r#"{"data":null}"#),
        ("POST", "/secret/data/good", r#"{"data":{},"options":1}"#),
        (
            "POST",
            "/secret/data/good",
            r#"{"data":{},"options":{"cas":"x"}}"#,
        ),
        ("POST", "/secret/data/good", r#"{"data":{},"options":{"cas":-1}}"#),
        (
            "POST",
            "/secret/data/good",
            r#"{"data":{},"options":{"cas":1e99}}"#,
        ),
        ("POST", "/secret/metadata/good", r#"{"max_versions":"many"}"#),
        ("POST", "/secret/metadata/good", r#"{"cas_required":"perhaps"}"#),
        ("POST", "/secret/metadata/good", r#"{"custom_metadata":[]}"#),
        ("POST", "/secret/metadata/good", r#"{"delete_version_after":{}}"#),
        (
            "POST",
            "/secret/config",
            r#"{"max_versions":99999999999999999999}"#,
        ),
        ("POST", "/secret/delete/good", r#"{"versions":{}}"#),
        ("POST", "/secret/undelete/good", r#"{"versions":[[]]}"#),
        ("PUT", "/secret/destroy/good", r#"{"versions":["x"]}"#),
        ("PUT", "/secret/destroy/good", r#"{}"#),
    ];
    for (method, path, body) in cases {
        is_refusal(&bench.ask(method, path, body.as_bytes()), 400, true, body);
    }
    bench.stop();
}

#[test]
fn bodies_that_are_too_large() {
    let bench = Bench::new();
    let head = format!(
        "POST {}/secret/data/a HTTP/1.1\r\nHost: casemate\r\n{}",
        bench.base, bench.token
    );
    let declared = bench.raw(format!("{head}Content-Length: 10000000\r\n\r\n").as_bytes());
    is_refusal(&declared, 413, true, "declared");
    assert_eq!(declared.header("connection"), Some("close"));

    let mut chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..40 {
        chunked.extend_from_slice(b"2000\r\n");
        chunked.extend_from_slice(&[b'x'; 0x2000]);
        chunked.extend_from_slice(b"\r\n");
    }
    is_refusal(&bench.raw(&chunked), 413, true, "chunked");

    let large = format!(r#"{{"data":{{"text":"{}"}}}}"#, "x".repeat(65_536));
    is_refusal(
        &bench.ask("POST", "/secret/data/a", large.as_bytes()),
        413,
        true,
        "a version",
    );
    assert_eq!(
        bench.ask("GET", "/secret/metadata/a", b"").status,
        404,
        "a refused write left something"
    );
    bench.stop();
}

#[test]
fn paths_that_are_none() {
    let bench = Bench::new();
    for path in [
        "%",
        "%2",
        "%zz",
        "%ff",
        "a%00b",
        "a%0ab",
        "a*b",
        "/a",
        "a//b",
        "a/",
        &"p".repeat(256),
    ] {
        let reply = bench.ask("POST", &format!("/secret/data/{path}"), br#"{"data":{}}"#);
        is_refusal(&reply, 400, true, path);
    }
    // What HTTP itself does not allow in a request line never reaches the dialect.
    for raw in [&b"a\0b"[..], b"a\x7fb", b"a b"] {
        let mut request = format!("GET {}/secret/data/", bench.base).into_bytes();
        request.extend_from_slice(raw);
        request.extend_from_slice(format!(" HTTP/1.1\r\nHost: casemate\r\n{}\r\n", bench.token).as_bytes());
        assert_eq!(bench.raw(&request).status, 400, "{raw:?}");
    }
    for raw in [&b"\xff"[..], b"\xc3\xa4"] {
        let mut request = format!("GET {}/secret/data/", bench.base).into_bytes();
        request.extend_from_slice(raw);
        request.extend_from_slice(format!(" HTTP/1.1\r\nHost: casemate\r\n{}\r\n", bench.token).as_bytes());
        assert_eq!(bench.raw(&request).status, 400, "{raw:?}");
    }
    bench.stop();
}

#[test]
fn routes_and_methods_that_do_not_exist() {
    let bench = Bench::new();
    for path in [
        "/",
        "/v1",
        "/v2/secret/data/a",
        "/api/",
        "/api/x",
        "/metrics",
        "/v1/",
        "/v1/secret/nothing/a",
    ] {
        let reply = bench.connect().request("GET", path, &bench.token, b"").unwrap();
        is_refusal(&reply, 404, true, path);
    }
    let foreign = "/api/00000000-0000-4000-8000-000000000000/v1/secret/data/a";
    for target in [foreign, "/api/not-a-uuid/v1/secret/data/a"] {
        let reply = bench.connect().request("GET", target, &bench.token, b"").unwrap();
        is_refusal(&reply, 404, true, target);
    }
    for (method, path) in [
        ("BREW", "/secret/data/good"),
        ("OPTIONS", "/secret/data/good"),
        ("TRACE", "/secret/metadata/good"),
        ("DELETE", "/secret/config"),
        ("GET", "/secret/delete/good"),
        ("PATCH", "/secret/destroy/good"),
        ("POST", "/secret/subkeys/good"),
    ] {
        is_refusal(
            &bench.ask(method, path, b""),
            405,
            true,
            &format!("{method} {path}"),
        );
    }
    bench.stop();
}

fn new_token(bench: &Bench, body: &str) -> String {
    let reply = bench
        .connect()
        .request("POST", "/v1/auth/token/create", &bench.token, body.as_bytes());
    let reply = reply.unwrap();
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()["auth"]["client_token"].as_str().unwrap().to_owned()
}

/// As a Vault client and as OVHcloud's.
fn is_unknown(bench: &Bench, token: &str, what: &str) {
    is_refusal(
        &bench.ask_with(&format!("X-Vault-Token: {token}\r\n")),
        403,
        true,
        what,
    );
    is_refusal(
        &bench.ask_with(&format!("Authorization: Bearer {token}\r\n")),
        401,
        true,
        what,
    );
}

#[test]
fn tokens_that_are_none() {
    let bench = Bench::new();
    is_refusal(&bench.ask_with(""), 401, true, "no token");
    is_refusal(
        &bench.ask_with("Authorization: Basic cm9vdDpyb290\r\n"),
        401,
        true,
        "another scheme",
    );
    is_refusal(
        &bench.ask_with("X-Vault-Token: \r\n"),
        401,
        true,
        "an empty token",
    );
    for token in [
        "nonsense",
        "hvs.",
        &"x".repeat(10_000),
        "a b",
        "\u{e4}",
        &bench.daemon.token()[1..],
    ] {
        is_unknown(&bench, token, token);
    }

    let revoked = new_token(&bench, r#"{"ttl":"1h","policies":["root"]}"#);
    assert_eq!(
        bench.ask_with(&format!("X-Vault-Token: {revoked}\r\n")).status,
        200
    );
    let header = format!("X-Vault-Token: {revoked}\r\n");
    let reply = bench
        .connect()
        .request("POST", "/v1/auth/token/revoke-self", &header, b"")
        .unwrap();
    assert_eq!(reply.status, 204);
    is_unknown(&bench, &revoked, "a revoked token");

    let expired = new_token(&bench, r#"{"ttl":"1s","policies":["root"]}"#);
    sleep(Duration::from_millis(1100));
    is_unknown(&bench, &expired, "an expired token");
    bench.stop();
}

#[test]
fn requests_that_http_does_not_allow() {
    let bench = Bench::new();
    let (base, token) = (&bench.base, &bench.token);
    let get = format!("GET {base}/secret/data/good HTTP/1.1\r\nHost: casemate\r\n{token}");
    let huge = format!("{get}X-Filler: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("{get}{}\r\n", "X-Filler: x\r\n".repeat(1000));
    for (what, request) in [("a huge header", huge), ("many headers", many)] {
        let mut connection = bench.connect();
        // The server may hang up before it has taken all of it.
        let _ = connection.send(request.as_bytes());
        match connection.receive() {
            Ok(reply) => assert_eq!(reply.status, 431, "{what}"),
            Err(_) => assert!(connection.is_closed(), "{what}"),
        }
    }
    for (what, head) in [
        ("two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n"),
        ("no length", "Content-Length: many\r\n"),
        ("a negative length", "Content-Length: -1\r\n"),
        ("a header without a name", ": x\r\n"),
    ] {
        assert_eq!(
            bench.raw(format!("{get}{head}\r\n{{}}").as_bytes()).status,
            400,
            "{what}"
        );
    }
    assert_eq!(
        bench
            .raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
            .status,
        400,
        "TLS"
    );
    bench.stop();
}

#[test]
fn requests_that_break_off() {
    let bench = Bench::new();
    let whole = bench.read("HTTP/1.1");
    for len in [1, 10, whole.len() / 2, whole.len() - 1] {
        let mut connection = bench.connect();
        connection.send(&whole[..len]).unwrap();
        connection.stream().shutdown(Shutdown::Write).unwrap();
        assert!(
            connection.receive().map_or(true, |reply| reply.status == 400),
            "{len} bytes"
        );
    }
    let head = format!(
        "POST {}/secret/data/broken HTTP/1.1\r\nHost: casemate\r\n{}",
        bench.base, bench.token
    );
    let mut connection = bench.connect();
    connection
        .send(format!("{head}Content-Length: 100\r\n\r\n{{\"data\":{{}}}}").as_bytes())
        .unwrap();
    connection.stream().shutdown(Shutdown::Write).unwrap();
    assert!(connection.receive().map_or(true, |reply| reply.status == 400));
    assert_eq!(
        bench.ask("GET", "/secret/metadata/broken", b"").status,
        404,
        "half a request was carried out"
    );
    bench.stop();
}

#[test]
fn a_length_that_is_too_short_ends_the_request_there() {
    let bench = Bench::new();
    let head = format!(
        "POST {}/secret/data/short HTTP/1.1\r\nHost: casemate\r\n{}",
        bench.base, bench.token
    );
    let mut connection = bench.connect();
    connection
        .send(format!("{head}Content-Length: 4\r\n\r\n{{\"data\":{{}}}}").as_bytes())
        .unwrap();
    is_refusal(&connection.receive().unwrap(), 400, true, "four bytes of a body");
    // What follows is taken for the next request, and is none.
    assert_eq!(connection.receive().unwrap().status, 400);
    assert!(connection.is_closed());
    bench.stop();
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let bench = Bench::new();
    let mut bytes = Vec::new();
    for number in 0..50 {
        let (base, token) = (&bench.base, &bench.token);
        let body = format!(r#"{{"data":{{"n":{number}}}}}"#);
        let len = body.len();
        bytes.extend_from_slice(format!("POST {base}/secret/data/pipe HTTP/1.1\r\nHost: casemate\r\n{token}Content-Length: {len}\r\n\r\n{body}").as_bytes());
        bytes.extend_from_slice(
            format!("GET {base}/secret/data/pipe HTTP/1.1\r\nHost: casemate\r\n{token}\r\n").as_bytes(),
        );
    }
    let mut connection = bench.connect();
    connection.send(&bytes).unwrap();
    for number in 0..50 {
        assert_eq!(
            connection.receive().unwrap().json()["data"]["version"],
            json!(number + 1)
        );
        assert_eq!(
            connection.receive().unwrap().json()["data"]["data"]["n"],
            json!(number)
        );
    }
    bench.stop();
}

#[test]
fn http_1_0_is_served_and_closed() {
    let bench = Bench::new();
    let mut connection = bench.connect();
    connection.send(&bench.read("HTTP/1.0")).unwrap();
    let reply = connection.receive().unwrap();
    assert_eq!(
        (reply.status, &reply.json()["data"]["data"]["text"]),
        (200, &json!("good"))
    );
    assert!(connection.is_closed());
    bench.stop();
}

#[test]
fn slow_clients_hold_up_nobody_and_are_dropped() {
    let bench = Bench::new();
    let begun = Instant::now();
    let request = bench.read("HTTP/1.1");
    let mut slow: Vec<_> = (0..200).map(|_| bench.connect()).collect();
    let mut slowest = Duration::ZERO;
    for &byte in &request[..20] {
        for connection in &mut slow {
            connection.send(&[byte]).unwrap();
        }
        let asked = Instant::now();
        bench.serves();
        slowest = slowest.max(asked.elapsed());
    }
    eprintln!("others were served within {slowest:?}");
    assert!(
        slowest < Duration::from_secs(2),
        "a proper client waited {slowest:?}"
    );
    for connection in &mut slow {
        connection
            .stream()
            .set_read_timeout(Some(Duration::from_secs(40)))
            .unwrap();
        let dropped = connection.receive().map_or(true, |reply| reply.status == 408);
        assert!(dropped && connection.is_closed());
    }
    eprintln!("all were dropped after {:?}", begun.elapsed());
    bench.stop();
}
