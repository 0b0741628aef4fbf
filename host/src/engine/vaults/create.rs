//! Vaults: made, found, changed. The work on the device is [`super::drive`]'s.

use super::{ObjectId, Stall, Vault, VaultError, VaultId, VaultState, keys};
use crate::engine::clock::Time;
use crate::engine::collection::{CollectionId, stored};
use crate::engine::{Engine, EngineError};
use crate::hsm::{ErrorKind, HsmError};
use crate::store::{Batch, each};
use casemate_common::keyring::KeyringId;
use uuid::Uuid;

/// A vault to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVault {
    /// What people call it.
    pub name: String,
    /// The plan that it follows.
    pub plan: ObjectId,
    /// The account that it belongs to.
    pub account: ObjectId,
    /// Where it is to be.
    pub realm: ObjectId,
    /// Labels to put on it.
    pub labels: Vec<ObjectId>,
    /// The identifier that its keyring is to have.
    pub keyring: Option<KeyringId>,
}

/// Why a keyring can't be a new vault's.
pub(super) const CLAIMED: &str = "another key vault or collection has this keyring";

impl NewVault {
    pub(super) fn vault(self, engine: &Engine, state: VaultState) -> Vault {
        let now = engine.now();
        Vault {
            id: VaultId::random(now),
            name: self.name,
            state,
            stall: None,
            plan: self.plan,
            account: self.account,
            realm: self.realm,
            labels: self.labels,
            brownfield: false,
            desired: self.keyring.is_some(),
            keyring: self
                .keyring
                .unwrap_or_else(|| KeyringId::new(*Uuid::new_v4().as_bytes())),
            owned: state != VaultState::Start,
            collection: CollectionId::random(),
            created: now,
            since: now,
            raw: Vec::new(),
        }
    }
}

impl Engine {
    /// Writes a vault down, to be deployed. A keyring that the caller wants is looked for on the device first; while
    /// that is away, the vault is in [`VaultState::Start`].
    ///
    /// # Errors
    /// [`VaultError::Taken`], and those of the store.
    pub async fn create_vault(&self, new: NewVault) -> Result<Vault, VaultError> {
        let Some(keyring) = new.keyring else {
            return self.note_vault(new.vault(self, VaultState::Deploying)).await;
        };
        let _one_at_a_time = self.vaults.claiming.lock().await;
        let state = match self.taken(keyring).await {
            Ok(None) => VaultState::Deploying,
            Ok(Some(why)) => return Err(VaultError::Taken(why)),
            Err(EngineError::Hsm(error)) if passes(&error) => VaultState::Start,
            Err(error) => return Err(error.into()),
        };
        self.note_vault(new.vault(self, state)).await
    }

    /// Writes a new vault down.
    pub(super) async fn note_vault(&self, vault: Vault) -> Result<Vault, VaultError> {
        let vault = vault.encoded()?;
        let batch = Batch::new()
            .expect(keys::vault(vault.id), None)
            .put(keys::vault(vault.id), vault.raw.as_slice());
        self.store.commit(batch).await?;
        self.vaults.wanted.notify_one();
        Ok(vault)
    }

