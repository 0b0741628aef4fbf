//! Name servers of others, in which records are made that prove names to public authorities (RFC 8555, section 8.4).
//!
//! Making and removing may both be repeated: what is there is not made twice, and what is not there is no error.
//!
//! *What this trusts:* IBM's services as [`crate::ibm_cloud`] does; a name server that is updated, as far as it signs its
//! answers with the key that it shares with us.

mod cis;
mod error;
mod rfc2136;
mod tsig;

pub use cis::Cis;
pub(crate) use error::DnsError;
pub use rfc2136::Rfc2136;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long others may keep a record, in seconds: the least that both kinds of services take.
const TTL: u32 = 120;

/// A TXT record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Txt<'a> {
    /// Its whole name, without a dot at the end.
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
}

/// Where records are made, without what it takes to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DnsService {
    /// IBM Cloud Internet Services.
    Cis(Cis),
    /// A name server that takes updates.
    Rfc2136(Rfc2136),
}

/// Makes and removes records.
#[async_trait]
pub(crate) trait NameServer: Send + Sync {
    /// Makes the records that are not there.
    async fn put(&self, records: &[Txt<'_>]) -> Result<(), DnsError>;

    /// Removes the records that are there.
    async fn remove(&self, records: &[Txt<'_>]) -> Result<(), DnsError>;
}

impl DnsService {
    /// The service, to be asked with this credential: an API key of IBM's, or a key for updates. `patience`: how long it
    /// has for one answer.
    pub(crate) fn open(
        &self,
        credential: Zeroizing<Vec<u8>>,
        patience: Duration,
    ) -> Result<Box<dyn NameServer>, DnsError> {
        Ok(match self {
            Self::Cis(cis) => Box::new(cis.with(credential, patience)?),
            Self::Rfc2136(server) => Box::new(server.with(credential, patience)?),
        })
    }
}
