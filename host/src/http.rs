//! Requests to others, over HTTP or HTTPS with the machine's certificate authorities. Redirects are not followed.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::StatusCode;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::time::timeout;

/// How long others have for one answer, where nothing else is set.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A request with its whole body.
pub(crate) type Request = hyper::Request<Full<Bytes>>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// The machine's certificate authorities can't be read.
    #[error("the machine's certificate authorities can't be read: {0}")]
    Authorities(std::io::Error),
    /// The answer broke off, or is longer than it may be.
    #[error("{0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    /// No connection.
    #[error("{}", told(.0))]
    Connection(#[from] hyper_util::client::legacy::Error),
    /// No answer in time.
    #[error("it does not answer")]
    Silent,
}

impl HttpError {
    /// Whether there was no answer in time.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self, Self::Silent)
    }

    /// Whether it is certain that nothing of the request was sent.
    pub(crate) fn is_unsent(&self) -> bool {
        match self {
            Self::Authorities(_) => true,
            Self::Body(_) | Self::Silent => false,
            Self::Connection(error) => error.is_connect(),
        }
    }
}

/// An error with all its causes: hyper's own texts leave out the one that says what is wrong.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

/// A body of these bytes.
pub(crate) fn body(bytes: impl Into<Bytes>) -> Full<Bytes> {
    Full::new(bytes.into())
}

/// Sends a request; answers status and body, which may have `max` bytes.
///
/// # Errors
/// There is no answer; whether the request arrived is not known.
pub(crate) async fn send(
    request: Request,
    max: usize,
    patience: Duration,
) -> Result<(StatusCode, Bytes), HttpError> {
    let (head, body) = send_whole(request, max, patience).await?.into_parts();
    Ok((head.status, body))
}

/// As [`send`]; answers the headers too.
///
/// # Errors
/// As [`send`].
pub(crate) async fn send_whole(
    request: Request,
    max: usize,
    patience: Duration,
) -> Result<hyper::Response<Bytes>, HttpError> {
    timeout(patience, exchange(request, max))
        .await
        .unwrap_or(Err(HttpError::Silent))
}

async fn exchange(request: Request, max: usize) -> Result<hyper::Response<Bytes>, HttpError> {
    let client = Client::builder(TokioExecutor::new()).build(connector()?);
    let (head, body) = client.request(request).await?.into_parts();
    let body = Limited::new(body, max).collect().await.map_err(HttpError::Body)?;
    Ok(hyper::Response::from_parts(head, body.to_bytes()))
}

/// With the machine's certificate authorities, which are read once.
fn connector() -> Result<HttpsConnector<HttpConnector>, HttpError> {
    static CONNECTOR: OnceLock<HttpsConnector<HttpConnector>> = OnceLock::new();
    if let Some(connector) = CONNECTOR.get() {
        return Ok(connector.clone());
    }
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    // A small request does not wait for the acknowledgement of what was sent before it.
    http.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .map_err(HttpError::Authorities)?
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    Ok(CONNECTOR.get_or_init(|| connector).clone())
}
