//! The methods of paths whose 405 does not name them otherwise (RFC 9110, section 15.5.6).

use super::vault::Response;
use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderValue};

const READ: &str = "GET, HEAD";
const READ_AND_LIST: &str = "GET, HEAD, LIST";
const WRITE: &str = "POST, PUT";
const MEMBERS: &str = "GET, HEAD, POST, PUT, LIST";

/// Puts the methods of a path into an answer that says that the path has others; `rest` is what follows the version.
pub(super) fn name_them(rest: &str, mut answer: Response) -> Response {
    if answer.status() == StatusCode::METHOD_NOT_ALLOWED && !answer.headers().contains_key(ALLOW) {
        let methods = HeaderValue::from_static(of(rest.trim_end_matches('/')));
        answer.headers_mut().insert(ALLOW, methods);
    }
    answer
}

fn of(rest: &str) -> &'static str {
    let mut segments = rest.splitn(3, '/');
    let (first, second) = (segments.next(), segments.next().unwrap_or_default());
    let below = segments.next().unwrap_or_default();
    match first.unwrap_or_default() {
        "sys" => of_system(second, below),
        "identity" if second == "token" => "POST",
        "serviceids" | "apikeys" if second.is_empty() => "GET, HEAD, POST",
        "serviceids" | "apikeys" => "GET, HEAD, DELETE",
        _ => READ,
    }
}

/// Below `sys/`.
fn of_system(name: &str, below: &str) -> &'static str {
    match (name, below) {
        ("ca", "issue" | "revoke") | ("imco", "import") => WRITE,
        ("ca", "certificates") | ("imco", _) => READ_AND_LIST,
        ("iam", _) => "POST",
        ("internal", _) => "GET",
        ("okms", "domains") => MEMBERS,
        ("okms", _) => "GET, HEAD, DELETE",
        ("wrapping", _) => WRITE,
        _ => READ,
    }
}
