//! Errors with the bodies of IBM's IAM: those of the token service, and those of the management of identities.

use super::respond;
use crate::api::okms::fault::Fault as OkmsFault;
use crate::api::vault::Response;
use crate::auth::AuthError;
use crate::auth::iam::provider::ProviderError;
use hyper::StatusCode;
use serde_json::json;
use uuid::Uuid;

/// An answer other than success.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    /// IBM's where it has one.
    code: &'static str,
    text: String,
    details: Option<String>,
}

impl Fault {
    fn new(status: StatusCode, code: &'static str, text: impl Into<String>) -> Self {
        Self {
            status,
            code,
            text: text.into(),
            details: None,
        }
    }

    /// 400.
    pub(super) fn bad_request(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", text)
    }

    /// 400 for a form without this field.
    pub(super) fn missing(field: &str) -> Self {
        Self {
            details: Some(format!("Property '{field}' either missing or empty.")),
            ..Self::new(
                StatusCode::BAD_REQUEST,
                "BXNIM0109E",
                "Property missing or empty.",
            )
        }
    }

    /// 400 for a way to ask for tokens that is not offered. The code is that of RFC 6749, section 5.2.
    pub(super) fn grant_type() -> Self {
        let text = "only grant_type=urn:ibm:params:oauth:grant-type:apikey is offered";
        Self::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", text)
    }

    /// 401.
    pub(super) fn no_token() -> Self {
        let text = "give a Vault token as X-Vault-Token or Authorization: Bearer";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", text)
    }

    /// 403.
    pub(super) fn forbidden() -> Self {
        let text = "the policies of the token do not allow this";
        Self::new(StatusCode::FORBIDDEN, "forbidden", text)
    }

    /// 404.
    pub(super) fn no_route() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is nothing at this path",
        )
    }

    /// 405.
    pub(super) fn no_method() -> Self {
        let text = "HTTP 405 Method Not Allowed";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "BXNIM0060E", text)
    }

    /// As the token service answers.
    pub(super) fn respond(self) -> Response {
        let mut body = json!({
            "errorCode": self.code,
            "errorMessage": self.text,
            "context": {"requestId": Uuid::new_v4().to_string()},
        });
        if let Some(details) = self.details {
            body["errorDetails"] = details.into();
        }
        respond(self.status, &body)
    }

    /// As the management of identities answers.
    pub(super) fn respond_to_manager(self) -> Response {
        let trace = Uuid::new_v4().to_string();
        let body = json!({
            "context": {"transaction_id": trace},
            "errors": [{"error_code": self.code, "message": self.text}],
            "status_code": self.status.as_str(),
            "trace": trace,
        });
        respond(self.status, &body)
    }
}

impl From<ProviderError> for Fault {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::UnknownApiKey => {
                Self::new(StatusCode::BAD_REQUEST, "BXNIM0415E", error.to_string())
            }
            ProviderError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, "not_found", error.to_string()),
            error => OkmsFault::from(error).into(),
        }
    }
}

impl From<AuthError> for Fault {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Denied => Self::no_token(),
            error => OkmsFault::from(error).into(),
        }
    }
}

impl From<OkmsFault> for Fault {
    fn from(fault: OkmsFault) -> Self {
        let (status, text, _) = fault.into_parts();
        let text = text.map_or_else(|| status.to_string(), Into::into);
        Self::new(status, "failed", text)
    }
}
