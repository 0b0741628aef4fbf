//! Asking the issuer.

use super::Lease;
use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::managed::{Held, LeaseTerms};
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use crate::issuers::{Issued, Issuer, Order, Traces};
use crate::kms::KmsError;
use crate::store::Batch;
use tracing::warn;
use uuid::Uuid;
use zeroize::Zeroizing;

/// How long an issuer has for its answer. What it brings later is not known any more, and taken back.
const ASKING: Span = Span::from_secs(600);

/// Credentials that an issuer gave and that nobody has yet.
pub struct NewLeased {
    /// What is sealed or answered: a JSON object.
    pub value: Zeroizing<Vec<u8>>,
    /// When they end.
    pub until: Option<Time>,
    /// What the issuer calls them.
    pub traces: Traces,
    lease: Lease,
}

impl NewLeased {
    /// What makes the lease last: without it the credentials are taken back before long.
    pub(super) fn confirmed(&self) -> Result<Batch, EngineError> {
        let lasting = Lease {
            traces: self.traces.clone(),
            due: self.until.unwrap_or(Time::from_nanos(i64::MAX)),
            ..self.lease.clone()
        };
        self.lease.replace(&lasting)
    }

    /// What the secret remembers of it.
    pub(super) fn held(&self, version: u32) -> Held {
        Held {
            version,
            until: self.until,
            traces: self.traces.clone(),
        }
    }
}

impl Engine {
    /// Asks the issuer for credentials for a secret, there already or to be made.
    pub(super) async fn order(
        &self,
        instance: CollectionId,
        secret: Uuid,
        terms: &LeaseTerms,
        issuer: &dyn Issuer,
    ) -> Result<NewLeased, EngineError> {
        let now = self.now();
        let until = terms.ttl.map(|ttl| now.after(ttl));
        let lease = Lease {
            id: Uuid::new_v4(),
            secret,
            instance,
            want: terms.want.clone(),
            traces: Traces::new(),
            due: now.after(ASKING),
            tries: 0,
        };
        let authority = self.issuer_key(instance).await?;
        self.store.commit(lease.put()?).await?;
        let name = lease.name();
        let order = Order {
            until,
            ..lease.order(&name, authority.as_ref().map(|key| key.as_str()))
        };
        match issuer.issue(&order).await {
            Ok(Issued { value, traces }) => Ok(NewLeased {
                value,
                until,
                traces,
                lease,
            }),
            Err(error) => {
                self.note_failure(&lease, &error).await;
                Err(error.into())
            }
        }
    }

    /// What becomes of an order that failed. Whoever waits for the answer does not wait for this too: the issuer may be
    /// slow. One that may still be at it is not asked again before its time is over.
    async fn note_failure(&self, lease: &Lease, error: &KmsError) {
        let noted = match error {
            // Nobody was asked.
            KmsError::Configuration(_) => self.forget_lease(lease).await,
            error if error.is_certain() => self.hasten(lease).await.map(drop),
            _ => Ok(()),
        };
        if let Err(error) = noted {
            warn!(%error, lease = %lease.id, "can't note what became of an order; it is taken back later");
        }
    }

    /// Gives back what an order brought and nobody got. What can't be done now is done later.
    pub(super) async fn give_back(&self, new: NewLeased, issuer: &dyn Issuer) {
        let ended = match self.hasten(&new.lease).await {
            Ok(overdue) => self.end_lease(&overdue, issuer).await,
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            warn!(%error, lease = %new.lease.id, "can't take credentials back that nobody got; trying again later");
        }
    }

    /// Makes a lease due at once; answers what it is then.
    async fn hasten(&self, lease: &Lease) -> Result<Lease, EngineError> {
        let overdue = Lease {
            due: self.now(),
            ..lease.clone()
        };
        self.store.commit(lease.replace(&overdue)?).await?;
        Ok(overdue)
    }

    async fn forget_lease(&self, lease: &Lease) -> Result<(), EngineError> {
        Ok(self.store.commit(lease.remove()?).await?)
    }
}
