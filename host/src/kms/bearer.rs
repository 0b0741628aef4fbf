//! JSON over HTTP with a bearer token, as Azure and Google have it.

use super::KmsError;
use super::rest::Call;
use crate::http::{self, Request};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, StatusCode, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use zeroize::Zeroizing;

/// A token that opens a provider's API for a while.
pub(super) struct Bearer(Zeroizing<String>);

impl Bearer {
    /// The token of an answer to a request for one (RFC 6749, section 5.1).
    pub(super) fn of(answer: &Value) -> Option<Self> {
        let token = answer["access_token"].as_str()?;
        Some(Self(Zeroizing::new(token.to_owned())))
    }
}

impl Call {
    /// Asks with a token, for JSON.
    pub(super) async fn json(
        &self,
        method: Method,
        url: &str,
        bearer: &Bearer,
        body: Option<&Value>,
    ) -> Result<Value, KmsError> {
        let authorization = Zeroizing::new(format!("Bearer {}", bearer.0.as_str()));
        let body = body.map_or_else(String::new, Value::to_string);
        let request = self.request(method, url, body)?;
        let request = request.header(AUTHORIZATION.as_str(), &authorization);
        self.answer(request, "application/json").await
    }

    /// Posts a form (RFC 6749, section 4.4.2).
    pub(super) async fn form(&self, url: &str, fields: &[(&str, &str)]) -> Result<Value, KmsError> {
        let form = form(fields);
        let request = self.request(Method::POST, url, form.as_str().to_owned())?;
        self.answer(request, "application/x-www-form-urlencoded").await
    }

    /// Gets JSON from a machine's own metadata service.
    pub(super) async fn metadata(&self, url: &str, header: (&str, &str)) -> Result<Value, KmsError> {
        let request = self.request(Method::GET, url, String::new())?;
        self.answer(request.header(header.0, header.1), "application/json")
            .await
    }

    fn request(&self, method: Method, url: &str, body: String) -> Result<Draft, KmsError> {
        let wrong = || KmsError::Configuration(format!("{url:?} is no address of {}", self.provider));
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let host = uri.authority().ok_or_else(wrong)?.to_string();
        let head = hyper::Request::builder()
            .method(method)
            .uri(uri)
            .header(HOST, host);
        Ok(Draft { head, body })
    }

    async fn answer(&self, draft: Draft, kind: &str) -> Result<Value, KmsError> {
        let (status, answer) = self.send(draft.finished(kind)?).await?;
        let parsed = match answer.is_empty() {
            true => Ok(Value::Null),
            false => serde_json::from_slice(&answer),
        };
        match (status.is_success(), parsed) {
            (true, parsed) => parsed.map_err(|_| self.unintelligible()),
            (false, parsed) => Err(self.error(status, &parsed.unwrap_or_default())),
        }
    }

    /// `{"error": {"code", "status", "message"}}` of the APIs, `{"error", "error_description"}` of token services.
    fn error(&self, status: StatusCode, answer: &Value) -> KmsError {
        let error = &answer["error"];
        let codes = [&error["status"], &error["code"], error];
        let code = codes.into_iter().find_map(Value::as_str);
        let texts = [&error["message"], &answer["error_description"]];
        let text = texts.into_iter().find_map(Value::as_str);
        self.refused(
            status,
            code.unwrap_or(status.as_str()),
            text.unwrap_or("no reason given"),
        )
    }
}

/// A request that lacks its body's type.
struct Draft {
    head: hyper::http::request::Builder,
    body: String,
}

impl Draft {
    fn header(self, name: &str, value: &str) -> Self {
        Self {
            head: self.head.header(name, value),
            ..self
        }
    }

    fn finished(self, kind: &str) -> Result<Request, KmsError> {
        let request = self.head.header(CONTENT_TYPE, kind).body(http::body(self.body));
        request.map_err(|error| KmsError::Configuration(error.to_string()))
    }
}

/// Fields as `application/x-www-form-urlencoded`.
pub(super) fn form(fields: &[(&str, &str)]) -> Zeroizing<String> {
    // Room for all of it: what moves as it grows would leave secrets behind.
    let room = fields
        .iter()
        .map(|(name, value)| name.len() + 3 * value.len() + 2);
    let mut form = Zeroizing::new(String::with_capacity(room.sum()));
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        form.push_str(name);
        form.push('=');
        form.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
    }
    form
}
