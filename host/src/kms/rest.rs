//! One way to ask providers over HTTP: with a limit in time, and repeated only where that can do no harm.

use super::KmsError;
use crate::http::{self, HttpError, Request};
use bytes::Bytes;
use hyper::StatusCode;
use std::time::Duration;

/// Bytes of an answer at most.
const MAX_ANSWER: usize = 1 << 20;
/// Tries at what may be repeated.
const TRIES: u32 = 4;
/// Before the second try; doubled before each further one.
const PAUSE: Duration = Duration::from_millis(200);

/// A request to a provider.
pub(crate) struct Call {
    /// Which provider.
    pub(crate) provider: &'static str,
    /// What it is asked, for errors.
    pub(crate) operation: String,
    /// Whether asking twice does no more than asking once. What is not, is repeated only where it was never sent.
    pub(crate) repeatable: bool,
    /// How long the provider has for one try.
    pub(crate) patience: Duration,
}

impl Call {
    /// Sends a request; answers status and body.
    pub(crate) async fn send(&self, request: Request) -> Result<(StatusCode, Bytes), KmsError> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match http::send(request.clone(), MAX_ANSWER, self.patience).await {
                Ok((status, _)) if self.repeatable && is_passing(status) => {}
                Ok(answer) => return Ok(answer),
                // Who has kept us waiting would again.
                Err(error) if error.is_unsent() || self.repeatable && !error.is_silent() => {
                    tracing::debug!(%error, operation = self.operation, "asking a provider again");
                }
                Err(error) => return Err(self.unreachable(&error)),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        let last = http::send(request, MAX_ANSWER, self.patience).await;
        last.map_err(|error| self.unreachable(&error))
    }

    /// The provider's own error, of an answer with this status. A client's error other than a time-out says that nothing
    /// was done (RFC 9110, section 15.5).
    pub(crate) fn refused(
        &self,
        status: StatusCode,
        code: impl Into<String>,
        text: impl Into<String>,
    ) -> KmsError {
        KmsError::Refused {
            provider: self.provider,
            operation: self.operation.clone(),
            code: code.into(),
            text: text.into(),
            is_certain: status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// An answer that says nothing to us.
    pub(crate) fn unintelligible(&self) -> KmsError {
        KmsError::Unintelligible {
            provider: self.provider,
            operation: self.operation.clone(),
        }
    }

    fn unreachable(&self, error: &HttpError) -> KmsError {
        KmsError::Unreachable {
            provider: self.provider,
            operation: self.operation.clone(),
            why: error.to_string(),
        }
    }
}

/// Whether it may pass: too many requests, or a gateway that reaches nobody.
fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}
