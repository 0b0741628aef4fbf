//! Certificates, signing requests and revocation lists as structures (RFC 5280, RFC 2986): what is the same whoever
//! issues them. Nothing here holds a key or decides anything.

mod extensions;
mod general_name;
mod name;
mod request;
mod signer;
mod time;

pub(crate) use extensions::Extensions;
pub(crate) use general_name::{dns, email, ip, other, uri};
pub(crate) use name::distinguished_name;
pub(crate) use request::{KeyKind, Names, Request};
pub(crate) use signer::Signer;
pub(crate) use time::time;

use x509_cert::certificate::Certificate;
use x509_cert::der::EncodePem;
use x509_cert::der::pem::LineEnding;

/// A structure that can't be read or made.
#[derive(Debug, thiserror::Error)]
#[error("certificates: {0}")]
pub(crate) struct BadX509(pub(crate) String);

impl From<x509_cert::builder::Error> for BadX509 {
    fn from(error: x509_cert::builder::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<x509_cert::der::Error> for BadX509 {
    fn from(error: x509_cert::der::Error) -> Self {
        Self(error.to_string())
    }
}

/// A certificate in PEM.
pub(crate) fn pem(certificate: &Certificate) -> Result<String, BadX509> {
    Ok(certificate.to_pem(LineEnding::LF)?)
}
