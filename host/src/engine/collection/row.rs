use crate::engine::clock::Time;
use crate::engine::secret::Settings;
use crate::engine::{EngineError, rows};
use casemate_common::keyring::KeyringId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// What the keys of all collection rows start with.
pub(super) const PREFIX: &[u8] = b"collection/";

/// The key of a collection's row.
pub(in crate::engine) fn key(id: CollectionId) -> Vec<u8> {
    [PREFIX, id.as_bytes()].concat()
}

/// Names a collection; OKMS shows it as the domain's UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CollectionId(Uuid);

impl CollectionId {
    pub(in crate::engine) fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// Its 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl FromStr for CollectionId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for CollectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The API that a collection belongs to. The numbers are part of every record's context: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Dialect {
    /// OVHcloud's OKMS; a collection is a domain.
    Okms = 1,
    /// Vault's key management engine; a collection is a mount, and its title's name the mount's path.
    Keymgmt = 2,
    /// IBM Cloud Secrets Manager; a collection is a secret group, and the one without a title is the default group.
    Ibm = 3,
    /// Ingram Micro Cloud Orchestrator; a collection is a key vault.
    Imco = 4,
    /// The built-in identity provider; its one collection has the keys that tokens are signed with.
    Identity = 5,
    /// Certificates; the one collection has the keys of the authority and of the server.
    Pki = 6,
    /// Response wrapping; the one collection has the answers that wait for somebody.
    Wrapping = 7,
}

/// How far a collection's creation or destruction has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    /// Decided; the keyring may not exist yet.
    Creating,
    /// The keyring exists.
    Ready,
    /// To be destroyed; keyring and rows may still exist.
    Destroying,
}

/// What people call a collection, where its API gives it a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Title {
    /// Its name.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// When either was last set.
    pub updated: Time,
}

/// A tenant's secrets and the keyring they are sealed under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    pub(super) id: CollectionId,
    pub(super) dialect: Dialect,
    pub(super) keyring: KeyringId,
    pub(super) state: State,
    pub(super) created: Time,
    pub(super) defaults: Settings,
    #[serde(skip)]
    pub(super) title: Option<Title>,
    /// The row as stored, for preconditions.
    #[serde(skip)]
    pub(in crate::engine) raw: Vec<u8>,
}

impl Collection {
    pub(super) fn decode(raw: &[u8]) -> Result<Self, EngineError> {
        let (collection, title): (Self, _) = rows::decode_with(raw, "a collection's row")?;
        Ok(Self {
            title,
            raw: raw.to_vec(),
            ..collection
        })
    }

    /// With its row brought up to date.
    pub(super) fn encoded(self) -> Result<Self, EngineError> {
        Ok(Self {
            raw: rows::encode_with(&self, self.title.as_ref())?,
            ..self
        })
    }

    /// Its identifier.
    pub fn id(&self) -> CollectionId {
        self.id
    }

    /// The API it belongs to.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The keyring that seals it.
    pub fn keyring(&self) -> KeyringId {
        self.keyring
    }

    /// When it was made.
    pub fn created(&self) -> Time {
        self.created
    }

    /// What people call it.
    pub fn title(&self) -> Option<&Title> {
        self.title.as_ref()
    }

    /// What holds for its secrets unless they say otherwise.
    pub fn defaults(&self) -> Settings {
        self.defaults
    }
}
