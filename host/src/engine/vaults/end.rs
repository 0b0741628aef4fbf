//! How vaults and their secrets end, and how long it is known that they did.

use super::{SecretId, SecretState, Vault, VaultError, VaultId, VaultSecret, VaultState, VersionId, keys};
use crate::engine::clock::Time;
use crate::engine::secret::change::{Needs, Outcome};
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use crate::store::{Batch, each};

/// How long one that has ended is still shown.
const REMEMBERED: Span = Span::from_secs(24 * 3600);

impl Engine {
    /// Begins to end a vault that holds no secret.
    ///
    /// # Errors
    /// [`VaultError::NotEmpty`], [`VaultError::NotFound`], and those of the store.
    pub async fn delete_vault(&self, id: VaultId) -> Result<Vault, VaultError> {
        let _turn = self.vaults.vault_locks.lock(id.as_bytes()).await;
        let vault = self.vault(id)?;
        if matches!(vault.state, VaultState::Decommissioning | VaultState::End) {
            return Ok(vault);
        }
        if !self.vault_secrets(id)?.is_empty() {
            return Err(VaultError::NotEmpty);
        }
        let mut doomed = vault.clone();
        doomed.enter(VaultState::Decommissioning, self.now());
        let doomed = self.replace_vault(&vault, doomed, Batch::new()).await?;
        self.vaults.wanted.notify_one();
        Ok(doomed)
    }

    /// Ends a secret, and with it all its values. Let the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`VaultError::NotFound`], and those of the store.
    pub async fn delete_vault_secret(&self, id: SecretId) -> Result<VaultSecret, VaultError> {
        let _turn = self.vaults.secret_locks.lock(id.as_bytes()).await;
        let secret = self.vault_secret(id)?;
        match secret.state {
            SecretState::End => Ok(secret),
            SecretState::Decommissioning => self.finish_vault_secret(secret).await,
            _ => {
                let doomed = self.replace_secret(&secret, SecretState::Decommissioning).await?;
                self.finish_vault_secret(doomed).await
            }
        }
    }

    /// Removes what is left of a secret that is to end.
    pub(super) async fn finish_vault_secret(&self, secret: VaultSecret) -> Result<VaultSecret, VaultError> {
        let vault = self.vault(secret.vault)?;
        let ended = VaultSecret {
            state: SecretState::End,
            since: self.now(),
            ..secret.clone()
        }
        .encoded()?;
        let also = Batch::new()
            .expect(secret.key(), Some(&secret.raw))
            .put(secret.key(), ended.raw.as_slice())
            .delete(keys::remote(secret.vault, &secret.remote_id));
        self.change(vault.collection, &secret.path()?, Needs::Metadata, |snapshot| {
            let row = snapshot.row.take();
            let versions: Vec<u32> = row
                .iter()
                .flat_map(|row| row.versions.iter().map(|version| version.number))
                .collect();
            let also = versions.iter().fold(also.clone(), |also, &number| {
                also.delete(keys::version(VersionId::of(secret.id, number)))
            });
            Ok((Outcome::Removed { versions, also }, ()))
        })
        .await?;
        Ok(ended)
    }

    /// Forgets vaults and secrets that ended long ago; answers how many.
    pub(in crate::engine) async fn forget_ended(&self) -> Result<usize, EngineError> {
        let now = self.now();
        let is_over = |since: Time| since.after(REMEMBERED) <= now;
        let (mut batch, mut count) = (Batch::new(), 0);
        for vault in self.all_vaults()? {
            if vault.state == VaultState::End && is_over(vault.since) {
                batch = std::mem::take(&mut batch).delete(keys::vault(vault.id));
                count += 1;
            }
        }
        each(&*self.store, keys::SECRETS, |_, row| {
            let secret = VaultSecret::decode(row)?;
            if secret.state == SecretState::End && is_over(secret.since) {
                batch = std::mem::take(&mut batch)
                    .delete(secret.key())
                    .delete(keys::home(secret.id));
                count += 1;
            }
            Ok::<_, EngineError>(())
        })?;
        if count > 0 {
            self.store.commit(batch).await?;
        }
        Ok(count)
    }
}
