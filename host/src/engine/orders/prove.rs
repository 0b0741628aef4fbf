//! Proving names by records in the DNS.

use super::{Proof, PublicTerms, Record};
use crate::acme::{AcmeError, Authorization, Client, Order, Status};
use crate::engine::clock::Time;

/// What is to be proved of an order.
pub(super) struct Proofs {
    authorizations: Vec<Authorization>,
    /// What has to be in the DNS.
    pub(super) records: Vec<Record>,
}

impl Proofs {
    /// Asks what the authority wants.
    pub(super) async fn of(client: &Client<'_>, order: &Order) -> Result<Self, AcmeError> {
        let mut authorizations = Vec::new();
        let mut records = Vec::new();
        for url in &order.authorizations {
            let authorization = client.authorization(url).await?;
            if let (Status::Pending, Some(challenge)) = (authorization.status, authorization.dns()) {
                records.push(Record {
                    domain: authorization.name().to_owned(),
                    name: format!("_acme-challenge.{}", authorization.name()),
                    value: client.txt_value(challenge),
                    expires: authorization.expires.as_deref().and_then(Time::parse),
                });
            }
            authorizations.push(authorization);
        }
        Ok(Self {
            authorizations,
            records,
        })
    }

    /// Why the first of them failed that did.
    pub(super) fn problem(&self) -> Option<AcmeError> {
        let failed = self
            .authorizations
            .iter()
            .filter(|known| known.status == Status::Invalid);
        failed.filter_map(Authorization::problem).next()
    }

    /// Says of each that its record is there.
    pub(super) async fn respond(&self, client: &Client<'_>) -> Result<(), AcmeError> {
        let pending = self
            .authorizations
            .iter()
            .filter(|known| known.status == Status::Pending);
        for challenge in pending.filter_map(Authorization::dns) {
            if challenge.status == Status::Pending {
                client.respond(challenge).await?;
            }
        }
        Ok(())
    }
}

impl PublicTerms {
    /// Whether the records of these proofs are written down.
    pub(super) fn knows(&self, records: &[Record]) -> bool {
        records.iter().all(|record| self.proof.records.contains(record))
    }

    pub(super) fn note_records(&mut self, records: &[Record]) {
        self.proof = Proof {
            records: records.to_vec(),
            validated: None,
        };
    }
}
