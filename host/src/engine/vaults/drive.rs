//! What vaults want of the device, done when it is there.

use super::create::passes;
use super::{Stall, Vault, VaultError, VaultState};
use crate::engine::collection::Dialect;
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use crate::hsm::HsmInfo;
use crate::store::Batch;
use tracing::{info, warn};

impl Engine {
    /// Goes one step further with every vault that waits for the device, or for a device of the pool. One that has waited
    /// longer than `patience` is stalled; when all answer again it goes on.
    ///
    /// # Errors
    /// Those of the store. What the device refuses is told in the vault's state.
    pub async fn drive_vaults(&self, patience: Span) -> Result<(), EngineError> {
        let mut waiting = self.all_vaults()?;
        waiting.retain(Vault::waits);
        if waiting.is_empty() {
            return Ok(());
        }
        let info = self.hsm.info().await.ok().filter(|info| info.ready);
        for vault in waiting {
            let (id, state) = (vault.id, vault.state);
            let goes_on = |info: &HsmInfo| info.is_whole() || !vault.needs_all();
            let driven = match info.as_ref().is_some_and(goes_on) {
                true => self.advance(vault, patience).await,
                false => self.wait(vault, patience).await,
            };
            match driven {
                Ok(()) => {}
                // Somebody has changed it meanwhile: it is looked at again.
                Err(VaultError::Engine(EngineError::Contended)) => self.vaults.wanted.notify_one(),
                Err(error) => {
                    warn!(vault = %id, state = state.name(), %error, "can't go on with a key vault");
                }
            }
        }
        Ok(())
    }

    async fn wait(&self, vault: Vault, patience: Span) -> Result<(), VaultError> {
        let deploys = matches!(vault.state, VaultState::Start | VaultState::Deploying);
        if deploys && vault.since.after(patience) <= self.now() {
            self.give_up(vault, Stall::Absent).await?;
        }
        Ok(())
    }

    async fn advance(&self, vault: Vault, patience: Span) -> Result<(), VaultError> {
        match vault.state {
            VaultState::Decommissioning => self.decommission(vault).await,
            VaultState::Active | VaultState::End => Ok(()),
            VaultState::Start | VaultState::Deploying | VaultState::Stalled => {
                let Some(vault) = self.claim(vault).await? else {
                    return Ok(());
                };
                self.deploy(vault, patience).await
            }
        }
    }

    /// Makes sure that a keyring of this identifier on the device would be the vault's own, and writes down that it is
    /// going to be made; `None` where somebody else has one.
    async fn claim(&self, vault: Vault) -> Result<Option<Vault>, VaultError> {
        if vault.state == VaultState::Deploying && vault.owned {
            return Ok(Some(vault));
        }
        let _one_at_a_time = self.vaults.claiming.lock().await;
        let is_taken = !vault.owned
            && (self.is_claimed(vault.keyring, Some(vault.id))?
                || self.hsm.list_keyrings().await?.contains(&vault.keyring));
        if is_taken {
            self.give_up(vault, Stall::Taken).await?;
            return Ok(None);
        }
        let mut claimed = vault.clone();
        claimed.owned = true;
        claimed.enter(VaultState::Deploying, self.now());
        self.replace_vault(&vault, claimed, Batch::new()).await.map(Some)
    }

    async fn deploy(&self, vault: Vault, patience: Span) -> Result<(), VaultError> {
        let made = async {
            self.hsm.create_keyring(vault.keyring).await?;
            self.hsm.everywhere(vault.keyring).await
        };
        match made.await {
            Ok(()) => {}
            Err(error) if passes(&error) => return self.wait(vault, patience).await,
            Err(error) => {
                warn!(vault = %vault.id, %error, "the device refuses to deploy a key vault");
                self.give_up(vault, Stall::Refused).await?;
                return Ok(());
            }
        }
        self.activate(vault).await
    }

    /// Lets a vault serve whose keyring exists, on every device.
    async fn activate(&self, vault: Vault) -> Result<(), VaultError> {
        let (collection, batch) = self.adopted(vault.collection, Dialect::Imco, vault.keyring)?;
        let mut active = vault.clone();
        active.enter(VaultState::Active, self.now());
        let active = self.replace_vault(&vault, active, batch).await?;
        self.take_in(collection);
        info!(vault = %active.id, "a key vault is active");
        Ok(())
    }

    async fn give_up(&self, vault: Vault, why: Stall) -> Result<(), VaultError> {
        let mut stalled = vault.clone();
        stalled.stall(why, self.now());
        self.replace_vault(&vault, stalled, Batch::new()).await?;
        warn!(vault = %vault.id, reason = ?why, "a key vault is stalled");
        Ok(())
    }

    async fn decommission(&self, vault: Vault) -> Result<(), VaultError> {
        match self.destroy_collection(vault.collection).await {
            // It never was there, or an earlier try has begun to destroy it.
            Ok(()) | Err(EngineError::CollectionNotFound) => self.finish_destructions().await?,
            Err(error) => return Err(error.into()),
        }
        if vault.owned {
            self.hsm.destroy_keyring(vault.keyring).await?;
            match self.hsm.everywhere(vault.keyring).await {
                Err(error) if passes(&error) => return Ok(()),
                done => done?,
            }
        }
        let mut ended = vault.clone();
        ended.enter(VaultState::End, self.now());
        self.replace_vault(&vault, ended, Batch::new()).await?;
        info!(vault = %vault.id, "a key vault has ended, and its keyring with it");
        Ok(())
    }
}

impl Vault {
    /// Whether every device has to be there before it goes on: one that is away may hold a keyring that it must not
    /// have, and one that has stalled did so because a device was away.
    fn needs_all(&self) -> bool {
        match self.state {
            VaultState::Start | VaultState::Stalled => true,
            VaultState::Deploying => !self.owned,
            VaultState::Active | VaultState::Decommissioning | VaultState::End => false,
        }
    }

    /// Whether it wants something of the device.
    fn waits(&self) -> bool {
        match self.state {
            VaultState::Start | VaultState::Deploying | VaultState::Decommissioning => true,
            VaultState::Stalled => self.stall == Some(Stall::Absent),
            VaultState::Active | VaultState::End => false,
        }
    }
}
