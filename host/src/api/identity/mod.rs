//! The built-in identity provider under the paths and names of IBM's IAM: `/identity/token` and `/identity/keys`, which
//! anybody may ask, and `/v1/serviceids` and `/v1/apikeys` for whoever has a Vault token that may.

mod api_keys;
mod fault;
mod form;
mod service_ids;
mod token;

use super::app::App;
use super::vault::{Request, Response, credential, json};
use crate::auth::{Capability, Identity};
use fault::Fault;
use hyper::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Answers what follows `/identity/` in a raw path.
pub(super) async fn answer_open(app: &App, request: &Request, rest: &str) -> Response {
    let answer = match (rest.trim_end_matches('/'), request.method()) {
        ("token", &Method::POST) => token::issue(app, request).await,
        ("keys", &Method::GET | &Method::HEAD) => token::keys(app).await,
        ("keys" | "token", _) => Err(Fault::no_method()),
        _ => Err(Fault::no_route()),
    };
    answer.unwrap_or_else(Fault::respond)
}

/// Whether what follows `/v1/` in a raw path is answered by [`answer`].
pub(super) fn is_management(rest: &str) -> bool {
    ["serviceids", "apikeys", ROTATE].iter().any(|&start| {
        rest.strip_prefix(start)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Where new signing keys are made.
const ROTATE: &str = "sys/iam/rotate-keys";

/// Answers what follows `/v1/` in a raw path.
pub(super) async fn answer(app: &App, request: &Request, rest: &str) -> Response {
    let answer = managed(app, request, rest.trim_end_matches('/')).await;
    answer.unwrap_or_else(Fault::respond_to_manager)
}

async fn managed(app: &App, request: &Request, rest: &str) -> Result<Response, Fault> {
    let credential = credential(request.headers()).ok_or_else(Fault::no_token)?;
    let identity = app.auth.authenticate(credential.token).await?;
    let call = Call {
        app,
        request,
        identity,
    };
    let capability = match *request.method() {
        Method::GET | Method::HEAD => Capability::Read,
        Method::POST => Capability::Update,
        Method::DELETE => Capability::Delete,
        _ => return Err(Fault::no_method()),
    };
    call.may(capability, rest)?;
    match rest.split_once('/') {
        _ if rest == ROTATE && capability == Capability::Update => {
            let keys = app.identity.rotate_keys().await?;
            Ok(respond(StatusCode::OK, &keys))
        }
        None if rest == "serviceids" => call.service_ids(capability).await,
        None if rest == "apikeys" => call.api_keys(capability).await,
        Some(("serviceids", id)) => call.service_id(capability, id).await,
        Some(("apikeys", id)) => call.api_key(capability, id).await,
        _ => Err(Fault::no_method()),
    }
}

/// One request, authenticated.
struct Call<'a> {
    app: &'a App,
    request: &'a Request,
    identity: Identity,
}

impl Call<'_> {
    fn may(&self, capability: Capability, path: &str) -> Result<(), Fault> {
        match self.identity.allows(path, capability) {
            true => Ok(()),
            false => Err(Fault::forbidden()),
        }
    }

    fn body<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_slice(self.request.body()).map_err(|error| Fault::bad_request(error.to_string()))
    }

    /// Refuses an account that is not the one there is.
    fn check_account(&self, account: Option<&str>) -> Result<(), Fault> {
        let own = self.app.identity.account();
        match account {
            Some(account) if account != own => Err(Fault::bad_request(format!(
                "account_id must be this daemon's account, {own}, or be left out"
            ))),
            _ => Ok(()),
        }
    }
}

/// A name that people can tell from others.
fn check_name(name: &str) -> Result<(), Fault> {
    let fits = (1..=255).contains(&name.chars().count()) && !name.contains(char::is_control);
    fits.then_some(())
        .ok_or_else(|| Fault::bad_request("name must have 1 to 255 printable characters"))
}

fn respond(status: StatusCode, body: &Value) -> Response {
    json(status, body.to_string().into_bytes())
}
