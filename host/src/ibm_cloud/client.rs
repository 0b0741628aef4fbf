use crate::http::body;
use crate::kms::{Call, KmsError};
use bytes::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::time::Duration;
use zeroize::Zeroizing;

const PROVIDER: &str = "IBM Cloud";
const GRANT: &str = "urn:ibm:params:oauth:grant-type:apikey";

/// Asks IBM's services with a token of IAM.
pub(crate) struct Client<'a> {
    pub(crate) iam: &'a str,
    token: Zeroizing<String>,
    patience: Duration,
}

impl<'a> Client<'a> {
    /// Exchanges an API key for a token. `patience`: how long each service has for one answer.
    pub(crate) async fn log_in(iam: &'a str, api_key: &str, patience: Duration) -> Result<Self, KmsError> {
        let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let key = Zeroizing::new(escaped(api_key));
        let form = Zeroizing::new(format!("grant_type={}&apikey={}", escaped(GRANT), *key));
        let request = hyper::Request::post(format!("{iam}/identity/token"))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(body(form.as_bytes().to_vec()))
            .map_err(|_| bad_url(iam))?;
        let call = call("a token", true, patience);
        let (status, answer) = call.send(request).await?;
        let answer = understood(&call, status, &answer)?;
        let token = answer["access_token"]
            .as_str()
            .ok_or_else(|| call.unintelligible())?;
        Ok(Self {
            iam,
            token: Zeroizing::new(token.to_owned()),
            patience,
        })
    }

    /// Sends a request with the token; answers the body, null where there is none. What makes something is asked once.
    pub(crate) async fn ask(
        &self,
        method: Method,
        url: &str,
        content: Option<&Value>,
    ) -> Result<Value, KmsError> {
        let call = call(&format!("{method} {url}"), method != Method::POST, self.patience);
        let bearer = Zeroizing::new(format!("Bearer {}", *self.token));
        let content = content.map_or_else(Bytes::new, |content| content.to_string().into());
        let request = hyper::Request::builder()
            .method(method)
            .uri(url)
            .header(AUTHORIZATION, bearer.as_str())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json")
            .body(body(content))
            .map_err(|_| bad_url(url))?;
        let (status, answer) = call.send(request).await?;
        understood(&call, status, &answer)
    }

    /// Removes something; what is not there is no error.
    pub(crate) async fn remove(&self, url: &str) -> Result<(), KmsError> {
        match self.ask(Method::DELETE, url, None).await {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.code(), Some("404" | "410")) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A member of an answer that has to be a text.
pub(crate) fn text<'v>(answer: &'v Value, name: &str, url: &str) -> Result<&'v str, KmsError> {
    let found = answer.get(name).and_then(Value::as_str);
    found.ok_or_else(|| KmsError::Unintelligible {
        provider: PROVIDER,
        operation: url.to_owned(),
    })
}

/// For a path or a query.
pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn call(operation: &str, repeatable: bool, patience: Duration) -> Call {
    Call {
        provider: PROVIDER,
        operation: operation.to_owned(),
        repeatable,
        patience,
    }
}

fn bad_url(url: &str) -> KmsError {
    KmsError::Configuration(format!(
        "{url} is no address: give one such as https://iam.cloud.ibm.com"
    ))
}

/// The answer, or the error in it; IAM, the resource controller and access groups each word it otherwise.
fn understood(call: &Call, status: StatusCode, answer: &[u8]) -> Result<Value, KmsError> {
    let parsed: Option<Value> = match answer.is_empty() {
        true => Some(Value::Null),
        false => serde_json::from_slice(answer).ok(),
    };
    if status.is_success() {
        return parsed.ok_or_else(|| call.unintelligible());
    }
    let parsed = parsed.unwrap_or_default();
    let places = ["/errorMessage", "/errors/0/message", "/message", "/error"];
    let said = places.iter().find_map(|place| parsed.pointer(place)?.as_str());
    let said: String = said.unwrap_or("it gives no reason").chars().take(300).collect();
    Err(call.refused(status, status.as_u16().to_string(), said))
}
