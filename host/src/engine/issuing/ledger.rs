//! What an authority has issued: when each certificate ends, and since when it is revoked.

use super::issuer::Serial;
use crate::engine::clock::Time;
use crate::engine::{EngineError, rows};
use crate::store::{Batch, Store, each};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const ISSUED: &[u8] = b"issued/";

/// One certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) expires: Time,
    pub(super) revoked: Option<Time>,
}

fn prefix(authority: Uuid) -> Vec<u8> {
    [ISSUED, authority.as_bytes()].concat()
}

fn key(authority: Uuid, serial: &Serial) -> Vec<u8> {
    [&prefix(authority)[..], serial].concat()
}

/// Notes a certificate, under the condition that none has its number.
pub(super) fn added(authority: Uuid, serial: &Serial, expires: Time) -> Result<Batch, EngineError> {
    let key = key(authority, serial);
    let entry = rows::encode(&Entry {
        expires,
        revoked: None,
    })?;
    Ok(Batch::new().expect(key.as_slice(), None).put(key, entry))
}

/// Notes that a certificate is revoked; the time is that of the first revocation.
pub(super) fn revoked(
    store: &dyn Store,
    authority: Uuid,
    serial: &Serial,
    now: Time,
) -> Result<(Batch, Time), EngineError> {
    let key = key(authority, serial);
    let raw = store.get(&key)?;
    let Some(raw) = raw else {
        return Err(super::refused(
            "the certificate authority issued no certificate with this serial number",
        ));
    };
    let entry: Entry = rows::decode(&raw, "an issued certificate's row")?;
    if let Some(since) = entry.revoked {
        return Ok((Batch::new(), since));
    }
    let changed = rows::encode(&Entry {
        revoked: Some(now),
        ..entry
    })?;
    let batch = Batch::new().expect(key.as_slice(), Some(&raw)).put(key, changed);
    Ok((batch, now))
}

/// What an authority's next revocation list is made of.
#[derive(Default)]
pub(super) struct Current {
    /// Certificates that have not ended, and since when they are revoked.
    pub(super) revoked: Vec<(Serial, Time)>,
    /// The rows of those that have ended.
    pub(super) ended: Vec<Vec<u8>>,
}

/// What there is of an authority at `now`.
pub(super) fn current(store: &dyn Store, authority: Uuid, now: Time) -> Result<Current, EngineError> {
    let mut current = Current::default();
    each(store, &prefix(authority), |serial, row| {
        let entry: Entry = rows::decode(row, "an issued certificate's row")?;
        let serial = Serial::try_from(serial)
            .map_err(|_| EngineError::Damaged("an issued certificate's key".into()))?;
        match entry.revoked {
            _ if entry.expires <= now => current.ended.push(key(authority, &serial)),
            Some(since) => current.revoked.push((serial, since)),
            None => {}
        }
        Ok::<_, EngineError>(())
    })?;
    Ok(current)
}

/// What forgets all that an authority has issued, and its revocation list.
pub(super) fn forgotten(store: &dyn Store, authority: Uuid) -> Result<Batch, EngineError> {
    let mut batch = Batch::new().delete(super::crl::key(authority));
    let prefix = prefix(authority);
    each(store, &prefix, |serial, _| {
        batch = std::mem::take(&mut batch).delete([&prefix[..], serial].concat());
        Ok::<_, EngineError>(())
    })?;
    Ok(batch)
}
