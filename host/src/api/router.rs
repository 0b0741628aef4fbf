//! From a raw path to the API that answers it.

use super::app::App;
use super::okms::fault::Fault;
use super::okms::{self, DomainName, domains, mounts};
use super::vault::{Request, Response};
use super::{ca, docs, gate, ibm, identity, imco, keymgmt, methods, sys, wrapping};

/// Answers any request, or puts the answer away for somebody else.
pub(super) async fn answer(app: &App, request: &Request) -> Response {
    if let Some(refusal) = gate::refusal(app, request) {
        return refusal;
    }
    let ttl = match wrapping::wanted(request) {
        Ok(ttl) => ttl,
        Err(fault) => return fault.respond(),
    };
    let path = request.uri().path();
    let rest = split(path).map_or_else(|| path.trim_start_matches('/'), |split| split.rest);
    let answer = methods::name_them(rest, routed(app, request).await);
    match ttl {
        Some(ttl) => wrapping::wrap(app, request, answer, ttl)
            .await
            .unwrap_or_else(|fault| fault.respond()),
        None => answer,
    }
}

async fn routed(app: &App, request: &Request) -> Response {
    let path = request.uri().path();
    let started = app.started.get().is_some();
    if let Some(rest) = path.strip_prefix("/identity/").filter(|_| started) {
        return identity::answer_open(app, request, rest).await;
    }
    if started && let Some(answer) = docs::answer(app, request).await {
        return answer;
    }
    if started && let Some(answer) = imco::answer(app, request).await {
        return answer;
    }
    let answer = match split(path) {
        Some(split) => dispatch(app, request, split).await,
        None => Err(Fault::no_route()),
    };
    answer.unwrap_or_else(Fault::respond)
}

/// Bytes of a body that a request to this path may have.
pub(super) fn max_body(app: &App, path: &str) -> usize {
    match path.strip_prefix("/v1/").is_some_and(is_ibm) {
        true => ibm::MAX_BODY,
        false => app.max_body(),
    }
}

/// Answers a request to this path whose body was not received.
pub(super) fn refuse(path: &str, fault: Fault) -> Response {
    match path.strip_prefix("/v1/").is_some_and(is_ibm) {
        true => ibm::refuse(fault),
        false if imco::is_own(path) => imco::Fault::refused(fault).respond(),
        false => fault.respond(),
    }
}

/// A path without its version and domain: `/api/{id}/v1/…`, its aliases `/v1/api/{id}/…`, and `/v1/…`.
struct Split<'a> {
    domain: DomainName<'a>,
    rest: &'a str,
}

fn split(path: &str) -> Option<Split<'_>> {
    if let Some(path) = path.strip_prefix("/api/") {
        let (id, path) = path.split_once('/')?;
        let rest = path.strip_prefix("v1/")?;
        return Some(Split {
            domain: DomainName::Id(id),
            rest,
        });
    }
    if let Some(path) = path.strip_prefix("/v1/api/") {
        let (id, rest) = path.split_once('/')?;
        return Some(Split {
            domain: DomainName::Id(id),
            rest,
        });
    }
    Some(Split {
        domain: DomainName::Default,
        rest: path.strip_prefix("/v1/")?,
    })
}

async fn dispatch(app: &App, request: &Request, split: Split<'_>) -> Result<Response, Fault> {
    let Split { domain, rest } = split;
    let started = app.started.get().is_some();
    if let Some(rest) = rest.strip_prefix("secret/").filter(|_| started) {
        return okms::answer(app, request, domain, rest).await;
    }
    if started && is_ibm(rest) && matches!(domain, DomainName::Default) {
        return Ok(ibm::answer(app, request, rest).await);
    }
    if started && identity::is_management(rest) && matches!(domain, DomainName::Default) {
        return Ok(identity::answer(app, request, rest).await);
    }
    if let Some(rest) = below(rest, "sys/internal/ui/mounts") {
        return mounts::answer(app, request, rest).await;
    }
    if let (Some(rest), DomainName::Default) = (below(rest, "sys/okms/domains"), domain) {
        return domains::answer(app, request, rest).await;
    }
    if let (Some(rest), DomainName::Default, true) = (below(rest, "sys/imco"), domain, started) {
        return imco::answer_import(app, request, rest).await;
    }
    if let (Some(rest), DomainName::Default, true) = (below(rest, "sys/ca"), domain, started) {
        return ca::answer(app, request, rest).await;
    }
    if let (Some(rest), DomainName::Default, true) = (below(rest, "sys/mounts"), &domain, started) {
        return Ok(keymgmt::mounts::answer(app, request, rest).await);
    }
    if let (Some(rest), DomainName::Default, true) = (below(rest, "sys/key-generation"), &domain, started) {
        return Ok(keymgmt::making::answer(app, request, rest).await);
    }
    if let (Some(rest), DomainName::Default, true) = (below(rest, "sys/wrapping"), &domain, started) {
        let answer = wrapping::answer(app, request, rest).await;
        return Ok(answer.unwrap_or_else(|fault| fault.respond()));
    }
    if rest.starts_with("auth/") || rest.starts_with("sys/") {
        return Ok(sys::handle(&app.sys, request, rest).await);
    }
    if let (Some(mounted), DomainName::Default, true) = (keymgmt::Mounted::find(app, rest), &domain, started)
    {
        return Ok(keymgmt::answer(app, request, mounted).await);
    }
    match started {
        true => Err(Fault::no_route()),
        false => Err(Fault::unavailable(
            "casemate is starting; see its log if this lasts",
        )),
    }
}

/// Whether a path behind `/v1/` is one of IBM's dialect.
fn is_ibm(rest: &str) -> bool {
    below(rest, "ibmcloud").or(below(rest, "auth/ibmcloud")).is_some()
}

/// What follows `prefix` and a slash, if `path` is `prefix` or lies below it.
pub(super) fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix)?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_prefix('/')
    }
}
