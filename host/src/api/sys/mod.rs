//! What belongs to no dialect: tokens, policies, health. Paths, bodies and statuses are Vault's.
//!
//! Whoever asks is authenticated first, unless the route is open to all; then the token's policies decide; only then
//! does anybody learn whether the route knows the method.

mod capabilities;
mod fault;
mod policies;
mod route;
mod seal;
mod status;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;

use self::fault::Fault;
use self::route::{Guarded, Open, Route};
use super::vault::{Action, Fields, Request, Response, credential};
use crate::auth::{Auth, Capability, Identity};
use crate::engine::seal::Sealing;
use crate::hsm::Hsm;

/// What these routes need.
pub struct Sys {
    auth: Auth,
    hsm: Arc<dyn Hsm>,
    sealing: Sealing,
}

impl Sys {
    /// The routes over these tokens, this device and this seal.
    pub fn new(auth: Auth, hsm: Arc<dyn Hsm>, sealing: Sealing) -> Self {
        Self { auth, hsm, sealing }
    }

    /// Whether nothing is served but what tells so, and what unseals.
    pub(super) fn is_sealed(&self) -> bool {
        self.sealing.is_sealed()
    }
}

/// Answers a request for `route`, the raw path behind `/v1/` (`auth/token/lookup-self`, `sys/health`, …), whatever
/// prefix it was reached under.
pub async fn handle(sys: &Sys, request: &Request, route: &str) -> Response {
    answer(sys, request, route).await.unwrap_or_else(Fault::respond)
}

async fn answer(sys: &Sys, request: &Request, route: &str) -> Result<Response, Fault> {
    let path = route::decoded(route)?;
    let Some(known) = Route::parse(&path) else {
        Sender::of(sys, request).await?;
        return Err(Fault::NotFound);
    };
    let answer = match known {
        Route::Open(Open::Unseal) => seal::unseal(sys, request).await,
        Route::Open(open) => status::answer(sys, request, open).await,
        Route::Guarded(guarded) => answer_guarded(sys, request, &path, guarded).await,
    };
    answer.map_err(|fault| fault.allowing(known.methods()))
}

async fn answer_guarded(
    sys: &Sys,
    request: &Request,
    path: &str,
    guarded: Guarded<'_>,
) -> Result<Response, Fault> {
    let sender = Sender::of(sys, request).await?;
    let action = Action::of(request)?;
    let protected = guarded.protected_path(path);
    sender.may(&protected, capability(action))?;
    if guarded.needs_sudo() {
        sender.may(&protected, Capability::Sudo)?;
    }
    match guarded {
        Guarded::Token(token) => token::answer(sys, request, &sender, action, token).await,
        Guarded::Policy(policy) => policies::answer(sys, request, action, policy).await,
        Guarded::Seal => seal::seal(sys, action).await,
        Guarded::Capabilities(of) => capabilities::answer(sys, request, &sender, action, of).await,
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

/// What a policy must grant for it.
fn capability(action: Action) -> Capability {
    match action {
        Action::Delete => Capability::Delete,
        Action::List => Capability::List,
        Action::Patch => Capability::Patch,
        Action::Read => Capability::Read,
        Action::Write => Capability::Update,
    }
}

fn fields(request: &Request) -> Result<Fields, Fault> {
    Ok(Fields::parse(request.body())?)
}
