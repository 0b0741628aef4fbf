use crate::engine::EngineError;
use crate::http::HttpError;
use crate::kms::KmsError;
use serde::Deserialize;

/// Why a server did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AcmeError {
    /// The account's key can't be used.
    #[error(transparent)]
    Key(#[from] Box<EngineError>),
    /// The server's own error.
    #[error("{0}")]
    Problem(Problem),
    /// The server answered what can't be understood.
    #[error("the certificate authority answered {0} with something that can't be understood")]
    Unintelligible(String),
    /// The server can't be reached, or does not answer.
    #[error("the certificate authority can't be reached at {url}: {why}")]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        why: HttpError,
    },
}

/// An error document (RFC 7807, and RFC 8555, section 6.7).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    /// Such as `urn:ietf:params:acme:error:unauthorized`.
    #[serde(rename = "type")]
    kind: String,
    /// What the server says.
    detail: String,
    #[serde(skip)]
    status: u16,
}

/// Characters of a server's text that are passed on.
const MAX_DETAIL: usize = 500;

impl Problem {
    /// The document in an answer with this status; empty where there is none.
    pub(super) fn parse(status: u16, body: &[u8]) -> Self {
        let problem: Self = serde_json::from_slice(body).unwrap_or_default();
        Self { status, ..problem }
    }

    /// The last part of its type: `unauthorized`, `badNonce`.
    pub(crate) fn code(&self) -> &str {
        let code = self.kind.rsplit(':').next().unwrap_or_default();
        if code.is_empty() { "serverInternal" } else { code }
    }

    /// What the server says, cut to what can be shown.
    pub(crate) fn text(&self) -> String {
        let printable = self.detail.chars().filter(|c| !c.is_control());
        printable.take(MAX_DETAIL).collect()
    }
}

impl From<AcmeError> for EngineError {
    fn from(error: AcmeError) -> Self {
        let provider = "the certificate authority";
        Self::Kms(match error {
            AcmeError::Key(error) => return *error,
            AcmeError::Problem(problem) => KmsError::Refused {
                provider,
                operation: "what it was asked".into(),
                code: problem.code().to_owned(),
                text: problem.text(),
                is_certain: false,
            },
            AcmeError::Unintelligible(operation) => KmsError::Unintelligible { provider, operation },
            AcmeError::Unreachable { url, why } => KmsError::Unreachable {
                provider,
                operation: url,
                why: why.to_string(),
            },
        })
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {}", self.code(), self.status, self.text())
    }
}

impl AcmeError {
    /// Whether asking again later may help.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Key(_) | Self::Unreachable { .. } | Self::Unintelligible(_) => true,
            Self::Problem(problem) => {
                problem.status >= 500 || matches!(problem.code(), "badNonce" | "rateLimited")
            }
        }
    }

    /// A code and a text for whoever ordered.
    pub(crate) fn told(&self) -> (String, String) {
        match self {
            Self::Problem(problem) => (problem.code().to_owned(), problem.text()),
            other => ("unavailable".into(), other.to_string()),
        }
    }
}
