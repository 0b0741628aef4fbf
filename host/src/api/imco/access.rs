//! Who is asking, and what they may do.

use super::{Call, Fault};
use crate::api::app::App;
use crate::api::guard::Caller;
use crate::api::okms::fault::Fault as OkmsFault;
use crate::api::vault::Request;
use crate::auth::Capability;
use crate::auth::policy::{Acl, Policy};
use crate::engine::vaults::{SecretId, VaultError, VaultId, VersionId};
use crate::pki::Holder;
use crate::tls::Peer;
use std::sync::Arc;

/// What users' certificates allow: everything but to read values.
const USERS: &str = r#"
path "imco/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "imco/key_vaults/+/secrets/+/versions/+/content" { capabilities = ["deny"] }
"#;

/// What hosts' certificates allow: to read values.
const HOSTS: &str = r#"
path "imco/key_vaults/+/secrets/+/versions/+/content" { capabilities = ["read"] }
"#;

/// What certificates allow that have no policies.
pub(super) struct BuiltIn {
    users: Arc<Acl>,
    hosts: Arc<Acl>,
}

impl BuiltIn {
    pub(super) fn new() -> Self {
        let acl = |text| Arc::new(Acl::of(&Policy::parse(text).ok()));
        Self {
            users: acl(USERS),
            hosts: acl(HOSTS),
        }
    }
}

/// Who is asking.
pub(super) struct Visitor {
    caller: Caller,
    /// What the certificate allows by its kind.
    built_in: Option<Arc<Acl>>,
    /// Whether it is a host, by its certificate.
    pub(super) is_host: bool,
}

impl Visitor {
    /// The holder of the token of a request, or else of its connection's certificate.
    pub(super) async fn of(app: &App, request: &Request) -> Result<Self, Fault> {
        let caller = app.caller(request).await?;
        let peer = match caller {
            Caller::Token(_) => None,
            Caller::Certificate(_) => request.extensions().get::<Arc<Peer>>(),
        };
        Ok(Self {
            caller,
            built_in: peer.and_then(|peer| built_in(app, peer)),
            is_host: peer.is_some_and(|peer| peer.is_host),
        })
    }
}

/// Nothing for certificates of other authorities: the settings say what these may do.
fn built_in(app: &App, peer: &Peer) -> Option<Arc<Acl>> {
    let issued = app.authority.find(peer.serial?)?;
    match issued.holder {
        _ if !issued.policies.is_empty() => None,
        Holder::User => Some(app.imco.built_in.users.clone()),
        Holder::Host => Some(app.imco.built_in.hosts.clone()),
        Holder::Okms(_) => None,
    }
}

impl Call<'_> {
    /// Carries out a change to its end, even if the client hangs up meanwhile.
    pub(super) async fn finished<T: Send + 'static>(
        &self,
        change: impl Future<Output = Result<T, VaultError>> + Send + 'static,
    ) -> Result<T, Fault> {
        let finished = tokio::spawn(change).await;
        Ok(finished.map_err(|_| OkmsFault::internal())??)
    }

    /// Refuses what neither the certificate's kind nor any policy allows.
    pub(super) fn may(&self, capability: Capability, path: &str) -> Result<(), Fault> {
        let Visitor { caller, built_in, .. } = &self.visitor;
        let by_kind = built_in.as_ref().is_some_and(|acl| acl.allows(path, capability));
        match by_kind || caller.may(capability, path).is_ok() {
            true => Ok(()),
            false => Err(Fault::forbidden()),
        }
    }

    /// As [`Call::may`], for a secret and what lies below it. Whoever may nothing with any secret is not told which
    /// there are.
    pub(super) fn may_with_secret(
        &self,
        capability: Capability,
        id: SecretId,
        below: &str,
    ) -> Result<(), Fault> {
        let home = self.app.engine.home_of(id);
        let path = match &home {
            Ok(vault) => secret_path(*vault, id, below),
            Err(_) => format!("imco/key_vaults/none/secrets/{id}{below}"),
        };
        self.may(capability, &path)?;
        Ok(home.map(drop)?)
    }

    /// As [`Call::may_with_secret`], for a version and what lies below it.
    pub(super) fn may_with_version(&self, id: VersionId, below: &str) -> Result<(), Fault> {
        let version = self.app.engine.vault_version(id);
        let path = match &version {
            Ok(version) => secret_path(version.vault, version.secret, &format!("/versions/{id}{below}")),
            Err(_) => format!("imco/key_vaults/none/secrets/none/versions/{id}{below}"),
        };
        self.may(Capability::Read, &path)?;
        Ok(version.map(drop)?)
    }
}

fn secret_path(vault: VaultId, secret: SecretId, below: &str) -> String {
    format!("imco/key_vaults/{vault}/secrets/{secret}{below}")
}
