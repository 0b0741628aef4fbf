//! What is decided before any route is looked for: whether the daemon is sealed, and which namespace is meant.

use super::app::App;
use super::imco;
use super::vault::{Request, Response, errors};
use hyper::StatusCode;

/// What is served while sealed.
const OPEN: [&str; 4] = ["sys/health", "sys/init", "sys/seal-status", "sys/unseal"];

/// The refusal of a request that no route is to see.
pub(super) fn refusal(app: &App, request: &Request) -> Option<Response> {
    let path = request.uri().path();
    let is_open = path.strip_prefix("/v1/").is_some_and(|path| OPEN.contains(&path));
    if app.sys.is_sealed() && !is_open {
        return Some(refuse(
            path,
            StatusCode::SERVICE_UNAVAILABLE,
            "Vault is sealed".into(),
        ));
    }
    let namespace = request
        .headers()
        .get("x-vault-namespace")?
        .to_str()
        .unwrap_or("?");
    match namespace.trim_matches('/') {
        "" | "root" => None,
        other => {
            let why = format!(
                "there is no namespace {other:?}: the root namespace is the only one, leave X-Vault-Namespace out"
            );
            Some(refuse(path, StatusCode::BAD_REQUEST, why))
        }
    }
}

/// IMCO's clients give up at Vault's list of errors.
fn refuse(path: &str, status: StatusCode, why: String) -> Response {
    match imco::is_own(path) {
        true => imco::Fault::new(status, why).respond(),
        false => errors(status, &[why]),
    }
}
