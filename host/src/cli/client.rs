//! Commands that ask a running daemon over HTTP.

use crate::config::DEFAULT_DATA;
use bytes::Bytes;
use clap::Args;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use zeroize::Zeroizing;

/// For the whole of a request; revoking very many tokens takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of an answer at most.
const MAX_ANSWER: usize = 16 << 20;
/// What is encoded in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Which daemon to ask, and as whom.
#[derive(Debug, Clone, Args)]
pub(super) struct ClientArgs {
    #[arg(long, value_name = "DIR", env = "CASEMATE_DATA", global = true, help = format!("Data directory of the daemon: its address and root token are read from there [default: {DEFAULT_DATA}]"))]
    data: Option<PathBuf>,
    /// Address of the daemon, instead of the one in its data directory; without --data, $VAULT_ADDR counts too
    #[arg(long, value_name = "HOST:PORT", env = "CASEMATE_ADDR", global = true)]
    address: Option<String>,
    /// Token, instead of the root token in the data directory; without --data, $VAULT_TOKEN counts too
    #[arg(long, env = "CASEMATE_TOKEN", hide_env_values = true, global = true)]
    token: Option<String>,
    /// Print the daemon's answer as JSON
    #[arg(long, global = true)]
    json: bool,
}

/// Why the daemon did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    #[error("{0:?} is no address of a daemon; give host:port or http://host:port")]
    Address(String),
    #[error("HTTP: {0}")]
    Http(#[from] hyper::Error),
    #[error("the request can't be made: {0}")]
    Request(#[from] hyper::http::Error),
    #[error(
        "no token for {0}: give one with --token or $VAULT_TOKEN, or name the data directory of that daemon with --data"
    )]
    NoToken(String),
    #[error("casemate refused: {0}")]
    Refused(String),
    #[error("casemate on {0} did not answer within {limit} seconds", limit = PATIENCE.as_secs())]
    Silent(String),
    #[error("casemate answered what this command does not understand: {0}")]
    Unintelligible(String),
    #[error(
        "can't reach casemate on {0}: {1}; start it with `casemate serve`, or name another with --address"
    )]
    Unreachable(String, io::Error),
    #[error("can't read {0}: {1}; is casemate running, and is --data its directory?")]
    Unreadable(PathBuf, io::Error),
}

impl ClientArgs {
    /// Whether to print JSON.
    pub(super) fn json(&self) -> bool {
        self.json
    }

    /// Sends one request and answers the JSON of a success; null where there is none.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, ClientError> {
        let (address, is_own) = self.address()?;
        let token = self.token(&address, is_own)?;
        let asked = ask(&address, &token, method, path, body);
        timeout(PATIENCE, asked)
            .await
            .map_err(|_| ClientError::Silent(address.clone()))?
    }

    /// Where to ask, and whether that is the daemon of the data directory, as far as we are told.
    fn address(&self) -> Result<(String, bool), ClientError> {
        if let Some(given) = &self.address {
            return Ok((authority(given)?, self.data.is_some()));
        }
        match variable("VAULT_ADDR") {
            Some(given) if self.data.is_none() => Ok((authority(&given)?, false)),
            _ => Ok((read(&self.file("address"))?.to_string(), true)),
        }
    }

    /// The root token of a data directory goes to its own daemon only.
    fn token(&self, address: &str, is_own: bool) -> Result<Zeroizing<String>, ClientError> {
        let named = match self.data {
            Some(_) => None,
            None => variable("VAULT_TOKEN"),
        };
        match self.token.clone().or(named) {
            Some(given) => Ok(given.into()),
            None if is_own => read(&self.file("root-token")),
            None => Err(ClientError::NoToken(address.to_owned())),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        let directory = self.data.as_deref().unwrap_or(Path::new(DEFAULT_DATA));
        directory.join(name)
    }
}

/// A name as one or more segments of a path.
pub(super) fn encoded(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Host and port of an address; the path of a `VAULT_ADDR` that names a domain is dropped.
fn authority(address: &str) -> Result<String, ClientError> {
    let wrong = || ClientError::Address(address.to_owned());
    let uri: Uri = address.parse().map_err(|_| wrong())?;
    if uri.scheme_str().is_some_and(|scheme| scheme != "http") {
        return Err(wrong());
    }
    let authority = uri.authority().ok_or_else(wrong)?;
    let port = authority.port_u16().unwrap_or(80);
    Ok(format!("{}:{port}", authority.host()))
}

fn read(path: &Path) -> Result<Zeroizing<String>, ClientError> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|error| ClientError::Unreadable(path.to_owned(), error))?;
    Ok(text.trim().to_owned().into())
}

async fn ask(
    address: &str,
    token: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, ClientError> {
    let stream = TcpStream::connect(address).await;
    let stream = stream.map_err(|error| ClientError::Unreachable(address.to_owned(), error))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, address)
        .header("X-Vault-Token", token)
        .body(Full::new(body))?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, MAX_ANSWER).collect().await;
    let body = body.map_err(|error| ClientError::Unintelligible(error.to_string()))?;
    answer(head.status, &body.to_bytes())
}

fn answer(status: StatusCode, body: &[u8]) -> Result<Value, ClientError> {
    if body.is_empty() && status.is_success() {
        return Ok(Value::Null);
    }
    let json: Value =
        serde_json::from_slice(body).map_err(|error| ClientError::Unintelligible(error.to_string()))?;
    if status.is_success() {
        return Ok(json);
    }
    let texts = json["errors"].as_array().into_iter().flatten();
    // IBM's management of identities says its errors in objects.
    let texts: Vec<_> = texts
        .filter_map(|text| text.as_str().or_else(|| text["message"].as_str()))
        .collect();
    Err(ClientError::Refused(match texts[..] {
        [] if status == StatusCode::NOT_FOUND => "there is no such thing".into(),
        [] => status.to_string(),
        _ => texts.join("; "),
    }))
}
