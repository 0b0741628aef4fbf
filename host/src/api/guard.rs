use super::okms::fault::Fault;
use super::vault::{Credential, Request, credential};
use crate::auth::policy::Acl;
use crate::auth::{Auth, AuthError, Capability, Identity};
use crate::tls::Peer;
use std::sync::Arc;

/// Who is asking, and what their policies allow.
pub(super) enum Caller {
    /// By a token.
    Token(Identity),
    /// By a client certificate: what it allows by itself, and what its policies do.
    Certificate([Arc<Acl>; 2]),
}

impl Caller {
    /// The holder of the token that a request carries, or else of the certificate that its connection was made with.
    pub(super) async fn of(auth: &Auth, request: &Request) -> Result<Self, Fault> {
        let Some(Credential { token, carrier }) = credential(request.headers()) else {
            let peer = request.extensions().get::<Arc<Peer>>();
            let peer = peer.ok_or_else(|| Fault::unauthenticated(None))?;
            return Ok(Self::Certificate([
                peer.own.clone(),
                auth.allowed_by(&peer.policies),
            ]));
        };
        match auth.authenticate(token).await {
            Ok(identity) => Ok(Self::Token(identity)),
            Err(AuthError::Denied) => Err(Fault::unauthenticated(Some(carrier))),
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses what no policy allows.
    pub(super) fn may(&self, capability: Capability, path: &str) -> Result<(), Fault> {
        let allowed = match self {
            Self::Token(identity) => identity.allows(path, capability),
            Self::Certificate(acls) => acls.iter().any(|acl| acl.allows(path, capability)),
        };
        match allowed {
            true => Ok(()),
            false => Err(Fault::forbidden()),
        }
    }
}
