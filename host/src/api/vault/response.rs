use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, StatusCode};
use serde_json::json;
use zeroize::Zeroizing;

use super::Fault;
use super::envelope::{Envelope, strings};

/// A request with its whole body.
pub type Request = hyper::Request<Bytes>;
/// An answer with its whole body.
pub type Response = hyper::Response<Full<Bytes>>;

/// 200 with this JSON as `data` in the envelope.
pub fn data(json: &[u8]) -> Response {
    Envelope::new().data(json).respond(StatusCode::OK)
}

/// 200 with a list of names, 404 where there is none.
pub(in crate::api) fn names(names: &[String]) -> Result<Response, Fault> {
    match names {
        [] => Err(Fault::not_found()),
        names => Ok(data(json!({ "keys": names }).to_string().as_bytes())),
    }
}

/// 204: done, nothing to say.
pub fn no_content() -> Response {
    respond(StatusCode::NO_CONTENT, Bytes::new())
}

/// Vault's error body, `{"errors":[…]}`; the list may be empty.
pub fn errors<S: AsRef<str>>(status: StatusCode, texts: &[S]) -> Response {
    let mut body = br#"{"errors":"#.to_vec();
    strings(&mut body, texts);
    body.push(b'}');
    json(status, body)
}

/// This JSON as it is. The buffer is zeroized once it was sent, because it may hold a secret.
pub fn json(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = respond(status, Bytes::from_owner(Zeroizing::new(body)));
    // Without a charset: hvac compares the header for equality.
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// This text, which is no secret, of this media type.
pub fn text(status: StatusCode, media_type: &str, body: Vec<u8>) -> Response {
    let mut response = respond(status, body.into());
    if let Ok(media_type) = HeaderValue::from_str(media_type) {
        response.headers_mut().insert(CONTENT_TYPE, media_type);
    }
    response
}

/// 200 with these bytes as they are, zeroized once they were sent.
pub fn octets(bytes: Zeroizing<Vec<u8>>) -> Response {
    let mut response = respond(StatusCode::OK, Bytes::from_owner(bytes));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    response
}

fn respond(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = HeaderMap::with_capacity(4);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
