//! Records in the DNS that have proved a name, or could not, and are to be removed. They are written down in the batch
//! that ends their order or removes its secret, so that none is forgotten.

use super::{PublicTerms, Record};
use crate::engine::clock::Time;
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError, rows};
use crate::store::{Batch, StoreError};
use serde::{Deserialize, Serialize};
use tracing::warn;
use uuid::Uuid;

const PREFIX: &[u8] = b"order-records/";
/// Rows looked at together.
const PAGE: usize = 16;
/// After the first failure; doubled after each further one.
const PATIENCE: i64 = 30;
/// How often it is tried: for about two days.
const TRIES: u32 = 12;

#[derive(Clone, Serialize, Deserialize)]
struct Spent {
    /// The DNS provider's configuration.
    dns: String,
    records: Vec<Record>,
    /// How often removing them has failed.
    tries: u32,
}

fn key(due: Time, id: Uuid) -> Vec<u8> {
    [PREFIX, &due.as_nanos().to_be_bytes(), id.as_bytes()].concat()
}

impl PublicTerms {
    /// What is removed from the DNS with the end of an order.
    pub(super) fn spent(&self, now: Time) -> Result<Batch, EngineError> {
        if !self.is_open() || self.is_manual() || self.proof.records.is_empty() {
            return Ok(Batch::new());
        }
        let spent = Spent {
            dns: self.dns.clone(),
            records: self.proof.records.clone(),
            tries: 0,
        };
        Ok(Batch::new().put(key(now, Uuid::new_v4()), rows::encode(&spent)?))
    }
}

impl Engine {
    /// Removes from the DNS what is not needed there any more; what can't be removed is tried again later.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove_spent_records(&self) -> Result<(), EngineError> {
        let now = self.now();
        for (row, raw) in self.store.scan(PREFIX, None, PAGE)? {
            let damaged = || EngineError::Damaged("the row of a record in the DNS".into());
            let rest = row.strip_prefix(PREFIX).ok_or_else(damaged)?;
            let (due, id) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
            if Time::from_nanos(i64::from_be_bytes(*due)) > now {
                break;
            }
            let spent: Spent = rows::decode(&raw, "records in the DNS")?;
            let batch = Batch::new()
                .expect(row.as_slice(), Some(&raw))
                .delete(row.as_slice());
            let batch = match self.remove_spent(&spent).await {
                Some(later) => {
                    let pause = Span::from_secs(PATIENCE << later.tries);
                    let id = Uuid::from_slice(id).map_err(|_| damaged())?;
                    batch.put(key(now.after(pause), id), rows::encode(&later)?)
                }
                None => batch,
            };
            match self.store.commit(batch).await {
                // Another daemon was faster.
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Tries it; answers what is to be tried again.
    async fn remove_spent(&self, spent: &Spent) -> Option<Spent> {
        let removed = match self.provider(&spent.dns).await {
            Ok(provider) => provider
                .remove(&spent.records)
                .await
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let error = removed.err()?;
        let names: Vec<_> = spent.records.iter().map(|record| record.name.as_str()).collect();
        warn!(%error, tries = spent.tries, ?names, "can't remove records from the DNS");
        (spent.tries < TRIES).then(|| Spent {
            tries: spent.tries + 1,
            ..spent.clone()
        })
    }
}
