//! `X-Vault-Wrap-TTL` and `sys/wrapping`: answers that somebody else fetches, once.

use super::app::App;
use super::vault::{self, Envelope, Fault, Fields, Request, Response, credential};
use crate::auth::TokenHash;
use crate::engine::EngineError;
use crate::engine::span::Span;
use crate::engine::wrapping::WrapInfo;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::StatusCode;
use serde_json::{Value, json};
use zeroize::Zeroizing;

const HEADER: &str = "x-vault-wrap-ttl";
/// Random bytes of a wrapping token.
const RANDOM: usize = 24;

/// How long the sender wants the answer to be kept for somebody else; `None` where it is to be given now.
pub(super) fn wanted(request: &Request) -> Result<Option<Span>, Fault> {
    let Some(header) = request.headers().get(HEADER) else {
        return Ok(None);
    };
    let text = header.to_str().unwrap_or("?").trim();
    let span = text
        .parse::<i64>()
        .ok()
        .map(Span::from_secs)
        .or_else(|| text.parse().ok());
    match span {
        Some(Span::ZERO) => Ok(None),
        Some(span) if span > Span::ZERO => Ok(Some(span)),
        _ => Err(Fault::bad_request(
            "X-Vault-Wrap-TTL must be seconds, or a duration such as 90s or 1h, and not negative",
        )),
    }
}

/// Puts an answer away, where it is a success that says something; what is told instead is where it lies.
pub(super) async fn wrap(
    app: &App,
    request: &Request,
    answer: Response,
    ttl: Span,
) -> Result<Response, Fault> {
    // These open what was wrapped, or wrap by themselves.
    let path = request.uri().path();
    let opens = path.starts_with("/v1/sys/wrapping/") && path != "/v1/sys/wrapping/wrap";
    if answer.status() != StatusCode::OK || opens {
        return Ok(answer);
    }
    let body = answer.into_body().collect().await.map(|body| body.to_bytes());
    let body = body.unwrap_or_default();
    let path = request.uri().path().trim_start_matches("/v1/").to_owned();
    Ok(put_away(app, path, body, ttl).await?)
}

async fn put_away(app: &App, path: String, body: Bytes, ttl: Span) -> Result<Response, EngineError> {
    let random = app.engine.hsm().random(RANDOM).await?;
    let token = Zeroizing::new(format!("hvs.{}", URL_SAFE_NO_PAD.encode(&*random)));
    let (engine, name) = (app.engine.clone(), name(&token));
    let wrap = async move { engine.wrap_answer(&name, (path.as_str(), &body[..]), ttl).await };
    let info = app.finished(wrap).await?;
    let shown = json!({
        "token": token.as_str(),
        "accessor": info.accessor.simple().to_string(),
        "ttl": info.ttl.as_nanos() / 1_000_000_000,
        "creation_time": info.creation_time.to_string(),
        "creation_path": info.creation_path,
        "wrapped_accessor": "",
    });
    Ok(Envelope::new()
        .wrap_info(shown.to_string().as_bytes())
        .respond(StatusCode::OK))
}

/// What an answer lies under: nobody who reads the store learns the token from it.
fn name(token: &str) -> String {
    TokenHash::of(token).into()
}

/// Answers what follows `sys/wrapping/`.
pub(super) async fn answer(app: &App, request: &Request, rest: &str) -> Result<Response, Fault> {
    if !matches!(request.method().as_str(), "POST" | "PUT") {
        return Err(Fault::no_method().allowing("POST, PUT"));
    }
    let fields = Fields::parse(request.body())?;
    match rest {
        "wrap" => own_body(app, request).await,
        "lookup" => {
            let info = app.engine.wrapped_info(&name(&token(request, &fields)?)).await;
            Ok(looked_up(&info.map_err(unknown)?))
        }
        "unwrap" => {
            let (_, body) = take(app, &token(request, &fields)?).await?;
            Ok(vault::json(StatusCode::OK, body.to_vec()))
        }
        "rewrap" => {
            let (info, body) = take(app, &token(request, &fields)?).await?;
            let body = Bytes::from_owner(body);
            Ok(put_away(app, info.creation_path, body, info.ttl).await?)
        }
        _ => Err(Fault::not_found()),
    }
}

/// Any JSON of the sender's; the header says for how long.
async fn own_body(app: &App, request: &Request) -> Result<Response, Fault> {
    let token = credential(request.headers()).ok_or_else(Fault::forbidden)?.token;
    let identity = app.auth.authenticate(token).await?;
    if !identity.allows("sys/wrapping/wrap", crate::auth::Capability::Update) {
        return Err(Fault::forbidden());
    }
    if wanted(request)?.is_none() {
        return Err(Fault::bad_request(
            "endpoint requires response wrapping to be used",
        ));
    }
    let body: Value = serde_json::from_slice(request.body())
        .map_err(|_| Fault::bad_request("error parsing JSON: the body must be a JSON object"))?;
    Ok(vault::data(body.to_string().as_bytes()))
}

/// The token in the body, or else the one that the request came with.
fn token(request: &Request, fields: &Fields) -> Result<Zeroizing<String>, Fault> {
    let given = fields.text("token")?.filter(|token| !token.is_empty());
    let own = || credential(request.headers()).map(|credential| credential.token.to_owned());
    let token = given
        .or_else(own)
        .ok_or_else(|| Fault::bad_request("missing \"token\" value in input"))?;
    Ok(Zeroizing::new(token))
}

async fn take(app: &App, token: &str) -> Result<(WrapInfo, Zeroizing<Vec<u8>>), Fault> {
    let (engine, name) = (app.engine.clone(), name(token));
    let taken = app
        .finished(async move { engine.unwrap_answer(&name).await })
        .await;
    taken.map_err(unknown)
}

fn unknown(error: EngineError) -> Fault {
    match error {
        EngineError::SecretNotFound => Fault::bad_request("wrapping token is not valid or does not exist"),
        error => error.into(),
    }
}

fn looked_up(info: &WrapInfo) -> Response {
    let data = json!({
        "creation_path": info.creation_path,
        "creation_time": info.creation_time.to_string(),
        "creation_ttl": info.ttl.as_nanos() / 1_000_000_000,
    });
    vault::data(data.to_string().as_bytes())
}
