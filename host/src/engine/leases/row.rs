//! How leases are stored.
//!
//! ```text
//! lease/ ‖ due: nanoseconds (8 bytes) ‖ identifier (16 bytes)     the lease
//! lease-of/ ‖ secret (16 bytes) ‖ identifier (16 bytes)           due (8 bytes)
//! ```

use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::{EngineError, rows};
use crate::issuers::{Order, Traces, Want};
use crate::store::Batch;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) const BY_DUE: &[u8] = b"lease/";
const BY_SECRET: &[u8] = b"lease-of/";

/// What an issuer was asked for, whether it answered or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct Lease {
    pub(super) id: Uuid,
    /// The secret that it is for.
    pub(super) secret: Uuid,
    /// The collection with the issuer's configuration.
    pub(super) instance: CollectionId,
    pub(super) want: Want,
    /// What the issuer calls it; empty until it answered.
    pub(super) traces: Traces,
    /// When it is to be taken back.
    pub(super) due: Time,
    /// How often taking it back has failed.
    pub(super) tries: u32,
}

impl Lease {
    /// What the issuer knows it by.
    pub(super) fn name(&self) -> String {
        format!("casemate-{}", self.id)
    }

    pub(super) fn order<'a>(&'a self, name: &'a str, authority: Option<&'a str>) -> Order<'a> {
        Order {
            name,
            want: &self.want,
            until: None,
            authority,
        }
    }

    /// Writes it down, on condition that it is not there.
    pub(super) fn put(&self) -> Result<Batch, EngineError> {
        let (key, index) = (due_key(self.due, self.id), index_key(self.secret, self.id));
        Ok(Batch::new()
            .expect(index.as_slice(), None)
            .put(index, self.due.as_nanos().to_be_bytes())
            .put(key, rows::encode(self)?))
    }

    /// Removes it, on condition that it is as it was.
    pub(super) fn remove(&self) -> Result<Batch, EngineError> {
        let (key, index) = (due_key(self.due, self.id), index_key(self.secret, self.id));
        Ok(Batch::new()
            .expect(key.as_slice(), Some(&rows::encode(self)?))
            .delete(key)
            .delete(index))
    }

    /// Makes another of it, on condition that it is as it was.
    pub(super) fn replace(&self, by: &Self) -> Result<Batch, EngineError> {
        let (old, new) = (due_key(self.due, self.id), due_key(by.due, by.id));
        Ok(Batch::new()
            .expect(old.as_slice(), Some(&rows::encode(self)?))
            .delete(old)
            .put(new, rows::encode(by)?)
            .put(index_key(by.secret, by.id), by.due.as_nanos().to_be_bytes()))
    }

    pub(super) fn decode(row: &[u8]) -> Result<Self, EngineError> {
        Ok(rows::decode_with::<Self, ()>(row, "a lease")?.0)
    }
}

/// The key of a lease's row: times before 1970 do not occur, so their order is that of their bytes.
pub(super) fn due_key(due: Time, id: Uuid) -> Vec<u8> {
    [BY_DUE, &due.as_nanos().to_be_bytes(), id.as_bytes()].concat()
}

/// What the keys of all leases of a secret start with.
pub(super) fn index_prefix(secret: Uuid) -> Vec<u8> {
    [BY_SECRET, secret.as_bytes()].concat()
}

fn index_key(secret: Uuid, id: Uuid) -> Vec<u8> {
    [index_prefix(secret).as_slice(), id.as_bytes()].concat()
}

/// The lease and its due time in an index row, behind the prefix.
pub(super) fn parse_index(rest: &[u8], value: &[u8]) -> Result<(Time, Uuid), EngineError> {
    let damaged = || EngineError::Damaged("a lease's index row".into());
    let id = Uuid::from_slice(rest).map_err(|_| damaged())?;
    let due = value.try_into().map_err(|_| damaged())?;
    Ok((Time::from_nanos(i64::from_be_bytes(due)), id))
}
