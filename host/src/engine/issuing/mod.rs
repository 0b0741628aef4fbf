//! Certificates of private authorities (RFC 5280): roots and intermediates, templates that say what may be issued, and
//! secrets that are certificates.
//!
//! An authority's key is made in the device and never leaves it; every certificate and revocation list is put together
//! here and signed there. The key of a certificate is made in the device too and leaves it once, wrapped with a key that is
//! drawn for that one answer ([`leaf_key`]), if the export policy allows; not at all where the user brings a request.
//!
//! ```text
//! issued/ ‖ authority (16 bytes) ‖ serial number (20 bytes)    when it ends, and since when it is revoked
//! crl/ ‖ authority (16 bytes)                                  the revocation list, and when the next is due
//! ```

mod authority;
mod constraints;
mod crl;
mod hostname;
mod issuer;
mod key;
mod leaf_key;
mod ledger;
mod order;
mod profile;
mod renewal;
mod revoke;
mod secret;
mod sign;
mod subject;
mod template;
#[cfg(test)]
mod tests;

pub use authority::{Authority, AuthorityChange, AuthoritySettings, Certified, SigningMethod, Status, Urls};
pub use crl::RevocationList;
pub use key::{KeyAlgorithm, KeySpec};
pub use order::{Format, KeyFormat, Order};
pub use secret::{PrivateIssuance, Revocation};
pub use sign::{AuthorityOrder, Signed};
pub use subject::Subject;
pub use template::Template;

use super::EngineError;
use crate::x509::BadX509;

impl From<BadX509> for EngineError {
    fn from(error: BadX509) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<x509_cert::der::Error> for EngineError {
    fn from(error: x509_cert::der::Error) -> Self {
        BadX509::from(error).into()
    }
}

/// The caller's fault; the sentence says what and how to mend it.
fn refused(why: impl Into<String>) -> EngineError {
    EngineError::BadChange(why.into())
}
