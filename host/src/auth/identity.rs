use std::sync::Arc;

use super::policy::{Acl, Capability};
use super::token::{Record, TokenHash};

/// Who sent a request.
#[derive(Debug, Clone)]
pub struct Identity {
    pub(super) hash: TokenHash,
    pub(super) record: Arc<Record>,
    pub(super) acl: Arc<Acl>,
}

impl Identity {
    /// Whether the caller may do this at a path.
    ///
    /// The path is the request's without the leading slash and without Vault's `v1/`. Resources of the OKMS dialect
    /// have one path, `api/<okmsId>/secret/…`, whichever alias was used.
    pub fn allows(&self, path: &str, capability: Capability) -> bool {
        self.acl.allows(path, capability)
    }

    /// What all the caller's policies allow together.
    pub fn acl(&self) -> &Acl {
        &self.acl
    }

    /// The caller's token, as it was when the request was authenticated.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The hash of the caller's token.
    pub fn hash(&self) -> TokenHash {
        self.hash
    }
}
