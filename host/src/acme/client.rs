use super::error::Problem;
use super::jws::{self, By};
use super::{AccountKey, AcmeError};
use crate::http::{self, Request, body};
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, LOCATION, USER_AGENT};
use serde::de::DeserializeOwned;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Bytes of an answer at most: a chain of certificates has some thousands.
const MAX_ANSWER: usize = 1 << 18;
/// Tries at a request whose nonce is refused: with a fifth refused, one in ten million orders fails for it.
const NONCE_TRIES: usize = 12;
/// Tries at a request that never arrived.
const TRIES: usize = 3;
/// Between them.
const PAUSE: Duration = Duration::from_millis(300);
const AGENT: &str = concat!("casemate/", env!("CARGO_PKG_VERSION"));

/// Where a server wants to be asked (RFC 8555, section 7.1.1).
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Directory {
    pub(super) new_nonce: String,
    pub(super) new_account: String,
    pub(super) new_order: String,
    pub(super) revoke_cert: String,
}

/// Asks one server as one account.
pub(crate) struct Client<'k> {
    pub(super) directory: Directory,
    pub(super) key: Box<dyn AccountKey + 'k>,
    /// The account's URL; empty until it is known.
    pub(super) account: String,
    nonce: Mutex<Option<String>>,
    /// How long the server has for one answer.
    patience: Duration,
}

/// An answer that is no error.
pub(super) struct Reply {
    url: String,
    headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Reply {
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, AcmeError> {
        serde_json::from_slice(&self.body).map_err(|_| AcmeError::Unintelligible(self.url.clone()))
    }

    /// The URL of what was made.
    pub(super) fn location(&self) -> Result<String, AcmeError> {
        header(&self.headers, LOCATION.as_str()).ok_or_else(|| AcmeError::Unintelligible(self.url.clone()))
    }
}

impl<'k> Client<'k> {
    /// Reads the directory at this URL, and finds or makes the key's account.
    pub(crate) async fn open(
        directory: &str,
        key: Box<dyn AccountKey + 'k>,
        patience: Duration,
    ) -> Result<Self, AcmeError> {
        let request = hyper::Request::get(directory).header(USER_AGENT, AGENT);
        let reply = send(directory, request.body(body(Bytes::new())), patience).await?;
        let mut client = Self {
            directory: understood(directory, reply)?.json()?,
            key,
            account: String::new(),
            nonce: Mutex::default(),
            patience,
        };
        client.account = client.find_account().await?;
        Ok(client)
    }

    /// Posts as the account; an empty payload only reads.
    pub(super) async fn post(&self, url: &str, payload: &str) -> Result<Reply, AcmeError> {
        self.post_by(By::Account(&self.account), url, payload).await
    }

    /// A nonce that the server refuses is no reason to give up: its answer has another (RFC 8555, section 6.5).
    pub(super) async fn post_by(&self, by: By<'_>, url: &str, payload: &str) -> Result<Reply, AcmeError> {
        for _ in 1..NONCE_TRIES {
            match self.post_once(by, url, payload).await {
                Err(AcmeError::Problem(problem)) if problem.code() == "badNonce" => {}
                answer => return answer,
            }
        }
        self.post_once(by, url, payload).await
    }

    async fn post_once(&self, by: By<'_>, url: &str, payload: &str) -> Result<Reply, AcmeError> {
        let nonce = self.take_nonce().await?;
        let signed = jws::signed(&*self.key, by, (url, &nonce), payload).await?;
        let request = hyper::Request::post(url)
            .header(USER_AGENT, AGENT)
            .header(CONTENT_TYPE, "application/jose+json")
            .body(body(signed));
        let reply = send(url, request, self.patience).await?;
        self.keep_nonce(reply.headers());
        understood(url, reply)
    }

    async fn take_nonce(&self) -> Result<String, AcmeError> {
        if let Some(nonce) = self.nonces().take() {
            return Ok(nonce);
        }
        let url = &self.directory.new_nonce;
        let request = hyper::Request::head(url).header(USER_AGENT, AGENT);
        let reply = send(url, request.body(body(Bytes::new())), self.patience).await?;
        let nonce = header(reply.headers(), "replay-nonce");
        nonce.ok_or_else(|| AcmeError::Unintelligible(url.clone()))
    }

    fn keep_nonce(&self, headers: &HeaderMap) {
        *self.nonces() = header(headers, "replay-nonce");
    }

    fn nonces(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.nonce.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Sends a request; one that never arrived is sent again.
async fn send(
    url: &str,
    request: Result<Request, hyper::http::Error>,
    patience: Duration,
) -> Result<hyper::Response<Bytes>, AcmeError> {
    let unintelligible = || AcmeError::Unintelligible(url.to_owned());
    let request = request.map_err(|_| unintelligible())?;
    if request.uri().scheme_str() != Some("https") {
        return Err(unintelligible());
    }
    let mut left = TRIES;
    loop {
        left -= 1;
        match http::send_whole(request.clone(), MAX_ANSWER, patience).await {
            Err(error) if error.is_unsent() && left > 0 => tokio::time::sleep(PAUSE).await,
            Err(why) => {
                let url = url.to_owned();
                return Err(AcmeError::Unreachable { url, why });
            }
            Ok(reply) => return Ok(reply),
        }
    }
}

fn understood(url: &str, reply: hyper::Response<Bytes>) -> Result<Reply, AcmeError> {
    let (head, body) = reply.into_parts();
    match head.status.is_success() {
        true => Ok(Reply {
            url: url.to_owned(),
            headers: head.headers,
            body,
        }),
        false => Err(AcmeError::Problem(Problem::parse(head.status.as_u16(), &body))),
    }
}
