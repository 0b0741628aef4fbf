//! What the APIs are, for people and programs: OpenAPI documents, and Swagger UI to read them.
//!
//! `/docs` is for everybody and for reading only. `/api/{domain}/docs` needs a client certificate or a token, which a
//! browser sends as the password of HTTP Basic authentication, and lets one try requests; these carry a certificate
//! or token of their own. The page's files are part of the program, and nothing is loaded from elsewhere.

mod book;
mod document;
pub(super) mod loose;
mod operation;
mod page;

pub(super) use book::{Book, okms_error, remains, texts};
pub(super) use operation::Operation;

use super::app::App;
use super::okms::fault::Fault;
use super::okms::{self, DomainName};
use super::vault::{Request, Response, json, text};
use crate::engine::collection::CollectionId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use document::Place;
use hyper::header::{AUTHORIZATION, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use hyper::{Method, StatusCode};
use zeroize::Zeroizing;

/// Answers a path below `/docs` or `/api/{domain}/docs`; `None` for all others.
pub(super) async fn answer(app: &App, request: &Request) -> Option<Response> {
    let path = request.uri().path();
    if let Some(file) = below_docs(path) {
        return Some(serve(app, request, file, Place::Reading).unwrap_or_else(Fault::respond));
    }
    let (domain, rest) = path.strip_prefix("/api/")?.split_once('/')?;
    let file = below_docs(&path[path.len() - rest.len() - 1..])?;
    Some(match enter(app, request, domain).await {
        Ok(domain) => serve(app, request, file, Place::Trying(domain)).unwrap_or_else(Fault::respond),
        Err(fault) => challenge(fault),
    })
}

/// What follows `/docs`: nothing, or a slash and the name of a file.
fn below_docs(path: &str) -> Option<&str> {
    let file = path.strip_prefix("/docs")?;
    (file.is_empty() || file.starts_with('/')).then_some(file)
}

/// The domain, for somebody who is known.
async fn enter(app: &App, request: &Request, domain: &str) -> Result<CollectionId, Fault> {
    match basic(request) {
        Some(token) => {
            let known = app.auth.authenticate(&token).await;
            known.map_err(|_| Fault::unauthenticated(None))?;
        }
        None => drop(app.caller(request).await?),
    }
    Ok(okms::find(app, DomainName::Id(domain))?.id())
}

/// The password of HTTP Basic authentication (RFC 7617).
fn basic(request: &Request) -> Option<Zeroizing<String>> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let credentials = Zeroizing::new(STANDARD.decode(credentials.trim()).ok()?);
    let (_, password) = std::str::from_utf8(&credentials).ok()?.split_once(':')?;
    Some(Zeroizing::new(password.to_owned()))
}

/// Lets a browser ask its user for a token.
fn challenge(fault: Fault) -> Response {
    let mut response = fault.respond();
    if response.status() == StatusCode::UNAUTHORIZED {
        let how = HeaderValue::from_static("Basic realm=\"casemate: any name, and a token as the password\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, how);
    }
    response
}

fn serve(app: &App, request: &Request, file: &str, place: Place) -> Result<Response, Fault> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Fault::no_method());
    }
    if file.is_empty() {
        let mut moved = text(
            StatusCode::PERMANENT_REDIRECT,
            "text/plain",
            b"it is in docs/".to_vec(),
        );
        moved
            .headers_mut()
            .insert(LOCATION, HeaderValue::from_static("docs/"));
        return Ok(moved);
    }
    let file = file.trim_start_matches('/');
    match document::find(app, file, place) {
        Some(document) => Ok(json(StatusCode::OK, document)),
        None => page::file(file, place),
    }
}
