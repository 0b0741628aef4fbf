//! Where an issuer's keys come from, and how long they count without being asked for again.

use super::jwks::{Jwks, Key};
use super::settings::JwksAddress;
use crate::engine::clock::moment;
use crate::http;
use bytes::Bytes;
use hyper::Request;
use std::time::Duration;
use tokio::sync::Mutex;
use tracing::warn;

/// Bytes of a JWKS at most.
const MAX_LEN: usize = 1 << 20;
/// How long keys from a URL are used before it is asked again.
const FRESH: Duration = Duration::from_secs(600);
/// How long they are used when it does not answer.
const STALE: Duration = Duration::from_secs(24 * 3600);
/// Between two looks at a URL for keys that nobody has heard of: tokens are anybody's to send.
const PAUSE: Duration = Duration::from_secs(5);

/// The keys of one issuer, cached.
pub(super) struct Source {
    address: JwksAddress,
    timing: Timing,
    cached: Mutex<Cached>,
}

/// How time passes for a source.
#[derive(Clone, Copy)]
pub(super) struct Timing {
    /// The present, by a clock that nobody sets.
    pub(super) moment: fn() -> Duration,
    /// For one look at a URL.
    pub(super) patience: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            moment,
            patience: Duration::from_secs(10),
        }
    }
}

#[derive(Default)]
struct Cached {
    keys: Jwks,
    /// When they were taken.
    taken: Option<Duration>,
    /// When the URL was last asked, with or without success.
    asked: Option<Duration>,
}

/// The keys can't be had.
#[derive(Debug, thiserror::Error)]
#[error("the issuer's keys can't be read from {address}: {why}")]
pub struct SourceError {
    address: String,
    why: String,
}

impl Source {
    pub(super) fn new(address: JwksAddress, timing: Timing) -> Self {
        Self {
            address,
            timing,
            cached: Mutex::default(),
        }
    }

    /// The key with this `kid`; `None` where the issuer has none such.
    pub(super) async fn key(&self, kid: &str) -> Result<Option<Key>, SourceError> {
        match &self.address {
            JwksAddress::File(path) => {
                let bytes = tokio::fs::read(path).await.map_err(|error| self.error(error))?;
                Ok(self.parse(&bytes)?.key(kid).cloned())
            }
            JwksAddress::Url(url) => self.key_from(url, kid).await,
        }
    }

    async fn key_from(&self, url: &str, kid: &str) -> Result<Option<Key>, SourceError> {
        let mut cached = self.cached.lock().await;
        let now = (self.timing.moment)();
        let within = |since: Option<Duration>, age| since.is_some_and(|since| now < since + age);
        let found = cached.keys.key(kid).cloned();
        let (paused, usable) = (within(cached.asked, PAUSE), within(cached.taken, STALE));
        if within(cached.taken, FRESH) && found.is_some() || paused && usable {
            return Ok(found);
        }
        if paused {
            return Err(self.error("it did not answer a moment ago"));
        }
        cached.asked = Some(now);
        match self.fetch(url).await {
            Ok(keys) => {
                cached.keys = keys;
                cached.taken = Some(now);
            }
            Err(error) if usable => warn!(%error, "using the keys that it gave before"),
            Err(error) => return Err(error),
        }
        Ok(cached.keys.key(kid).cloned())
    }

    async fn fetch(&self, url: &str) -> Result<Jwks, SourceError> {
        let request = Request::get(url).body(http::body(Bytes::new()));
        let request = request.map_err(|error| self.error(error))?;
        let answer = http::send(request, MAX_LEN, self.timing.patience).await;
        let (status, body) = answer.map_err(|error| self.error(error))?;
        match status.is_success() {
            true => self.parse(&body),
            false => Err(self.error(format!("it answered {status}"))),
        }
    }

    fn parse(&self, bytes: &[u8]) -> Result<Jwks, SourceError> {
        Jwks::parse(bytes).ok_or_else(|| self.error("it is no JSON Web Key Set"))
    }

    fn error(&self, why: impl ToString) -> SourceError {
        let address = match &self.address {
            JwksAddress::File(path) => path.display().to_string(),
            JwksAddress::Url(url) => url.clone(),
        };
        SourceError {
            address,
            why: why.to_string(),
        }
    }
}
