//! Taking credentials back.

use super::Lease;
use super::row::{BY_DUE, due_key, index_prefix, parse_index};
use crate::engine::clock::Time;
use crate::engine::managed::Found;
use crate::engine::secret::change::{Needs, Outcome};
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use crate::issuers::Issuer;
use crate::store::{Batch, StoreError, each};
use tracing::{info, warn};
use uuid::Uuid;

/// Leases looked at together.
const PAGE: usize = 64;
/// After the first failure; doubled after each further one.
const PATIENCE: i64 = 30;
/// At most, between two tries.
const MOST: i64 = 3600;

impl Engine {
    /// Takes back what is due; answers how many leases that were. What an issuer does not take back is tried again later.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn end_leases(&self, issuer: &dyn Issuer) -> Result<usize, EngineError> {
        let now = self.certain_now();
        let mut ended = 0;
        for (_, row) in self.store.scan(BY_DUE, None, PAGE)? {
            let lease = Lease::decode(&row)?;
            if lease.due > now {
                break;
            }
            ended += usize::from(self.try_end(lease, now, issuer).await?);
        }
        Ok(ended)
    }

    /// Takes back at once what a secret has that was deleted, as far as its issuer does that now.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn end_leases_of(&self, secret: Uuid, issuer: &dyn Issuer) -> Result<(), EngineError> {
        for lease in self.leases_of(secret)? {
            if !self.try_end(lease, self.now(), issuer).await? {
                break;
            }
        }
        Ok(())
    }

    /// Whether the issuer has taken it back; else it is asked again later.
    async fn try_end(&self, lease: Lease, now: Time, issuer: &dyn Issuer) -> Result<bool, EngineError> {
        match self.end_lease(&lease, issuer).await {
            Ok(()) => Ok(true),
            Err(error) => self.postpone_lease(lease, now, &error).await.map(|()| false),
        }
    }

    /// Takes one back, and forgets it.
    pub(super) async fn end_lease(&self, lease: &Lease, issuer: &dyn Issuer) -> Result<(), EngineError> {
        let authority = self.issuer_key(lease.instance).await?;
        let name = lease.name();
        let order = lease.order(&name, authority.as_ref().map(|key| key.as_str()));
        issuer.revoke(&order, &lease.traces).await?;
        match self.store.commit(lease.remove()?).await {
            // Somebody else has ended it.
            Ok(()) | Err(StoreError::Conflict) => {
                info!(secret = %lease.secret, lease = %lease.id, "took credentials back");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn postpone_lease(&self, lease: Lease, now: Time, why: &EngineError) -> Result<(), EngineError> {
        let pause = (PATIENCE << lease.tries.min(10)).min(MOST);
        warn!(secret = %lease.secret, lease = %lease.id, error = %why, pause, "can't take credentials back; trying again later");
        let later = Lease {
            due: now.after(Span::from_secs(pause)),
            tries: lease.tries.saturating_add(1),
            ..lease.clone()
        };
        match self.store.commit(lease.replace(&later)?).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What makes all leases of a secret due at once.
    pub(in crate::engine) fn hastened(&self, secret: Uuid) -> Result<Batch, EngineError> {
        let now = self.now();
        let batch = self
            .leases_of(secret)?
            .into_iter()
            .try_fold(Batch::new(), |batch, lease| {
                let overdue = Lease {
                    due: lease.due.min(now),
                    ..lease.clone()
                };
                Ok::<_, EngineError>(batch.and(lease.replace(&overdue)?))
            })?;
        Ok(batch)
    }

    /// Takes back the credentials of a secret that the issuer calls so.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`] where it has none such, and those of issuer, device and store.
    pub async fn revoke_credentials(
        &self,
        found: &Found,
        (trace, id): (&str, &str),
        issuer: &dyn Issuer,
    ) -> Result<(), EngineError> {
        let row = self.describe(found)?;
        if row
            .current_lease()
            .is_some_and(|held| held.traces.get(trace).is_some_and(|own| own == id))
        {
            row.check_unlocked(0)?;
        }
        let leases = self.leases_of(found.id)?;
        let lease = leases
            .iter()
            .find(|lease| lease.traces.get(trace).is_some_and(|own| own == id));
        self.end_lease(lease.ok_or(EngineError::SecretNotFound)?, issuer)
            .await?;
        self.change(found.collection, &found.path, Needs::Metadata, |snapshot| {
            let mut row = snapshot.row.take().ok_or(EngineError::SecretNotFound)?;
            let held = row
                .lease_terms_mut()
                .into_iter()
                .flat_map(|terms| &mut terms.held);
            let own = held.filter(|held| held.traces.get(trace).is_some_and(|own| own == id));
            own.for_each(|held| held.until = Some(snapshot.now));
            Ok((Outcome::row(row), ()))
        })
        .await
    }

    fn leases_of(&self, secret: Uuid) -> Result<Vec<Lease>, EngineError> {
        let mut leases = Vec::new();
        each(&*self.store, &index_prefix(secret), |rest, value| {
            let (due, id) = parse_index(rest, value)?;
            if let Some(row) = self.store.get(&due_key(due, id))? {
                leases.push(Lease::decode(&row)?);
            }
            Ok::<_, EngineError>(())
        })?;
        Ok(leases)
    }
}
