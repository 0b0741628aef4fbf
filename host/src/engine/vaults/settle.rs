//! What a daemon that ended in the middle has left.

use super::{SecretState, VaultSecret, keys};
use crate::engine::{Engine, EngineError};
use crate::store::each;
use tracing::warn;

impl Engine {
    /// Ends what was going on with secrets when the daemon ended: a value that was being sealed is lost, and the state
    /// says so; a removal is finished. For start-up only.
    ///
    /// # Errors
    /// Those of the store.
    pub(in crate::engine) async fn settle_vault_secrets(&self) -> Result<(), EngineError> {
        let mut unsettled = Vec::new();
        each(&*self.store, keys::SECRETS, |_, row| {
            let secret = VaultSecret::decode(row)?;
            if secret.is_unsettled() {
                unsettled.push(secret);
            }
            Ok::<_, EngineError>(())
        })?;
        for secret in unsettled {
            warn!(secret = %secret.id, state = secret.state.name(), "a change of a secret was cut short");
            let settled = match secret.state {
                SecretState::Deploying => self.replace_secret(&secret, SecretState::Stalled).await,
                SecretState::UpdatingVersions => {
                    self.replace_secret(&secret, SecretState::UpdatingError).await
                }
                _ => self.finish_vault_secret(secret).await,
            };
            settled.map_err(|error| EngineError::Damaged(error.to_string()))?;
        }
        Ok(())
    }
}

impl VaultSecret {
    fn is_unsettled(&self) -> bool {
        use SecretState::{Decommissioning, Deploying, UpdatingVersions};
        matches!(self.state, Decommissioning | Deploying | UpdatingVersions)
    }
}
