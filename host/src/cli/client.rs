//! Commands that ask a running daemon over HTTP.

use crate::config::DEFAULT_DATA;
use bytes::Bytes;
use clap::Args;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tokio::net::TcpStream;

/// Which daemon to ask, and as whom.
#[derive(Debug, Clone, Args)]
pub(super) struct ClientArgs {
    /// Data directory of the daemon: its address and root token are read from there
    #[arg(long, value_name = "DIR", env = "CASEMATE_DATA", default_value = DEFAULT_DATA, global = true)]
    data: PathBuf,
    /// Address of the daemon, instead of the one in its data directory
    #[arg(long, value_name = "HOST:PORT", env = "CASEMATE_ADDRESS", global = true)]
    address: Option<String>,
    /// Token, instead of the root token in the data directory
    #[arg(long, env = "CASEMATE_TOKEN", hide_env_values = true, global = true)]
    token: Option<String>,
}

/// Why the daemon did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    #[error("can't read {0}: {1}; is casemate running, and is --data its directory?")]
    Unreadable(PathBuf, std::io::Error),
    #[error("can't reach casemate on {0}: {1}; is it running?")]
    Unreachable(String, std::io::Error),
    #[error("casemate refused: {0}")]
    Refused(String),
    #[error("casemate answered what this command does not understand: {0}")]
    Unintelligible(String),
    #[error("HTTP: {0}")]
    Http(#[from] hyper::Error),
    #[error("the request can't be made: {0}")]
    Request(#[from] hyper::http::Error),
}

impl ClientArgs {
    /// Sends one request and answers the JSON of a success; null where there is none.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, ClientError> {
        let address = self.given_or_read(self.address.as_ref(), "address")?;
        let token = self.given_or_read(self.token.as_ref(), "root-token")?;
        let stream = TcpStream::connect(&address)
            .await
            .map_err(|error| ClientError::Unreachable(address.clone(), error))?;
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
        let body = body.collect().await?.to_bytes();
        answer(head.status.is_success(), &body)
    }

    fn given_or_read(&self, given: Option<&String>, name: &str) -> Result<String, ClientError> {
        match given {
            Some(given) => Ok(given.clone()),
            None => read(&self.data.join(name)),
        }
    }
}

fn read(path: &Path) -> Result<String, ClientError> {
    let text =
        std::fs::read_to_string(path).map_err(|error| ClientError::Unreadable(path.to_owned(), error))?;
    Ok(text.trim().to_owned())
}

fn answer(success: bool, body: &[u8]) -> Result<Value, ClientError> {
    if body.is_empty() && success {
        return Ok(Value::Null);
    }
    let json: Value =
        serde_json::from_slice(body).map_err(|error| ClientError::Unintelligible(error.to_string()))?;
    if success {
        return Ok(json);
    }
    let texts = json["errors"].as_array().into_iter().flatten();
    let texts: Vec<_> = texts.filter_map(Value::as_str).collect();
    Err(ClientError::Refused(texts.join("; ")))
}
