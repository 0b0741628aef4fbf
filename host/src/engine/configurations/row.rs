use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::secret::SecretPath;
use crate::engine::{EngineError, rows};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Configurations of a kind at most.
pub const MAX_CONFIGS: usize = 10;

const PREFIX: &[u8] = b"config/";
const COUNTS: &[u8] = b"configs/";

/// What a configuration is for. The numbers are part of keys: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ConfigKind {
    /// A certificate authority that vouches for itself.
    RootAuthority = 1,
    /// A certificate authority that another vouches for.
    IntermediateAuthority = 2,
    /// What certificates of an authority may say.
    CertificateTemplate = 3,
    /// A public authority and the account there.
    PublicAuthority = 4,
    /// Where records are made that prove names to public authorities.
    DnsProvider = 5,
}

/// A configuration with settings of a type that its kind determines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config<T> {
    /// Its name, which no other of its kind has.
    pub name: String,
    /// When it was made.
    pub created: Time,
    /// When it was last changed.
    pub updated: Time,
    /// What it is set to.
    pub facts: T,
    /// Names it for good, and the place of its key.
    pub(in crate::engine) id: Uuid,
    /// Where its key is sealed.
    pub(in crate::engine) collection: CollectionId,
    /// The row that this was read from.
    pub(super) raw: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    id: Uuid,
    collection: CollectionId,
    created: Time,
    updated: Time,
    /// JSON, so that settings can be added.
    facts: String,
}

pub(super) fn prefix(kind: ConfigKind) -> Vec<u8> {
    [PREFIX, &[kind as u8]].concat()
}

pub(super) fn key(kind: ConfigKind, name: &str) -> Vec<u8> {
    [&prefix(kind), name.as_bytes()].concat()
}

pub(super) fn count_key(kind: ConfigKind) -> Vec<u8> {
    [COUNTS, &[kind as u8]].concat()
}

impl<T> Config<T> {
    /// Where its key or credential is.
    pub(in crate::engine) fn path(&self) -> Result<SecretPath, EngineError> {
        path(self.id)
    }
}

pub(super) fn path(id: Uuid) -> Result<SecretPath, EngineError> {
    SecretPath::parse(format!("config/{id}")).map_err(|bad| EngineError::Damaged(bad.to_string()))
}

impl<T: DeserializeOwned> Config<T> {
    pub(super) fn decode(key: &[u8], prefix: &[u8], raw: &[u8]) -> Result<Self, EngineError> {
        let damaged = || EngineError::Damaged("a configuration's row".into());
        let name = key.strip_prefix(prefix).ok_or_else(damaged)?;
        let row: Row = rows::decode(raw, "a configuration's row")?;
        Ok(Self {
            name: String::from_utf8(name.to_vec()).map_err(|_| damaged())?,
            created: row.created,
            updated: row.updated,
            facts: serde_json::from_str(&row.facts).map_err(|_| damaged())?,
            id: row.id,
            collection: row.collection,
            raw: raw.to_vec(),
        })
    }
}

impl<T: Serialize> Config<T> {
    pub(super) fn encode(&self) -> Result<Vec<u8>, EngineError> {
        let facts = serde_json::to_string(&self.facts);
        rows::encode(&Row {
            id: self.id,
            collection: self.collection,
            created: self.created,
            updated: self.updated,
            facts: facts.map_err(|error| EngineError::Damaged(error.to_string()))?,
        })
    }
}
