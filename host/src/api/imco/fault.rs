//! What the API answers when it does not do what it was asked: `{"error": …}`, or `{"errors": {field: […]}}` for
//! fields that are wrong. Never an array of errors, at which IMCO's command line gives up.

use crate::api::okms::fault::Fault as OkmsFault;
use crate::api::vault::{Response, json};
use crate::auth::AuthError;
use crate::engine::EngineError;
use crate::engine::vaults::VaultError;
use hyper::StatusCode;
use hyper::header::{ALLOW, CONNECTION, HeaderValue};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::{IntoResponses, ToSchema};

/// Why a request was refused.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Refusal {
    /// A sentence.
    error: String,
}

/// What is wrong with the fields of a request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Invalid {
    /// Sentences, by the name of the field.
    errors: BTreeMap<&'static str, Vec<String>>,
}

/// The refusals that any request can meet.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "it stands for documentation")]
pub(super) enum Common {
    /// Neither a client certificate nor a token, or a token that is not known
    #[response(status = 401)]
    Unauthenticated(Refusal),
    /// The certificate or token does not allow this
    #[response(status = 403)]
    Forbidden(Refusal),
    /// There is no such thing
    #[response(status = 404)]
    NotFound(Refusal),
    /// The body did not arrive in time
    #[response(status = 408)]
    TooSlow(Refusal),
    /// The body is too large
    #[response(status = 413)]
    TooLarge(Refusal),
    /// A fault of the daemon, whose log says more
    #[response(status = 500)]
    Internal(Refusal),
    /// The device is away; try again
    #[response(status = 503)]
    Unavailable(Refusal),
}

#[derive(Debug)]
enum Body {
    Refusal(Refusal),
    Invalid(Invalid),
}

/// An answer other than success.
#[derive(Debug)]
pub(in crate::api) struct Fault {
    status: StatusCode,
    body: Body,
    allow: Option<&'static str>,
    closes: bool,
}

impl Fault {
    pub(in crate::api) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        let error = text.into();
        Self {
            status,
            body: Body::Refusal(Refusal { error }),
            allow: None,
            closes: false,
        }
    }

    /// For a request whose body was not received; the connection ends after the answer.
    pub(in crate::api) fn refused(fault: OkmsFault) -> Self {
        let closes = true;
        Self {
            closes,
            ..fault.into()
        }
    }

    /// 400: the body can't be read.
    pub(super) fn malformed(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    /// 403: the caller's certificate or token does not allow it.
    pub(super) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "your certificate or token does not allow this",
        )
    }

    /// 404 for a path that the API does not have.
    pub(super) fn no_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is no such path")
    }

    /// 404 for a thing that is not there.
    pub(super) fn not_found(what: &'static str) -> Self {
        VaultError::NotFound(what).into()
    }

    /// 405, with the methods that there are.
    pub(super) fn no_method(allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, "this path has other methods")
        }
    }

    /// 422: one field is wrong.
    pub(super) fn invalid(field: &'static str, text: impl Into<String>) -> Self {
        let errors = BTreeMap::from([(field, vec![text.into()])]);
        Self {
            body: Body::Invalid(Invalid { errors }),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "")
        }
    }

    /// The response.
    pub(in crate::api) fn respond(self) -> Response {
        let body = match &self.body {
            Body::Refusal(refusal) => serde_json::to_vec(refusal),
            Body::Invalid(invalid) => serde_json::to_vec(invalid),
        };
        // Texts in a map always can be written.
        let mut response = json(self.status, body.unwrap_or_default());
        if let Some(allow) = self.allow {
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static(allow));
        }
        if self.closes {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl From<OkmsFault> for Fault {
    fn from(fault: OkmsFault) -> Self {
        let (status, text, _) = fault.into_parts();
        let usual = || status.canonical_reason().unwrap_or("error").into();
        Self::new(status, text.unwrap_or_else(usual))
    }
}

impl From<EngineError> for Fault {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::VersionsExhausted => Self::new(StatusCode::CONFLICT, error.to_string()),
            error => OkmsFault::from(error).into(),
        }
    }
}

impl From<AuthError> for Fault {
    fn from(error: AuthError) -> Self {
        OkmsFault::from(error).into()
    }
}

impl From<VaultError> for Fault {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Engine(error) => error.into(),
            VaultError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, error.to_string()),
            VaultError::Key(_) => Self::malformed(error.to_string()),
            VaultError::Taken(_) => Self::invalid("desired_remote_id", error.to_string()),
            VaultError::NotEmpty | VaultError::SecretState(..) | VaultError::VaultState(..) => {
                Self::new(StatusCode::CONFLICT, error.to_string())
            }
        }
    }
}
