//! Certificates (RFC 5280): an authority whose key lives in the device, and what is known of what it issued.
//!
//! The authority's key and the server's are made in the device and never leave it; whoever gets a client certificate
//! makes the key for it and shows only a signing request. The list of what was issued is kept in memory, in step with
//! the store, which nobody else writes to: every request on a connection with a certificate asks it.

mod authority;
mod issued;
mod names;
mod profile;
mod server;
mod signatory;
#[cfg(test)]
mod tests;

pub use authority::{Authority, NewCertificate};
pub use issued::{Issued, Serial};
pub use names::{BadName, HolderName, Scope};
pub use profile::Holder;
pub(crate) use profile::{HOSTS, USER_PRINCIPAL_NAME};
pub use server::{ServerIdentity, ServerName};
pub(crate) use signatory::Signatory;

use crate::engine::EngineError;
use crate::store::StoreError;
use crate::x509::BadX509;

/// Why the authority did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A row or certificate of our own can't be read or made.
    #[error("certificates: {0}")]
    Damaged(String),
    /// The device or the engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The caller's fault; the sentence says what and how to mend it.
    #[error("{0}")]
    Invalid(String),
    /// The authority issued no certificate with this serial number.
    #[error("no certificate with this serial number was issued here")]
    NotFound,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<BadX509> for PkiError {
    fn from(BadX509(why): BadX509) -> Self {
        Self::Damaged(why)
    }
}

impl From<x509_cert::builder::Error> for PkiError {
    fn from(error: x509_cert::builder::Error) -> Self {
        BadX509::from(error).into()
    }
}

impl From<x509_cert::der::Error> for PkiError {
    fn from(error: x509_cert::der::Error) -> Self {
        BadX509::from(error).into()
    }
}