    /// Why a new vault can't have this keyring, if it can't. The caller claims keyrings one at a time.
    async fn taken(&self, keyring: KeyringId) -> Result<Option<&'static str>, EngineError> {
        if self.is_claimed(keyring, None)? {
            return Ok(Some(CLAIMED));
        }
        let held = self.hsm.list_keyrings().await?;
        if !self.hsm.info().await?.is_whole() {
            // The device that is away may have it.
            return Err(HsmError::new(ErrorKind::Transient, "a device of the pool is away").into());
        }
        let why = "the device has this keyring already; casemate imco import takes it over";
        Ok(held.contains(&keyring).then_some(why))
    }

    /// Whether a collection, or a vault other than this one, has or wants this keyring.
    pub(super) fn is_claimed(
        &self,
        keyring: KeyringId,
        except: Option<VaultId>,
    ) -> Result<bool, EngineError> {
        let collections = stored(&*self.store)?;
        if collections
            .iter()
            .any(|collection| collection.keyring() == keyring)
        {
            return Ok(true);
        }
        let vaults = self.all_vaults()?.into_iter();
        let mut others = vaults.filter(|vault| Some(vault.id) != except);
        Ok(others.any(|vault| vault.keyring == keyring && vault.state != VaultState::End))
    }

    /// All vaults but those that have ended, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn vaults(&self) -> Result<Vec<Vault>, EngineError> {
        let mut vaults = self.all_vaults()?;
        vaults.retain(|vault| vault.state != VaultState::End);
        Ok(vaults)
    }

    pub(super) fn all_vaults(&self) -> Result<Vec<Vault>, EngineError> {
        let mut vaults = Vec::new();
        each(&*self.store, keys::VAULTS, |_, row| {
            vaults.push(Vault::decode(row)?);
            Ok::<_, EngineError>(())
        })?;
        Ok(vaults)
    }

    /// A vault, for some time also when it has ended.
    ///
    /// # Errors
    /// [`VaultError::NotFound`], and those of the store.
    pub fn vault(&self, id: VaultId) -> Result<Vault, VaultError> {
        let row = self.store.get(&keys::vault(id))?;
        let row = row.ok_or(VaultError::NotFound("key vault"))?;
        Ok(Vault::decode(&row)?)
    }

    /// Gives a vault another name.
    ///
    /// # Errors
    /// [`VaultError::NotFound`], and those of the store.
    pub async fn rename_vault(&self, id: VaultId, name: String) -> Result<Vault, VaultError> {
        let rename = |vault: &mut Vault| {
            vault.name.clone_from(&name);
            Ok(())
        };
        self.alter_vault(id, rename).await
    }

    /// Puts other labels on a vault.
    ///
    /// # Errors
    /// As [`Engine::rename_vault`].
    pub async fn label_vault(
        &self,
        id: VaultId,
        change: impl Fn(&mut Vec<ObjectId>),
    ) -> Result<Vault, VaultError> {
        let label = |vault: &mut Vault| {
            change(&mut vault.labels);
            Ok(())
        };
        self.alter_vault(id, label).await
    }

    /// Tries again to deploy a vault that is stalled.
    ///
    /// # Errors
    /// [`VaultError::VaultState`] for one that is not, [`VaultError::NotFound`], and those of the store.
    pub async fn retry_vault(&self, id: VaultId) -> Result<Vault, VaultError> {
        let now = self.now();
        let vault = self
            .alter_vault(id, |vault| {
                if vault.state != VaultState::Stalled {
                    let why = "only one that is stalled can be tried again";
                    return Err(VaultError::VaultState(vault.state, why));
                }
                vault.enter(VaultState::Deploying, now);
                Ok(())
            })
            .await?;
        self.vaults.wanted.notify_one();
        Ok(vault)
    }

    /// Changes a vault that has not ended.
    async fn alter_vault(
        &self,
        id: VaultId,
        change: impl Fn(&mut Vault) -> Result<(), VaultError>,
    ) -> Result<Vault, VaultError> {
        let _turn = self.vaults.vault_locks.lock(id.as_bytes()).await;
        let old = self.vault(id)?;
        if matches!(old.state, VaultState::End | VaultState::Decommissioning) {
            return Err(VaultError::VaultState(old.state, "it can't be changed any more"));
        }
        let mut new = old.clone();
        change(&mut new)?;
        self.replace_vault(&old, new, Batch::new()).await
    }

    /// Replaces a vault's row, and others with it, if it is still what it was.
    pub(super) async fn replace_vault(
        &self,
        old: &Vault,
        new: Vault,
        also: Batch,
    ) -> Result<Vault, VaultError> {
        let new = new.encoded()?;
        let batch = also
            .expect(keys::vault(old.id), Some(&old.raw))
            .put(keys::vault(new.id), new.raw.as_slice());
        self.store.commit(batch).await?;
        Ok(new)
    }
}

impl Vault {
    /// Is in another state from now on.
    pub(super) fn enter(&mut self, state: VaultState, now: Time) {
        self.state = state;
        self.stall = None;
        self.since = now;
    }

    /// Is stalled from now on.
    pub(super) fn stall(&mut self, why: Stall, now: Time) {
        self.enter(VaultState::Stalled, now);
        self.stall = Some(why);
    }
}

/// Whether the device may answer otherwise another time.
pub(super) fn passes(error: &HsmError) -> bool {
    matches!(error.kind(), ErrorKind::Transient | ErrorKind::SessionLost)
}
