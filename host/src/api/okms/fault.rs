//! What the OKMS API answers when it does not do what it was asked: OVHcloud's error codes beside Vault's texts.

use crate::api::vault::{Carrier, Envelope, Malformed, NoAction, Response};
use crate::auth::AuthError;
use crate::auth::iam::provider::ProviderError;
use crate::engine::EngineError;
use crate::hsm::ErrorKind;
use crate::kms::KmsError;
use hyper::StatusCode;
use hyper::header::{ALLOW, CONNECTION, HeaderValue};
use std::borrow::Cow;
use tracing::{error, warn};

/// OVHcloud's error codes: `major << 24 | minor << 16 | category << 12 | number`.
mod code {
    const CCM: i32 = 1;
    const REST: i32 = 3;
    const GENERAL: i32 = 1;
    const IAM: i32 = 2;
    const AUTH_PROVIDER: i32 = 2;
    const DOMAIN: i32 = 3;
    const SECRETS_API: i32 = 4;
    const SECRET_MANAGER: i32 = 5;

    const fn compose(major: i32, minor: i32, category: i32, number: i32) -> i32 {
        major << 24 | minor << 16 | category << 12 | number
    }

    pub(super) const SECRET_NOT_FOUND: i32 = compose(CCM, SECRET_MANAGER, 5, 1);
    pub(super) const VERSION_NOT_FOUND: i32 = compose(CCM, SECRET_MANAGER, 5, 2);
    pub(super) const CONFLICT: i32 = compose(CCM, SECRET_MANAGER, 10, 1);
    pub(super) const UNAVAILABLE: i32 = compose(CCM, GENERAL, 7, 1);
    pub(super) const FORBIDDEN: i32 = compose(CCM, IAM, 4, 1);
    pub(super) const DOMAIN_NOT_FOUND: i32 = compose(CCM, DOMAIN, 5, 1);
    pub(super) const UNAUTHENTICATED: i32 = compose(REST, AUTH_PROVIDER, 3, 3);
    pub(super) const INTERNAL: i32 = compose(REST, GENERAL, 1, 1);
    pub(super) const NO_ROUTE: i32 = compose(REST, GENERAL, 5, 1);
    pub(super) const NO_METHOD: i32 = compose(REST, GENERAL, 8, 2);
    pub(super) const BAD_REQUEST: i32 = compose(REST, SECRETS_API, 2, 1);
    pub(super) const TOO_LARGE: i32 = compose(REST, SECRETS_API, 2, 2);

    // What external-secrets' OVHcloud provider compares with.
    const _: () = assert!(SECRET_NOT_FOUND == 17_125_377 && VERSION_NOT_FOUND == 17_125_378);
}

/// An answer other than success.
#[derive(Debug)]
pub(in crate::api) struct Fault {
    status: StatusCode,
    code: i32,
    text: Option<Cow<'static, str>>,
    data: Option<Vec<u8>>,
    closes: bool,
    allow: Option<&'static str>,
}

