//! Vaults over keyrings that the device has already.

use super::create::CLAIMED;
use super::{NewVault, Vault, VaultError, VaultState};
use crate::engine::{Engine, EngineError};
use crate::hsm::ErrorKind;
use casemate_common::keyring::KeyringId;
use uuid::Uuid;

impl Engine {
    /// The keyrings of the device that nobody here uses: those that can be imported.
    ///
    /// # Errors
    /// Those of device and store.
    pub async fn free_keyrings(&self) -> Result<Vec<KeyringId>, EngineError> {
        let mut free = Vec::new();
        for keyring in self.hsm.list_keyrings().await? {
            if !self.is_claimed(keyring, None)? {
                free.push(keyring);
            }
        }
        Ok(free)
    }

    /// Writes down a vault over a keyring that the device has and nobody here uses, to be deployed.
    ///
    /// # Errors
    /// [`VaultError::Taken`] for a keyring that is in use, [`VaultError::NotFound`] for one that the device does not
    /// have, and those of device and store.
    pub async fn import_vault(&self, new: NewVault, keyring: KeyringId) -> Result<Vault, VaultError> {
        let _one_at_a_time = self.vaults.claiming.lock().await;
        if self.is_claimed(keyring, None)? {
            return Err(VaultError::Taken(CLAIMED));
        }
        if !self.hsm.list_keyrings().await?.contains(&keyring) {
            return Err(VaultError::NotFound("keyring on the device"));
        }
        self.note_brownfield(new, keyring).await
    }

    /// As [`Engine::import_vault`], over a key of a PKCS#11 token, which becomes a keyring. Let the future run to its end:
    /// one that breaks off may leave a keyring that is free.
    ///
    /// # Errors
    /// [`VaultError::Key`] for a key that can't be a keyring's, and those of device and store.
    pub async fn import_key(&self, new: NewVault, label: &str) -> Result<Vault, VaultError> {
        let _one_at_a_time = self.vaults.claiming.lock().await;
        let keyring = KeyringId::new(*Uuid::new_v4().as_bytes());
        match self.hsm.adopt_key(label, keyring).await {
            Ok(()) => self.note_brownfield(new, keyring).await,
            Err(error) if matches!(error.kind(), ErrorKind::Caller | ErrorKind::Unsupported) => {
                Err(VaultError::Key(error))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn note_brownfield(&self, new: NewVault, keyring: KeyringId) -> Result<Vault, VaultError> {
        let imported = Vault {
            keyring,
            brownfield: true,
            desired: false,
            ..new.vault(self, VaultState::Deploying)
        };
        self.note_vault(imported).await
    }
}
