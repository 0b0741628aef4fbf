//! Making credentials anew by themselves, where a secret keeps them.

use super::keep::terms_of;
use crate::engine::clock::Time;
use crate::engine::collection::Dialect;
use crate::engine::managed::{Found, Kind, on_schedule};
use crate::engine::{Engine, EngineError};
use crate::issuers::Issuer;
use tokio::sync::MutexGuard;
use tracing::info;

impl Engine {
    /// Makes credentials anew whose time has come; answers of how many secrets. What can't be done now is tried again,
    /// ever more seldom.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn renew_due_leases(&self, issuer: &dyn Issuer) -> Result<usize, EngineError> {
        let now = self.certain_now();
        let mut done = 0;
        for found in self.due_secrets(now, |kind| kind == Kind::ApiKey)? {
            let renewed = self.renew_due(&found, now, issuer).await;
            done += usize::from(self.note_run(&found, now, renewed));
        }
        Ok(done)
    }

    /// However many intervals have passed, it is done once: new credentials and the next time are one batch.
    async fn renew_due(&self, found: &Found, now: Time, issuer: &dyn Issuer) -> Result<(), EngineError> {
        let _turn = self.lease_turn(found).await;
        let row = match self.describe(found) {
            Err(EngineError::SecretNotFound | EngineError::CollectionNotFound) => {
                return self.refresh_catalogue(found);
            }
            found => found?,
        };
        let policy = row.managed.as_ref().and_then(|managed| managed.policy.as_ref());
        if policy.is_none_or(|policy| policy.next > now) {
            return Ok(());
        }
        row.check_rotatable(self.now())?;
        let instance = self.only_collection(Dialect::Ibm).await?.id();
        let issued = self.order(instance, found.id, terms_of(&row)?, issuer).await?;
        self.keep(found, issued, on_schedule(now), issuer).await?;
        info!(secret = %found.id, "made credentials anew on schedule");
        Ok(())
    }

    /// One at a time asks the issuer for a secret.
    pub(super) async fn lease_turn(&self, found: &Found) -> MutexGuard<'_, ()> {
        self.lease_turns.lock(found.id.as_bytes()).await
    }
}
