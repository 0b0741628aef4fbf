use super::{ObjectId, SecretId, VaultId};
use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::{EngineError, rows};
use casemate_common::keyring::KeyringId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How far a vault has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VaultState {
    /// Written down; the device has not been asked yet whether its keyring's identifier is free.
    Start,
    /// Its keyring is to be made.
    Deploying,
    /// Its keyring exists, and it serves.
    Active,
    /// Its keyring is to be destroyed.
    Decommissioning,
    /// Its keyring could not be made: see [`Vault::stall`].
    Stalled,
    /// Its keyring is destroyed.
    End,
}

impl VaultState {
    /// All that there are.
    pub const ALL: [Self; 6] = [
        Self::Start,
        Self::Deploying,
        Self::Active,
        Self::Decommissioning,
        Self::Stalled,
        Self::End,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Deploying => "deploying",
            Self::Active => "active",
            Self::Decommissioning => "decommissioning",
            Self::Stalled => "stalled",
            Self::End => "end",
        }
    }
}

impl fmt::Display for VaultState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a vault is stalled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stall {
    /// The device did not answer for too long; when it does, the vault goes on by itself.
    Absent,
    /// The device refuses: it is full, or broken.
    Refused,
    /// The device has a keyring of this identifier already, which is not the vault's.
    Taken,
}

/// A key vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vault {
    /// Its identifier.
    pub id: VaultId,
    /// What people call it.
    pub name: String,
    /// How far it has come.
    pub state: VaultState,
    /// Why it is stalled, if it is.
    pub stall: Option<Stall>,
    /// The plan it was made by.
    pub plan: ObjectId,
    /// The account it belongs to.
    pub account: ObjectId,
    /// Where it is.
    pub realm: ObjectId,
    /// Labels that were put on it.
    pub labels: Vec<ObjectId>,
    /// Whether its keyring was there before it.
    pub brownfield: bool,
    /// The keyring that it has, or is to get.
    pub keyring: KeyringId,
    /// Whether somebody chose the keyring's identifier.
    pub desired: bool,
    /// Whether a keyring of this identifier on the device is the vault's, to be used and destroyed.
    pub(in crate::engine) owned: bool,
    /// The collection that it has, or is to get.
    pub(super) collection: CollectionId,
    /// When it was made.
    pub created: Time,
    /// Since when it is in its state.
    pub since: Time,
    /// The row as stored, for preconditions.
    #[serde(skip)]
    pub(super) raw: Vec<u8>,
}

impl Vault {
    pub(super) fn decode(raw: &[u8]) -> Result<Self, EngineError> {
        let (vault, _): (Self, Option<()>) = rows::decode_with(raw, "a vault's row")?;
        let raw = raw.to_vec();
        Ok(Self { raw, ..vault })
    }

    /// With its row brought up to date.
    pub(super) fn encoded(self) -> Result<Self, EngineError> {
        let raw = rows::encode(&self)?;
        Ok(Self { raw, ..self })
    }
}

/// How far a secret of a vault has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecretState {
    /// Its first value is being sealed.
    Deploying,
    /// All its values are sealed and stored.
    Available,
    /// It is being removed.
    Decommissioning,
    /// Its first value could not be sealed, and was not kept.
    Stalled,
    /// Another value is being sealed.
    UpdatingVersions,
    /// Another value could not be sealed, and was not kept; those before are there.
    UpdatingError,
    /// It is removed.
    End,
}

impl SecretState {
    /// All that there are.
    pub const ALL: [Self; 7] = [
        Self::Deploying,
        Self::Available,
        Self::Decommissioning,
        Self::Stalled,
        Self::UpdatingVersions,
        Self::UpdatingError,
        Self::End,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deploying => "deploying",
            Self::Available => "available",
            Self::Decommissioning => "decommissioning",
            Self::Stalled => "stalled",
            Self::UpdatingVersions => "updating_versions",
            Self::UpdatingError => "updating_error",
            Self::End => "end",
        }
    }
}

impl fmt::Display for SecretState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A secret of a vault, without its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultSecret {
    /// Its identifier.
    pub id: SecretId,
    /// The vault it is in.
    pub vault: VaultId,
    /// What people call it.
    pub name: String,
    /// How far it has come.
    pub state: SecretState,
    /// Labels that were put on it.
    pub labels: Vec<ObjectId>,
    /// Its identifier within the vault.
    pub remote_id: String,
    /// Whether somebody chose that identifier.
    pub desired: bool,
    /// Since when it is in its state.
    pub since: Time,
    /// The row as stored, for preconditions.
    #[serde(skip)]
    pub(super) raw: Vec<u8>,
}

impl VaultSecret {
    pub(super) fn decode(raw: &[u8]) -> Result<Self, EngineError> {
        let (secret, _): (Self, Option<()>) = rows::decode_with(raw, "the row of a vault's secret")?;
        let raw = raw.to_vec();
        Ok(Self { raw, ..secret })
    }

    /// With its row brought up to date.
    pub(super) fn encoded(self) -> Result<Self, EngineError> {
        let raw = rows::encode(&self)?;
        Ok(Self { raw, ..self })
    }

    pub(super) fn key(&self) -> Vec<u8> {
        super::keys::secret(self.vault, self.id)
    }
}
