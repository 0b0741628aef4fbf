use crate::auth::policy::{Acl, Policy, PolicyName};
use crate::pki::{Scope, Serial};
use rustls::pki_types::UnixTime;
use std::sync::Arc;

/// Who is at the other end of a connection, by the certificate that was shown.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The common name of the subject, for logs.
    pub name: String,
    /// Its serial number, where our authority issued it.
    pub serial: Option<Serial>,
    /// When its certificate ends.
    pub expires: UnixTime,
    /// Named policies that count for it.
    pub policies: Vec<PolicyName>,
    /// What the certificate allows by itself.
    pub own: Arc<Acl>,
    /// Whether it is a host's: the first organisational unit of the subject is `Hosts`.
    pub is_host: bool,
}

/// What certificates with these domains allow by themselves: everything in them.
pub(super) fn acl(scopes: &[Scope]) -> Arc<Acl> {
    let policies = scopes.iter().filter_map(|scope| {
        let domain = match scope {
            Scope::All => "+".to_owned(),
            Scope::Domain(id) => id.to_string(),
        };
        Policy::parse(&format!(
            r#"path "api/{domain}/secret/*" {{ capabilities = ["create", "read", "update", "patch", "delete", "list"] }}"#
        ))
        .ok()
    });
    let policies: Vec<_> = policies.collect();
    Arc::new(Acl::of(&policies))
}
