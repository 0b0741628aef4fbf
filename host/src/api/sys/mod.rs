//! What belongs to no dialect: tokens, policies, health. Paths, bodies and statuses are Vault's.
//!
//! Whoever asks is authenticated first, unless the route is open to all; then the token's policies decide; only then
//! does anybody learn whether the route knows the method.

mod capabilities;
mod fault;
mod policies;
mod route;
mod status;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;

use hyper::Method;

use self::fault::Fault;
use self::route::{Action, Open, Route};
use super::vault::{Fields, Request, Response, credential, is_list};
use crate::auth::{Auth, Capability, Identity};
use crate::hsm::Hsm;

/// What these routes need.
pub struct Sys {
    auth: Auth,
    hsm: Arc<dyn Hsm>,
}

impl Sys {
    /// The routes over these tokens and this device.
    pub fn new(auth: Auth, hsm: Arc<dyn Hsm>) -> Self {
        Self { auth, hsm }
    }
}

/// Answers a request for `route`, the raw path behind `/v1/` (`auth/token/lookup-self`, `sys/health`, …), whatever
/// prefix it was reached under.
pub async fn handle(sys: &Sys, request: &Request, route: &str) -> Response {
    answer(sys, request, route).await.unwrap_or_else(Fault::respond)
}

async fn answer(sys: &Sys, request: &Request, route: &str) -> Result<Response, Fault> {
    let path = route::decoded(route)?;
    let known = Route::parse(&path);
    if let Some(Route::Open(open)) = known {
        return status::answer(sys, request, open).await;
    }
    let sender = Sender::of(sys, request).await?;
    let operation = Operation::of(request)?;
    let Some(Route::Guarded(action)) = known else {
        return Err(Fault::NotFound);
    };
    let protected = action.protected_path(&path);
    sender.may(&protected, operation.capability())?;
    if action.needs_sudo() {
        sender.may(&protected, Capability::Sudo)?;
    }
    match action {
        Action::Token(action) => token::answer(sys, request, &sender, operation, action).await,
        Action::Policy(action) => policies::answer(sys, request, operation, action).await,
        Action::Capabilities(of) => capabilities::answer(sys, request, &sender, operation, of).await,
    }
}

/// Who sent a request, with the token's text: some answers repeat it.
struct Sender<'r> {
    identity: Identity,
    token: &'r str,
}

impl<'r> Sender<'r> {
    async fn of(sys: &Sys, request: &'r Request) -> Result<Self, Fault> {
        let token = credential(request.headers()).ok_or(Fault::Denied)?.token;
        let identity = sys.auth.authenticate(token).await?;
        Ok(Self { identity, token })
    }

    fn may(&self, path: &str, capability: Capability) -> Result<(), Fault> {
        let allowed = self.identity.allows(path, capability);
        allowed.then_some(()).ok_or(Fault::Denied)
    }
}

/// What a method means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Delete,
    List,
    Read,
    Write,
}

impl Operation {
    fn of(request: &Request) -> Result<Self, Fault> {
        if is_list(request.method(), request.uri())? {
            return Ok(Self::List);
        }
        match *request.method() {
            Method::GET | Method::HEAD => Ok(Self::Read),
            Method::POST | Method::PUT => Ok(Self::Write),
            Method::DELETE => Ok(Self::Delete),
            _ => Err(Fault::Unsupported),
        }
    }

    fn capability(self) -> Capability {
        match self {
            Self::Delete => Capability::Delete,
            Self::List => Capability::List,
            Self::Read => Capability::Read,
            Self::Write => Capability::Update,
        }
    }
}

fn fields(request: &Request) -> Result<Fields, Fault> {
    Ok(Fields::parse(request.body())?)
}
