use super::fault::Fault;
use super::form::Form;
use super::respond;
use crate::api::app::App;
use crate::api::vault::{Request, Response};
use crate::auth::iam::provider::SCOPE;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::AUTHORIZATION;
use hyper::{HeaderMap, StatusCode};
use serde_json::json;

const GRANT: &str = "urn:ibm:params:oauth:grant-type:apikey";

/// Exchanges an API key for a token.
pub(super) async fn issue(app: &App, request: &Request) -> Result<Response, Fault> {
    let form = Form::new(request.body());
    let grant = form
        .field("grant_type")
        .ok_or_else(|| Fault::missing("grant_type"))?;
    if *grant != GRANT {
        return Err(Fault::grant_type());
    }
    let api_key = form.field("apikey").ok_or_else(|| Fault::missing("apikey"))?;
    let client = client(request.headers()).unwrap_or_else(|| "default".into());
    let issued = app.identity.issue(&api_key, GRANT, &client).await?;
    let body = json!({
        "access_token": *issued.text,
        "refresh_token": "not_supported",
        "token_type": "Bearer",
        "expires_in": issued.lifetime,
        "expiration": issued.expiration,
        "scope": SCOPE,
    });
    Ok(respond(StatusCode::OK, &body))
}

/// The client that a request names as its user; nobody checks its password.
fn client(headers: &HeaderMap) -> Option<String> {
    let basic = headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Basic ")?;
    let user = String::from_utf8(STANDARD.decode(basic.trim()).ok()?).ok()?;
    let (client, _) = user.split_once(':')?;
    let fits = (1..=64).contains(&client.len()) && client.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| client.to_owned())
}

/// The public keys of the tokens.
pub(super) async fn keys(app: &App) -> Result<Response, Fault> {
    Ok(respond(StatusCode::OK, &app.identity.jwks().await?))
}
