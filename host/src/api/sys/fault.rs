use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderValue};

use crate::api::vault::{Malformed, NoAction, Response, errors};
use crate::auth::AuthError;
use crate::hsm::ErrorKind;

/// Why a request was not answered as asked.
#[derive(Debug)]
pub(super) enum Fault {
    /// 400, with a sentence.
    Bad(String),
    /// 403: the token that the request is about is none.
    BadToken,
    /// 403: no token, or one that may not do this.
    Denied,
    /// 500, or 503 where it may work in a moment; the cause is in the log.
    Failed(StatusCode),
    /// 404.
    NotFound,
    /// 405, with the methods that there are as soon as they are known (RFC 9110, section 15.5.6).
    Unsupported(Option<&'static str>),
}

impl Fault {
    pub(super) fn bad(why: impl Into<String>) -> Self {
        Self::Bad(why.into())
    }

    pub(super) fn respond(self) -> Response {
        match self {
            Self::Bad(why) => errors(StatusCode::BAD_REQUEST, &[why]),
            Self::BadToken => errors(StatusCode::FORBIDDEN, &["bad token"]),
            Self::Denied => errors(StatusCode::FORBIDDEN, &["permission denied"]),
            Self::Failed(status) => errors(status, &["internal error"]),
            Self::NotFound => errors::<&str>(StatusCode::NOT_FOUND, &[]),
            Self::Unsupported(methods) => no_method(methods),
        }
    }

    /// With the methods that there are, if this is a 405.
    pub(super) fn allowing(self, methods: &'static str) -> Self {
        match self {
            Self::Unsupported(_) => Self::Unsupported(Some(methods)),
            other => other,
        }
    }
}

fn no_method(methods: Option<&'static str>) -> Response {
    let mut response = errors(StatusCode::METHOD_NOT_ALLOWED, &["unsupported operation"]);
    if let Some(methods) = methods {
        let methods = HeaderValue::from_static(methods);
        response.headers_mut().insert(ALLOW, methods);
    }
    response
}

impl From<Malformed> for Fault {
    fn from(Malformed(why): Malformed) -> Self {
        Self::Bad(why)
    }
}

impl From<NoAction> for Fault {
    fn from(why: NoAction) -> Self {
        match why {
            NoAction::Malformed(malformed) => malformed.into(),
            NoAction::Method => Self::Unsupported(None),
        }
    }
}

impl From<AuthError> for Fault {
    fn from(error: AuthError) -> Self {
        let transient = match &error {
            AuthError::Hsm(error) => matches!(error.kind(), ErrorKind::Transient | ErrorKind::SessionLost),
            AuthError::Stopped => true,
            _ => false,
        };
        match error {
            AuthError::Denied => Self::Denied,
            AuthError::Invalid(why) => Self::Bad(why),
            error => {
                tracing::error!(%error, "a request about tokens or policies failed");
                Self::Failed(if transient {
                    StatusCode::SERVICE_UNAVAILABLE
                } else {
                    StatusCode::INTERNAL_SERVER_ERROR
                })
            }
        }
    }
}
