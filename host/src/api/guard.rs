use super::okms::fault::Fault;
use super::vault::{Credential, Request, credential};
use crate::auth::policy::Acl;
use crate::auth::{Auth, AuthError, Capability, Identity};
use crate::tls::Peer;
use hyper::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use std::sync::Arc;

/// What browsers say of the page that asks (W3C Fetch Metadata Request Headers).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

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
            if !request.method().is_safe() && comes_from_elsewhere(request.headers()) {
                return Err(Fault::forbidden());
            }
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

/// Whether a page of somebody else's has made a browser ask. Browsers add their certificate to such requests too, so who
/// shows one has not meant what it asks for.
fn comes_from_elsewhere(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return site != "same-origin" && site != "none";
    }
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    let host = headers.get(HOST).map_or(&b""[..], |host| host.as_bytes());
    origin.as_bytes().strip_prefix(b"https://") != Some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_others_are_told_from_our_own() {
        let asks = |pairs: &[(HeaderName, &'static str)]| {
            let pairs = pairs.iter().cloned();
            comes_from_elsewhere(
                &pairs
                    .map(|(name, value)| (name, value.parse().unwrap()))
                    .collect(),
            )
        };
        let ours = (HOST, "vault.example:8243");
        assert!(!asks(std::slice::from_ref(&ours)), "no browser");
        for (site, elsewhere) in [
            ("same-origin", false),
            ("none", false),
            ("same-site", true),
            ("cross-site", true),
            ("", true),
        ] {
            assert_eq!(asks(&[ours.clone(), (SEC_FETCH_SITE, site)]), elsewhere, "{site}");
        }
        for (origin, elsewhere) in [
            ("https://vault.example:8243", false),
            ("https://vault.example", true),
            ("http://vault.example:8243", true),
            ("https://evil.example", true),
            ("null", true),
        ] {
            assert_eq!(asks(&[ours.clone(), (ORIGIN, origin)]), elsewhere, "{origin}");
        }
    }
}
