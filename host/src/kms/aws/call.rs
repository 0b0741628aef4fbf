use super::sign::{CONTENT_TYPE, ToSign, signed};
use super::{AwsKms, PROVIDER};
use crate::engine::clock::{Clock, SystemClock};
use crate::http::PATIENCE;
use crate::http::{self, Request};
use crate::kms::KmsError;
use crate::kms::rest::Call;
use hyper::header::HOST;
use hyper::{Method, Uri};
use serde_json::Value;

/// Operations that do the same when they are asked for again.
const REPEATABLE: [&str; 9] = [
    "DisableKey",
    "EnableKey",
    "DescribeKey",
    "GetParametersForImport",
    "ImportKeyMaterial",
    "ListKeys",
    "ListResourceTags",
    "ScheduleKeyDeletion",
    "UpdateAlias",
];

impl AwsKms {
    /// Calls an operation of `TrentService`; answers its JSON.
    pub(super) async fn call(&self, operation: &'static str, body: &Value) -> Result<Value, KmsError> {
        let call = Call {
            provider: PROVIDER,
            operation: operation.into(),
            repeatable: REPEATABLE.contains(&operation),
            patience: PATIENCE,
        };
        let request = self.request(operation, body.to_string()).await?;
        let (status, answer) = call.send(request).await?;
        if answer.is_empty() && status.is_success() {
            return Ok(Value::Null);
        }
        let answer: Value = serde_json::from_slice(&answer).map_err(|_| call.unintelligible())?;
        if status.is_success() {
            return Ok(answer);
        }
        let text = |name: &str| answer[name].as_str().unwrap_or_default();
        // `prefix#Name` in some answers.
        let code = text("__type").rsplit('#').next().unwrap_or_default();
        let says = [text("message"), text("Message")].concat();
        Err(match code {
            "" => call.refused(status, status.to_string(), says),
            code => call.refused(status, code, says),
        })
    }

    async fn request(&self, operation: &'static str, body: String) -> Result<Request, KmsError> {
        let endpoint = self.endpoint();
        let wrong = || KmsError::Configuration(format!("{endpoint:?} is no address of AWS KMS"));
        let uri: Uri = endpoint.parse().map_err(|_| wrong())?;
        let host = uri.authority().ok_or_else(wrong)?.to_string();
        let target = format!("TrentService.{operation}");
        let to_sign = ToSign {
            host: &host,
            region: &self.region,
            target: &target,
            body: body.as_bytes(),
            now: SystemClock.now(),
        };
        let headers = signed(&to_sign, &self.access, &*self.signer).await?;
        let mut request = hyper::Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(HOST, &host)
            .header("content-type", CONTENT_TYPE)
            .header("x-amz-date", headers.date)
            .header("x-amz-target", target)
            .header("authorization", headers.authorization);
        if let Some(token) = &self.access.session_token {
            request = request.header("x-amz-security-token", token.as_str());
        }
        request.body(http::body(body)).map_err(|_| wrong())
    }
}
