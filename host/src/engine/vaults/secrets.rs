//! Secrets of vaults: made, found, changed.

use super::{ObjectId, SecretId, SecretState, Vault, VaultError, VaultId, VaultSecret, VaultState, keys};
use crate::engine::secret::SecretPath;
use crate::engine::{Engine, EngineError};
use crate::store::{Batch, each};
use tracing::warn;
use uuid::Uuid;
use zeroize::Zeroizing;

/// A secret to be made.
pub struct NewVaultSecret {
    /// What people call it.
    pub name: String,
    /// Its first value.
    pub content: Zeroizing<Vec<u8>>,
    /// Labels to put on it.
    pub labels: Vec<ObjectId>,
    /// The identifier that it is to have within the vault.
    pub remote_id: Option<String>,
}

impl VaultSecret {
    /// Where its values lie in the vault's collection.
    pub(super) fn path(&self) -> Result<SecretPath, EngineError> {
        SecretPath::parse(format!("secret/{}", self.id)).map_err(|bad| EngineError::Damaged(bad.to_string()))
    }
}

impl Engine {
    /// Makes a secret with its first value. Where the device does not take the value, the secret stays, as
    /// [`SecretState::Stalled`]. Let the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`VaultError::VaultState`] for a vault that is not active, [`VaultError::Taken`], [`VaultError::NotFound`], and
    /// those of the store.
    pub async fn create_vault_secret(
        &self,
        vault: VaultId,
        new: NewVaultSecret,
    ) -> Result<VaultSecret, VaultError> {
        let content = new.content.clone();
        let id = SecretId::random(self.now());
        // Before anybody can see the secret, and bring a version before its first.
        let _turn = self.vaults.secret_locks.lock(id.as_bytes()).await;
        let secret = self.note_secret(id, vault, new).await?;
        if let Err(error) = self.add_content(&secret, content).await {
            warn!(secret = %secret.id, %error, "a secret is stalled");
        }
        self.vault_secret(secret.id)
    }

    /// Writes down that a secret is to be made.
    async fn note_secret(
        &self,
        id: SecretId,
        vault: VaultId,
        new: NewVaultSecret,
    ) -> Result<VaultSecret, VaultError> {
        let _turn = self.vaults.vault_locks.lock(vault.as_bytes()).await;
        let vault = self.active_vault(vault)?;
        let secret = VaultSecret {
            id,
            vault: vault.id,
            name: new.name,
            state: SecretState::Deploying,
            labels: new.labels,
            desired: new.remote_id.is_some(),
            remote_id: new.remote_id.unwrap_or_else(|| Uuid::new_v4().to_string()),
            since: self.now(),
            raw: Vec::new(),
        }
        .encoded()?;
        let remote = keys::remote(vault.id, &secret.remote_id);
        if self.store.get(&remote)?.is_some() {
            return Err(VaultError::Taken("another secret of the key vault has it"));
        }
        let batch = Batch::new()
            .expect(keys::vault(vault.id), Some(&vault.raw))
            .expect(secret.key(), None)
            .expect(remote.as_slice(), None)
            .put(secret.key(), secret.raw.as_slice())
            .put(keys::home(secret.id), vault.id.as_bytes().as_slice())
            .put(remote, secret.id.as_bytes().as_slice());
        self.store.commit(batch).await?;
        Ok(secret)
    }

    /// A vault that serves.
    pub(super) fn active_vault(&self, id: VaultId) -> Result<Vault, VaultError> {
        let vault = self.vault(id)?;
        match vault.state {
            VaultState::Active => Ok(vault),
            state => Err(VaultError::VaultState(state, "it must be active for that")),
        }
    }

    /// The secrets of a vault but those that have ended, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn vault_secrets(&self, vault: VaultId) -> Result<Vec<VaultSecret>, EngineError> {
        let mut secrets = Vec::new();
        each(&*self.store, &keys::secrets(vault), |_, row| {
            secrets.push(VaultSecret::decode(row)?);
            Ok::<_, EngineError>(())
        })?;
        secrets.retain(|secret| secret.state != SecretState::End);
        Ok(secrets)
    }

    /// The vault that a secret is in.
    ///
    /// # Errors
    /// [`VaultError::NotFound`], and those of the store.
    pub fn home_of(&self, id: SecretId) -> Result<VaultId, VaultError> {
        let home = self.store.get(&keys::home(id))?;
        Ok(keys::parse_home(&home.ok_or(VaultError::NotFound("secret"))?)?)
    }

    /// A secret, for some time also when it has ended.
    ///
    /// # Errors
    /// [`VaultError::NotFound`], and those of the store.
    pub fn vault_secret(&self, id: SecretId) -> Result<VaultSecret, VaultError> {
        let row = self.store.get(&keys::secret(self.home_of(id)?, id))?;
        Ok(VaultSecret::decode(&row.ok_or(VaultError::NotFound("secret"))?)?)
    }

    /// Gives a secret another name.
    ///
    /// # Errors
    /// [`VaultError::NotFound`], and those of the store.
    pub async fn rename_vault_secret(&self, id: SecretId, name: String) -> Result<VaultSecret, VaultError> {
        self.alter_secret(id, |secret| secret.name.clone_from(&name))
            .await
    }

    /// Puts other labels on a secret.
    ///
    /// # Errors
    /// As [`Engine::rename_vault_secret`].
    pub async fn label_vault_secret(
        &self,
        id: SecretId,
        change: impl Fn(&mut Vec<ObjectId>),
    ) -> Result<VaultSecret, VaultError> {
        self.alter_secret(id, |secret| change(&mut secret.labels)).await
    }

    /// Changes a secret that has not ended.
    async fn alter_secret(
        &self,
        id: SecretId,
        change: impl Fn(&mut VaultSecret),
    ) -> Result<VaultSecret, VaultError> {
        let _turn = self.vaults.secret_locks.lock(id.as_bytes()).await;
        let old = self.vault_secret(id)?;
        if matches!(old.state, SecretState::End | SecretState::Decommissioning) {
            return Err(VaultError::SecretState(old.state, "it can't be changed any more"));
        }
        let mut new = old.clone();
        change(&mut new);
        self.put_secret(&old, new).await
    }

    /// Brings a secret into another state.
    pub(super) async fn replace_secret(
        &self,
        old: &VaultSecret,
        state: SecretState,
    ) -> Result<VaultSecret, VaultError> {
        let since = self.now();
        let new = VaultSecret {
            state,
            since,
            ..old.clone()
        };
        self.put_secret(old, new).await
    }

    async fn put_secret(&self, old: &VaultSecret, new: VaultSecret) -> Result<VaultSecret, VaultError> {
        let new = new.encoded()?;
        let batch = Batch::new()
            .expect(old.key(), Some(&old.raw))
            .put(new.key(), new.raw.as_slice());
        self.store.commit(batch).await?;
        Ok(new)
    }
}