impl Fault {
    fn new(status: StatusCode, code: i32, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            text: Some(text.into()),
            data: None,
            closes: false,
            allow: None,
        }
    }

    /// 400: what is wrong with the request.
    pub(in crate::api) fn bad_request(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::BAD_REQUEST, text)
    }

    /// 404 without a text, as Vault answers where nothing is.
    pub(in crate::api) fn not_found() -> Self {
        let bare = Self::new(StatusCode::NOT_FOUND, code::SECRET_NOT_FOUND, "");
        Self { text: None, ..bare }
    }

    /// 404 for what is still to be made: how it comes to be.
    pub(in crate::api) fn missing(text: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code::NO_ROUTE, text)
    }

    /// 404 for a path that no API has.
    pub(in crate::api) fn no_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, code::NO_ROUTE, "no handler for this route")
    }

    /// 404 for a domain that does not exist.
    pub(in crate::api) fn no_domain() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            code::DOMAIN_NOT_FOUND,
            "OKMS domain not found",
        )
    }

    /// 405 for a method that the path does not have.
    pub(in crate::api) fn no_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            code::NO_METHOD,
            "unsupported operation",
        )
    }

    /// 413: larger than is accepted.
    pub(in crate::api) fn too_large(limit: usize) -> Self {
        let text = format!("request too large: a secret version may have {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, code::TOO_LARGE, text)
    }

    /// 408: the body did not arrive in time.
    pub(in crate::api) fn too_slow() -> Self {
        let text = "the request's body did not arrive in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, code::BAD_REQUEST, text)
    }

    /// 403: the token does not allow it.
    pub(in crate::api) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, code::FORBIDDEN, "permission denied")
    }

    /// No token, or none that is known: 403 to Vault's clients, 401 to OVHcloud's.
    pub(in crate::api) fn unauthenticated(carrier: Option<Carrier>) -> Self {
        match carrier {
            Some(Carrier::VaultToken) => {
                Self::new(StatusCode::FORBIDDEN, code::UNAUTHENTICATED, "permission denied")
            }
            Some(Carrier::Bearer) | None => Self::new(
                StatusCode::UNAUTHORIZED,
                code::UNAUTHENTICATED,
                "authentication failed",
            ),
        }
    }

    /// 503: try again soon.
    pub(in crate::api) fn unavailable(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code::UNAVAILABLE, text)
    }

    /// 500: the log says more.
    pub(in crate::api) fn internal() -> Self {
        let text = "internal error; see the daemon's log";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL, text)
    }

    /// With `data` beside the error.
    pub(super) fn with_data(self, data: Vec<u8>) -> Self {
        Self {
            data: Some(data),
            ..self
        }
    }

    /// Ends the connection after the answer, because the rest of the request was not read.
    pub(in crate::api) fn closing(self) -> Self {
        Self { closes: true, ..self }
    }

    /// Status, text and data, for a dialect with another error body.
    pub(in crate::api) fn into_parts(self) -> (StatusCode, Option<Cow<'static, str>>, Option<Vec<u8>>) {
        (self.status, self.text, self.data)
    }

    /// With the methods that there are, if this is a 405 (RFC 9110, section 15.5.6).
    pub(in crate::api) fn allowing(self, methods: &'static str) -> Self {
        let allow = (self.status == StatusCode::METHOD_NOT_ALLOWED).then_some(methods);
        Self { allow, ..self }
    }

    /// The response.
    pub(in crate::api) fn respond(self) -> Response {
        let text = self.text.as_deref();
        let mut envelope = Envelope::new().okms_error(self.code, text.as_slice());
        if let Some(data) = &self.data {
            envelope = envelope.data(data);
        }
        let mut response = envelope.respond(self.status);
        if let Some(allow) = self.allow {
            let allow = HeaderValue::from_static(allow);
            response.headers_mut().insert(ALLOW, allow);
        }
        if self.closes {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
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

impl From<AuthError> for Fault {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Denied => Self::forbidden(),
            AuthError::Invalid(text) => Self::bad_request(text),
            AuthError::Hsm(error) => EngineError::Hsm(error).into(),
            AuthError::Store(error) => EngineError::Store(error).into(),
            error => {
                error!(%error, "tokens or policies failed a request");
                Self::internal()
            }
        }
    }
}

impl From<ProviderError> for Fault {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Engine(error) => error.into(),
            ProviderError::Store(error) => EngineError::Store(error).into(),
            ProviderError::NotFound(_) => Self::not_found(),
            ProviderError::UnknownApiKey => Self::bad_request(error.to_string()),
            ProviderError::Damaged(_) => {
                error!(%error, "the identity provider failed a request");
                Self::internal()
            }
        }
    }
}

impl From<EngineError> for Fault {
    /// [`EngineError::Gone`] has another body for each call: the calls that can meet it translate it first.
    fn from(error: EngineError) -> Self {
        let text = error.to_string();
        match error {
            EngineError::CollectionNotFound => Self::no_domain(),
            EngineError::SecretNotFound | EngineError::ConfigNotFound(_) => Self::not_found(),
            EngineError::VersionNotFound | EngineError::Gone(_) => Self {
                code: code::VERSION_NOT_FOUND,
                ..Self::not_found()
            },
            EngineError::CasRequired | EngineError::BadChange(_) | EngineError::VersionsExhausted => {
                Self::bad_request(text)
            }
            EngineError::Locked | EngineError::NameTaken(_) | EngineError::NotEmpty => {
                Self::new(StatusCode::CONFLICT, code::CONFLICT, text)
            }
            EngineError::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, code::TOO_LARGE, text),
            EngineError::CasMismatch => Self::new(StatusCode::BAD_REQUEST, code::CONFLICT, text),
            EngineError::Contended => Self::unavailable(text),
            EngineError::Unopenable => Self::internal(),
            EngineError::Hsm(error) => match error.kind() {
                ErrorKind::Transient | ErrorKind::SessionLost => {
                    warn!(%error, "the device is not available");
                    Self::unavailable("the device is not available; try again")
                }
                ErrorKind::Unsupported => {
                    Self::new(StatusCode::NOT_IMPLEMENTED, code::INTERNAL, error.to_string())
                }
                ErrorKind::Full => {
                    error!(%error, "the device refused a request");
                    Self::new(
                        StatusCode::INSUFFICIENT_STORAGE,
                        code::INTERNAL,
                        error.to_string(),
                    )
                }
                _ => {
                    error!(%error, "the device failed a request");
                    Self::internal()
                }
            },
            EngineError::Kms(error) => {
                warn!(%error, "a provider failed a request");
                let status = match error {
                    KmsError::Unreachable { .. } => StatusCode::BAD_GATEWAY,
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                Self::new(status, code::INTERNAL, text)
            }
            EngineError::Damaged(_) | EngineError::Store(_) => {
                error!(%error, "the store failed a request");
                Self::internal()
            }
        }
    }
}
