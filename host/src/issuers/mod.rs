//! Who issues credentials: API keys of an identity provider, keys of a service, tokens of this daemon.
//!
//! Whatever is issued has a name that is random and written down before the issuer is asked, so that what an
//! interrupted order left behind is found by it and taken back. Both steps may be repeated.
//!
//! *What this trusts:* that whoever answers at an issuer's address, over TLS with a certificate of an authority that this
//! machine trusts, is the issuer.

mod choice;
mod ibm;

pub use choice::Issuers;
pub use ibm::{IbmIssuer, IbmUrls};

use crate::engine::clock::Time;
use crate::kms::KmsError;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// What is to be issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Want {
    /// An API key of an identity provider.
    ApiKey(Holder),
    /// The credentials of a service.
    ServiceKey(Service),
}

/// Whom an API key stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holder {
    /// A service id that is made for it, as a member of these access groups.
    Groups(Vec<String>),
    /// A service id that is there already.
    ServiceId(String),
}

/// A service that gives credentials, and with which role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its cloud resource name.
    pub source_crn: String,
    /// The role's cloud resource name, or its name.
    pub role: String,
    /// What else the service is told: a JSON object.
    pub parameters: String,
    /// Where the service is this daemon: the policy that the token has.
    pub policy: Option<String>,
}

/// One order.
pub struct Order<'a> {
    /// Names it; random.
    pub name: &'a str,
    /// What for.
    pub want: &'a Want,
    /// When it is to end; the issuer is asked to take it back then.
    pub until: Option<Time>,
    /// The API key that the issuer is asked with, where one is configured.
    pub authority: Option<&'a str>,
}

/// What an issuer gave.
pub struct Issued {
    /// The credentials: a JSON object.
    pub value: Zeroizing<Vec<u8>>,
    /// What the issuer calls them and their parts.
    pub traces: Traces,
}

/// What an issuer calls what it issued: `api_key_id`, `service_id`, …
pub type Traces = BTreeMap<String, String>;

/// Issues credentials, and takes them back.
#[async_trait]
pub trait Issuer: Send + Sync {
    /// Issues what is ordered.
    async fn issue(&self, order: &Order<'_>) -> Result<Issued, KmsError>;

    /// Takes back what an order has brought; what is not there is no error. Without traces, whatever has the order's
    /// name.
    async fn revoke(&self, order: &Order<'_>, traces: &Traces) -> Result<(), KmsError>;
}
