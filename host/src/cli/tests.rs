//! The commands against the real routes, over a socket.

use bytes::Bytes;
use clap::Parser;
use http_body_util::BodyExt;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;

use super::{Cli, Command, policy, token};
use crate::api::sys::{self, Sys};
use crate::auth::testing::{Bench, RandomOnly};
use crate::engine::seal::Sealing;

struct Daemon {
    bench: Bench,
    data: tempfile::TempDir,
    address: String,
}

impl Daemon {
    /// Serves until the test ends.
    async fn start() -> Self {
        let bench = Bench::new().await;
        let data = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let sealing = Sealing::open(bench.store.clone(), Arc::new(RandomOnly)).unwrap();
        let sys = Arc::new(Sys::new(bench.auth.clone(), Arc::new(RandomOnly), sealing));
        tokio::spawn(serve(listener, sys));
        Self { bench, data, address }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.data.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// What a command prints, or its error. Address and token are given, so that the environment has no say.
    async fn run(&self, line: &[&str]) -> Result<String, String> {
        let mut line = line.to_vec();
        for (flag, value) in [("--address", &self.address), ("--token", &self.bench.root)] {
            if !line.contains(&flag) {
                line.extend([flag, value.as_str()]);
            }
        }
        run(&line).await
    }
}

async fn run(line: &[&str]) -> Result<String, String> {
    let cli = Cli::try_parse_from([&["casemate"], line].concat()).map_err(|error| error.to_string())?;
    let outcome = match cli.command {
        Some(Command::Token(args)) => token::act(&args).await,
        Some(Command::Policy(args)) => policy::act(&args).await,
        other => panic!("{other:?}"),
    };
    outcome.map_err(|error| error.to_string())
}

async fn serve(listener: TcpListener, sys: Arc<Sys>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let sys = sys.clone();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let sys = sys.clone();
            async move {
                let (head, body) = request.into_parts();
                let body: Bytes = body.collect().await.unwrap().to_bytes();
                let request = hyper::Request::from_parts(head, body);
                let route = request.uri().path().strip_prefix("/v1/").unwrap().to_owned();
                Ok::<_, Infallible>(sys::handle(&sys, &request, &route).await)
            }
        });
        let connection =
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection);
    }
}

fn field<'t>(table: &'t str, name: &str) -> &'t str {
    let line = table
        .lines()
        .find(|line| line.split_whitespace().next() == Some(name))
        .unwrap();
    line[name.len()..].trim()
}

#[tokio::test]
async fn a_token_is_made_shown_renewed_and_revoked() {
    let daemon = Daemon::start().await;
    let line = [
        "token",
        "create",
        "--policy",
        "a,b",
        "--policy",
        "c",
        "--ttl",
        "10m",
        "--display-name",
        "ci",
    ];
    let made = daemon.run(&line).await.unwrap();
    let token = field(&made, "client_token").to_owned();
    assert_eq!(field(&made, "policies"), "a, b, c, default");
    assert_eq!(field(&made, "lease_duration"), "600");
    assert!(daemon.bench.valid(&token).await);

    let shown = daemon.run(&["token", "lookup", &token]).await.unwrap();
    assert_eq!(
        (field(&shown, "display_name"), field(&shown, "id")),
        ("token-ci", token.as_str())
    );
    let own = daemon.run(&["token", "lookup", "--token", &token]).await.unwrap();
    assert_eq!(field(&own, "accessor"), field(&shown, "accessor"));
    let by_accessor = [
        "token",
        "lookup",
        "--accessor",
        field(&shown, "accessor"),
        "--json",
    ];
    let json: Value = serde_json::from_str(&daemon.run(&by_accessor).await.unwrap()).unwrap();
    assert_eq!(json["policies"], serde_json::json!(["a", "b", "c", "default"]));

    let renewed = daemon
        .run(&["token", "renew", &token, "--increment", "1h"])
        .await
        .unwrap();
    assert_eq!(field(&renewed, "lease_duration"), "3600");
    assert_eq!(daemon.run(&["token", "revoke", &token]).await.unwrap(), "");
    assert!(!daemon.bench.valid(&token).await);
}

