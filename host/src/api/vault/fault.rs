//! What Vault's dialects answer when they do not do what they were asked: Vault's error body.

use super::{Envelope, Malformed, NoAction, Response, errors};
use crate::api::okms::fault::Fault as OkmsFault;
use crate::auth::AuthError;
use crate::auth::iam::provider::ProviderError;
use crate::engine::EngineError;
use crate::kms::KmsError;
use hyper::StatusCode;
use hyper::header::{ALLOW, CONNECTION, HeaderValue};

/// An answer other than success.
#[derive(Debug)]
pub(in crate::api) struct Fault {
    status: StatusCode,
    text: Option<String>,
    data: Option<Vec<u8>>,
    closes: bool,
    allow: Option<&'static str>,
    /// Another service refused what we asked of it.
    upstream: bool,
}

impl Fault {
    /// For a body that was not received; the connection ends after the answer.
    pub(in crate::api) fn refused(fault: OkmsFault) -> Self {
        let fault = Self::from(fault);
        let status = match fault.status {
            StatusCode::PAYLOAD_TOO_LARGE => StatusCode::BAD_REQUEST,
            status => status,
        };
        Self {
            status,
            closes: true,
            ..fault
        }
    }

    /// 502 where another service refused what we asked of it. Vault's engines say 500 of that.
    pub(in crate::api) fn behind_gateway(self) -> Self {
        let status = match self.upstream {
            true => StatusCode::BAD_GATEWAY,
            false => self.status,
        };
        Self { status, ..self }
    }

    /// With a status of its own.
    pub(in crate::api) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self {
            status,
            text: Some(text.into()),
            data: None,
            closes: false,
            allow: None,
            upstream: false,
        }
    }

    /// 400: what is wrong with the request.
    pub(in crate::api) fn bad_request(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    /// 403: no token, one that may not do this, or a path that the API does not list.
    pub(in crate::api) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "permission denied")
    }

    /// 404 without a text, as Vault answers where nothing is.
    pub(in crate::api) fn not_found() -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            text: None,
            data: None,
            closes: false,
            allow: None,
            upstream: false,
        }
    }

    /// 405 for a method that the path does not have.
    pub(in crate::api) fn no_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "unsupported operation")
    }

    /// With the methods that there are, if this is a 405 (RFC 9110, section 15.5.6).
    pub(in crate::api) fn allowing(self, methods: &'static str) -> Self {
        let allow = (self.status == StatusCode::METHOD_NOT_ALLOWED).then_some(methods);
        Self { allow, ..self }
    }

    /// The response.
    pub(in crate::api) fn respond(self) -> Response {
        let mut response = match self.data {
            Some(data) => Envelope::new().data(&data).respond(self.status),
            None => errors(self.status, self.text.as_slice()),
        };
        if let Some(allow) = self.allow {
            let allow = HeaderValue::from_static(allow);
            response.headers_mut().insert(ALLOW, allow);
        }
        if self.closes {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        response
    }
}

impl From<Malformed> for Fault {
    fn from(Malformed(text): Malformed) -> Self {
        Self::bad_request(text)
    }
}

impl From<NoAction> for Fault {
    fn from(why: NoAction) -> Self {
        match why {
            NoAction::Malformed(malformed) => malformed.into(),
            NoAction::Method => Self::no_method(),
        }
    }
}

impl From<OkmsFault> for Fault {
    fn from(fault: OkmsFault) -> Self {
        let (status, text, data) = fault.into_parts();
        Self {
            status,
            text: text.map(Into::into),
            data,
            closes: false,
            allow: None,
            upstream: false,
        }
    }
}

impl From<AuthError> for Fault {
    fn from(error: AuthError) -> Self {
        OkmsFault::from(error).into()
    }
}

impl From<EngineError> for Fault {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Locked => Self::new(StatusCode::PRECONDITION_FAILED, error.to_string()),
            EngineError::NameTaken(_) => Self::new(StatusCode::CONFLICT, error.to_string()),
            EngineError::NotEmpty | EngineError::TooLarge => Self::bad_request(error.to_string()),
            EngineError::CollectionNotFound | EngineError::ConfigNotFound(_) => Self::not_found(),
            EngineError::Kms(KmsError::Refused { .. } | KmsError::Unintelligible { .. }) => Self {
                upstream: true,
                ..OkmsFault::from(error).into()
            },
            error => OkmsFault::from(error).into(),
        }
    }
}

impl From<ProviderError> for Fault {
    fn from(error: ProviderError) -> Self {
        OkmsFault::from(error).into()
    }
}
