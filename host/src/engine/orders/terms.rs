use crate::engine::clock::Time;
use crate::engine::issuing::KeySpec;
use crate::engine::managed::Issuance;
use crate::engine::secret::SecretRow;
use crate::engine::span::Span;
use serde::{Deserialize, Serialize};

/// How long before its end a certificate is renewed.
const RENEWED_BEFORE: Span = Span::from_secs(31 * 86_400);
/// One that lasts less is renewed when two thirds of its time are over: else it would be renewed all the time.
const SHORT: Span = Span::from_secs(40 * 86_400 - 3600);

/// What a certificate is ordered by and for, and how far the last order is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicTerms {
    /// The authority's configuration.
    pub ca: String,
    /// The DNS provider's configuration, or `manual`.
    pub dns: String,
    /// The common name, then the others.
    pub names: Vec<String>,
    /// Whether the issuers' certificates follow the certificate in one text.
    pub bundle: bool,
    /// The key's kind.
    pub key: KeySpec,
    /// Whether it is renewed by itself.
    pub auto_rotate: bool,
    /// Whether it gets another key then.
    pub rotate_keys: bool,
    /// When it was last ordered.
    pub ordered: Time,
    /// Whether that was done by itself.
    pub auto_rotated: bool,
    /// What came of it.
    pub state: State,
    /// What proves the names to the authority.
    pub proof: Proof,
    /// When the certificate was revoked.
    pub revoked: Option<Time>,
    /// The blob of the certificate's key.
    pub(super) blob: Vec<u8>,
    pub(super) order: Option<Progress>,
    /// When there is something to do.
    pub(super) due: Option<Time>,
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Nothing yet.
    Pending,
    /// A certificate.
    Issued,
    /// An error.
    Failed {
        /// The authority's code for it, or ours.
        code: String,
        /// In words.
        message: String,
    },
}

/// What proves names to the authority.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What has to be in the DNS.
    pub records: Vec<Record>,
    /// When a user said that it is.
    pub validated: Option<Time>,
}

/// A TXT record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The name that it proves.
    pub domain: String,
    /// Its own name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Until when the authority looks for it.
    pub expires: Option<Time>,
}

/// An order under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Who ordered.
    pub(super) author: String,
    /// The blob of the key that the certificate will have; empty until it is made.
    pub(super) blob: Vec<u8>,
    /// Whether the authority was asked for an order.
    pub(super) asked: bool,
    /// The order's URL; empty until it is known.
    pub(super) url: String,
    /// How often a step has failed in a row.
    pub(super) tries: u32,
}

impl PublicTerms {
    /// When a certificate of this time is to be renewed.
    pub(super) fn renewal(&self, not_before: Time, not_after: Time) -> Option<Time> {
        let lasts = not_after.as_nanos().saturating_sub(not_before.as_nanos());
        let left = match lasts < SHORT.as_nanos() {
            true => lasts / 3,
            false => RENEWED_BEFORE.as_nanos(),
        };
        let then = Time::from_nanos(not_after.as_nanos().saturating_sub(left));
        self.auto_rotate.then_some(then)
    }

    /// Begins an order.
    pub(super) fn begin(&mut self, now: Time, author: &str, (auto, new_key): (bool, bool)) {
        let blob = if new_key { Vec::new() } else { self.blob.clone() };
        self.ordered = now;
        self.auto_rotated = auto;
        self.state = State::Pending;
        self.proof = Proof::default();
        self.due = Some(now);
        self.order = Some(Progress {
            author: author.to_owned(),
            blob,
            asked: false,
            url: String::new(),
            tries: 0,
        });
    }

    /// Whether an order is under way.
    pub fn is_open(&self) -> bool {
        self.order.is_some()
    }
}

impl SecretRow {
    /// How it is ordered, where it is.
    pub fn public_terms(&self) -> Option<&PublicTerms> {
        match self.issuance.as_deref() {
            Some(Issuance::Public(terms)) => Some(terms),
            _ => None,
        }
    }

    pub(super) fn public_terms_mut(&mut self) -> Option<&mut PublicTerms> {
        match self.issuance.as_deref_mut() {
            Some(Issuance::Public(terms)) => Some(terms),
            _ => None,
        }
    }
}
