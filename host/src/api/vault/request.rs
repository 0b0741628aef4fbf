use std::borrow::Cow;

use hyper::header::{AUTHORIZATION, HeaderMap};
use hyper::{Method, Uri};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// How a request carried its token: the OKMS dialect answers a bad one differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// `Authorization: Bearer …`
    Bearer,
    /// `X-Vault-Token: …`
    VaultToken,
}

/// A token as it came.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credential<'a> {
    /// The token's text. Secret.
    pub token: &'a str,
    /// The header it came in.
    pub carrier: Carrier,
}

/// Stands for a token that is no text: one that nobody has, which is not the same as none.
const UNREADABLE: &str = "?";

/// The token of a request: `X-Vault-Token`, else `Authorization: Bearer`. An empty one counts as none.
pub fn credential(headers: &HeaderMap) -> Option<Credential<'_>> {
    vault_token(headers).or_else(|| bearer(headers))
}

fn vault_token(headers: &HeaderMap) -> Option<Credential<'_>> {
    let token = headers
        .get("x-vault-token")?
        .to_str()
        .unwrap_or(UNREADABLE)
        .trim();
    let carrier = Carrier::VaultToken;
    (!token.is_empty()).then_some(Credential { token, carrier })
}

fn bearer(headers: &HeaderMap) -> Option<Credential<'_>> {
    let (scheme, token) = headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .trim()
        .split_once(' ')?;
    let (token, carrier) = (token.trim(), Carrier::Bearer);
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(Credential { token, carrier })
}

/// A request that can't be read; the text says what is wrong with it, for a 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

/// Whether this is a list: method `LIST`, or `GET` with `list` true as Go's `ParseBool` reads it.
///
/// # Errors
/// When `list` is neither true nor false.
pub fn is_list(method: &Method, uri: &Uri) -> Result<bool, Malformed> {
    if method.as_str() == "LIST" {
        return Ok(true);
    }
    if method != Method::GET {
        return Ok(false);
    }
    let list = query_pairs(uri).find(|(name, _)| name == "list");
    list.map_or(Ok(false), |(_, value)| {
        go_bool(&value).ok_or_else(|| Malformed("the query parameter list is neither true nor false".into()))
    })
}

fn go_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// The parameters of a query, decoded; bytes that are not UTF-8 become U+FFFD.
pub fn query_pairs(uri: &Uri) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let pairs = uri
        .query()
        .unwrap_or("")
        .split('&')
        .filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (form_decoded(name), form_decoded(value))
    })
}

fn form_decoded(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
    }
    percent_decode_str(text).decode_utf8_lossy()
}

/// The JSON object in a body; an empty body is an empty object. Whatever the Content-Type says: many clients send
/// none or a wrong one.
///
/// # Errors
/// When it is not JSON, not an object, or nested more than 128 deep.
pub fn json_object(body: &[u8]) -> Result<Map<String, Value>, Malformed> {
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(body).map_err(|error| {
        let position = format!("line {} column {}", error.line(), error.column());
        Malformed(format!(
            "error parsing JSON: the body must be a JSON object ({position})"
        ))
    })
}