#[tokio::test]
async fn every_flag_of_create_arrives() {
    let daemon = Daemon::start().await;
    let line = [
        "token",
        "create",
        "--policy",
        "a",
        "--period",
        "1h",
        "--explicit-max-ttl",
        "3h",
        "--meta",
        "k=v=w",
        "--num-uses",
        "3",
        "--orphan",
        "--no-default-policy",
        "--not-renewable",
        "--json",
    ];
    let auth: Value = serde_json::from_str(&daemon.run(&line).await.unwrap()).unwrap();
    assert_eq!(auth["policies"], serde_json::json!(["a"]));
    assert_eq!(auth["metadata"], serde_json::json!({"k": "v=w"}));
    assert_eq!(
        (&auth["orphan"], &auth["renewable"]),
        (&true.into(), &false.into())
    );
    assert_eq!(
        (&auth["num_uses"], &auth["lease_duration"]),
        (&3.into(), &3600.into())
    );
    let token = auth["client_token"].as_str().unwrap();
    let shown = daemon.run(&["token", "lookup", token]).await.unwrap();
    assert_eq!(
        (field(&shown, "period"), field(&shown, "explicit_max_ttl")),
        ("3600", "10800")
    );
}

#[tokio::test]
async fn policies_are_written_read_listed_and_deleted() {
    let daemon = Daemon::start().await;
    let text = "# mine\npath \"a\" { capabilities = [\"read\"] }";
    let file = daemon.file("a.hcl", text);
    assert_eq!(
        daemon.run(&["policy", "write", "team/a", &file]).await.unwrap(),
        ""
    );
    assert_eq!(
        daemon.run(&["policy", "read", "team/a"]).await.unwrap(),
        format!("{text}\n")
    );
    assert_eq!(
        daemon.run(&["policy", "list"]).await.unwrap(),
        "default\nroot\nteam/a\n"
    );
    assert_eq!(daemon.run(&["policy", "delete", "team/a"]).await.unwrap(), "");
    let missing = daemon.run(&["policy", "read", "team/a"]).await.unwrap_err();
    assert_eq!(missing, "casemate refused: there is no such thing");
    let json: Value =
        serde_json::from_str(&daemon.run(&["policy", "list", "--json"]).await.unwrap()).unwrap();
    assert_eq!(json, serde_json::json!({"keys": ["default", "root"]}));
}

#[tokio::test]
async fn errors_are_one_sentence() {
    let daemon = Daemon::start().await;
    let bad = daemon.file("bad.hcl", "path \"a\" { mfa_methods = [] }");
    for (line, why) in [
        (
            &["token", "revoke"][..],
            "which token? give it, its --accessor, or --self",
        ),
        (
            &["token", "create", "--ttl", "soon"],
            "ttl must be seconds or a duration",
        ),
        (&["token", "create", "--meta", "k"], "give KEY=VALUE"),
        (&["token", "lookup", "x"], "casemate refused: bad token"),
        (
            &["token", "lookup", "--token", "x"],
            "casemate refused: permission denied",
        ),
        (
            &["token", "revoke", "x", "--accessor", "y"],
            "cannot be used with",
        ),
        (
            &["policy", "write", "a", &bad],
            "line 1: \"mfa_methods\" is not supported",
        ),
        (
            &["policy", "write", "a", "/no/such/file"],
            "can't read /no/such/file: No such file",
        ),
        (
            &["policy", "delete", "default"],
            "the policy default can't be deleted",
        ),
        (
            &["policy", "list", "--address", "https://localhost:1"],
            "is no address of a daemon",
        ),
        (
            &["policy", "list", "--address", "::"],
            "is no address of a daemon",
        ),
    ] {
        let error = daemon.run(line).await.unwrap_err();
        assert!(error.contains(why), "{line:?}: {error}");
    }
}

/// No two options of a command share a name, among others.
#[test]
fn the_command_line_is_sound() {
    <Cli as clap::CommandFactory>::command().debug_assert();
}

#[tokio::test]
async fn a_daemon_that_is_away_is_named() {
    // tcpmux, which only root could offer, and nobody does.
    let closed = "127.0.0.1:1";
    let line = [
        "policy",
        "list",
        "--address",
        &format!("http://{closed}/api/x"),
        "--token",
        "x",
    ];
    let error = run(&line).await.unwrap_err();
    assert!(
        error.starts_with(&format!("can't reach casemate on {closed}: ")),
        "{error}"
    );
    assert!(error.contains("`casemate serve`"));
}
