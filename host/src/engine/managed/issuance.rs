use super::Interval;
use crate::engine::EngineError;
use crate::engine::clock::Time;
use crate::engine::issuing::PrivateIssuance;
use crate::engine::orders::PublicTerms;
use crate::engine::secret::SecretRow;
use crate::engine::span::Span;
use crate::issuers::{Traces, Want};
use serde::{Deserialize, Serialize};

/// What a secret keeps beside its versions where somebody issues them: enough to issue the next. Stored: a variant's
/// place is never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Issuance {
    /// Credentials that are taken back after a while.
    Leased(LeaseTerms),
    /// A certificate of an authority of ours.
    Private(PrivateIssuance),
    /// A certificate of a public authority.
    Public(PublicTerms),
}

/// How credentials are issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseTerms {
    /// What is asked for.
    pub want: Want,
    /// How long each lasts; `None` for as long as the secret.
    pub ttl: Option<Span>,
    /// Whether who reads gets what is there as long as it lasts, or new ones each time.
    pub reuse: bool,
    /// The leases of versions, where they are kept.
    pub held: Vec<Held>,
}

/// The lease of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Which version.
    pub version: u32,
    /// When it ends.
    pub until: Option<Time>,
    /// What the issuer calls it.
    pub traces: Traces,
}

impl Held {
    /// Whether it lasts at `now`.
    pub fn lasts(&self, now: Time) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}

impl LeaseTerms {
    /// Refuses to make credentials anew so often, from `now` on.
    pub(super) fn check_schedule(&self, every: Interval, now: Time) -> Result<(), EngineError> {
        let why = match self.ttl {
            _ if !self.reuse => {
                "the secret makes new credentials each time it is read; only one with reuse_api_key can rotate by itself"
            }
            Some(ttl) if every.after(now) > now.after(ttl) => {
                "the rotation interval is longer than the ttl: the credentials would end before they are made anew"
            }
            _ => return Ok(()),
        };
        Err(EngineError::BadChange(why.into()))
    }

    /// The lease of a version.
    pub fn held(&self, version: u32) -> Option<&Held> {
        self.held.iter().find(|held| held.version == version)
    }
}

impl SecretRow {
    /// How its values are leased, where they are.
    pub fn lease_terms(&self) -> Option<&LeaseTerms> {
        match self.issuance.as_deref() {
            Some(Issuance::Leased(terms)) => Some(terms),
            _ => None,
        }
    }

    pub(in crate::engine) fn lease_terms_mut(&mut self) -> Option<&mut LeaseTerms> {
        match self.issuance.as_deref_mut() {
            Some(Issuance::Leased(terms)) => Some(terms),
            _ => None,
        }
    }

    /// The lease of the current version, where it is kept.
    pub fn current_lease(&self) -> Option<&Held> {
        self.lease_terms()?.held(self.current)
    }

    /// Remembers the lease of the current version, and forgets those of versions that are not known any more.
    pub(super) fn hold(&mut self, held: Held) {
        let oldest = self.versions.first().map_or(0, |version| version.number);
        let version = self.current;
        if let Some(terms) = self.lease_terms_mut() {
            terms.held.retain(|known| known.version >= oldest);
            terms.held.push(Held { version, ..held });
        }
    }
}
