//! Versions of vaults' secrets, which are those of a secret of the vault's collection.

use super::{SecretId, SecretState, Vault, VaultError, VaultId, VaultSecret, VersionId, keys};
use crate::engine::secret::change::{Needs, Outcome};
use crate::engine::secret::{MAX_MAX_VERSIONS, SecretRow};
use crate::engine::{Engine, EngineError};
use crate::store::Batch;
use tracing::error;
use zeroize::Zeroizing;

/// A version of a vault's secret, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultVersion {
    /// Its identifier.
    pub id: VersionId,
    /// The secret it belongs to.
    pub secret: SecretId,
    /// The vault that the secret is in.
    pub vault: VaultId,
    /// Its identifier within the vault: that of the secret, a slash and its number.
    pub remote_id: String,
    /// Whether it is the secret's newest.
    pub last: bool,
}

/// A version with its value.
pub struct VersionContent {
    /// The version.
    pub version: VaultVersion,
    /// The bytes that were stored.
    pub content: Zeroizing<Vec<u8>>,
}

impl VaultVersion {
    fn new(secret: &VaultSecret, number: u32, last: u32) -> Self {
        Self {
            id: VersionId::of(secret.id, number),
            secret: secret.id,
            vault: secret.vault,
            remote_id: format!("{}/{number}", secret.remote_id),
            last: number == last,
        }
    }
}

impl Engine {
    /// Adds a version to a secret; also the first one, to a secret that is stalled. Let the future run to its end: see
    /// [`Engine::configure`].
    ///
    /// # Errors
    /// [`VaultError::VaultState`], [`VaultError::SecretState`], [`VaultError::NotFound`],
    /// [`EngineError::VersionsExhausted`] after 24,000 versions, and those of device and store; the secret's state tells
    /// then too that it was not done.
    pub async fn add_vault_version(
        &self,
        id: SecretId,
        content: Zeroizing<Vec<u8>>,
    ) -> Result<VaultVersion, VaultError> {
        let _turn = self.vaults.secret_locks.lock(id.as_bytes()).await;
        let secret = self.vault_secret(id)?;
        let intent = match secret.state {
            // One that is at work would hold the lock: whoever left these states is gone.
            SecretState::Deploying | SecretState::Stalled => SecretState::Deploying,
            SecretState::Available | SecretState::UpdatingVersions | SecretState::UpdatingError => {
                SecretState::UpdatingVersions
            }
            state @ (SecretState::Decommissioning | SecretState::End) => {
                return Err(VaultError::SecretState(state, "it takes no version any more"));
            }
        };
        self.active_vault(secret.vault)?;
        let secret = self.replace_secret(&secret, intent).await?;
        self.add_content(&secret, content).await
    }

    /// Seals a value for a secret whose state says that this is going on, and brings it into the state that follows.
    /// The caller holds the secret's lock.
    pub(super) async fn add_content(
        &self,
        secret: &VaultSecret,
        content: Zeroizing<Vec<u8>>,
    ) -> Result<VaultVersion, VaultError> {
        let sealed = self.seal_content(secret, content).await;
        if sealed.is_err() {
            let failed = match secret.state {
                SecretState::Deploying => SecretState::Stalled,
                _ => SecretState::UpdatingError,
            };
            if let Err(error) = self.replace_secret(secret, failed).await {
                error!(secret = %secret.id, %error, "can't write down that a version failed");
            }
        }
        sealed
    }

    async fn seal_content(
        &self,
        secret: &VaultSecret,
        content: Zeroizing<Vec<u8>>,
    ) -> Result<VaultVersion, VaultError> {
        let vault = self.active_vault(secret.vault)?;
        let done = VaultSecret {
            state: SecretState::Available,
            since: self.now(),
            ..secret.clone()
        }
        .encoded()?;
        let number = self
            .change(vault.collection, &secret.path()?, Needs::Metadata, |snapshot| {
                let row = snapshot.row.take();
                let mut row = row.unwrap_or_else(|| SecretRow::new(snapshot.now));
                if row.current >= MAX_MAX_VERSIONS {
                    return Err(EngineError::VersionsExhausted);
                }
                row.settings.max_versions = MAX_MAX_VERSIONS + 1;
                let drop = row.add_version(snapshot.now, row.settings.under(snapshot.defaults));
                let number = row.current;
                let version = keys::version(VersionId::of(secret.id, number));
                let also = Batch::new()
                    .expect(done.key(), Some(&secret.raw))
                    .put(done.key(), done.raw.as_slice())
                    .put(version, keys::numbered(secret.id, number));
                let outcome = Outcome::Changed {
                    row,
                    seal: Some((number, content.clone())),
                    drop,
                    also,
                };
                Ok((outcome, number))
            })
            .await?;
        Ok(VaultVersion::new(secret, number, number))
    }

    /// The versions of a secret, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn vault_versions(&self, secret: &VaultSecret) -> Result<Vec<VaultVersion>, VaultError> {
        let vault = self.vault(secret.vault)?;
        let row = self.content_row(&vault, secret)?;
        let row = row.iter();
        Ok(row
            .flat_map(|row| row.versions.iter().map(|version| (version.number, row.current)))
            .map(|(number, last)| VaultVersion::new(secret, number, last))
            .collect())
    }

    fn content_row(&self, vault: &Vault, secret: &VaultSecret) -> Result<Option<SecretRow>, EngineError> {
        let collection = match self.collection(vault.collection) {
            Err(EngineError::CollectionNotFound) => return Ok(None),
            collection => collection?,
        };
        match self.metadata(&collection, &secret.path()?) {
            Err(EngineError::SecretNotFound) => Ok(None),
            row => row.map(Some),
        }
    }

    /// A version.
    ///
    /// # Errors
    /// [`VaultError::NotFound`], and those of the store.
    pub fn vault_version(&self, id: VersionId) -> Result<VaultVersion, VaultError> {
        let (secret, number) = self.numbered(id)?;
        let secret = self.vault_secret(secret)?;
        let row = self.content_row(&self.vault(secret.vault)?, &secret)?;
        let row = row.ok_or(VaultError::NotFound("secret version"))?;
        Ok(VaultVersion::new(&secret, number, row.current))
    }

    fn numbered(&self, id: VersionId) -> Result<(SecretId, u32), VaultError> {
        let row = self.store.get(&keys::version(id))?;
        let row = row.ok_or(VaultError::NotFound("secret version"))?;
        Ok(keys::parse_numbered(&row)?)
    }

    /// A version's value.
    ///
    /// # Errors
    /// [`VaultError::NotFound`], and those of [`Engine::read`].
    pub async fn vault_content(&self, id: VersionId) -> Result<VersionContent, VaultError> {
        let (secret, number) = self.numbered(id)?;
        let secret = self.vault_secret(secret)?;
        let vault = self.active_vault(secret.vault)?;
        let collection = self.collection(vault.collection)?;
        let reading = match self.read(&collection, &secret.path()?, number).await {
            // It was deleted a moment ago.
            Err(EngineError::SecretNotFound | EngineError::VersionNotFound) => {
                return Err(VaultError::NotFound("secret version"));
            }
            reading => reading?,
        };
        Ok(VersionContent {
            version: VaultVersion::new(&secret, number, reading.secret.current),
            content: reading.value,
        })
    }
}
