//! Writing down how far an order has come, and when there is something to do.

use super::PublicTerms;
use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::managed::{Found, Kind, ListQuery, path_of_secret};
use crate::engine::secret::SecretRow;
use crate::engine::secret::change::{Needs, Outcome};
use crate::engine::{Engine, EngineError};
use crate::store::Batch;
use uuid::Uuid;

const PREFIX: &[u8] = b"order/";
/// Rows looked at together.
const PAGE: usize = 64;

fn key(due: Time, id: Uuid) -> Vec<u8> {
    [PREFIX, &due.as_nanos().to_be_bytes(), id.as_bytes()].concat()
}

/// What moves a secret's row from one due time to another.
pub(super) fn moved(found: &Found, from: Option<Time>, to: Option<Time>) -> Batch {
    let batch = match from {
        Some(from) => Batch::new().delete(key(from, found.id)),
        None => Batch::new(),
    };
    match to {
        Some(to) => batch.put(key(to, found.id), found.collection.as_bytes().as_slice()),
        None => batch,
    }
}

/// What goes with a secret whose row is removed.
pub(in crate::engine) fn released(row: &SecretRow) -> Batch {
    match row.public_terms().and_then(|terms| terms.due) {
        Some(due) => Batch::new().delete(key(due, row.id())),
        None => Batch::new(),
    }
}

impl Engine {
    /// The secrets for which something is to be done at an authority by now.
    ///
    /// # Errors
    /// Those of the store.
    pub fn due_orders(&self) -> Result<Vec<Found>, EngineError> {
        let now = self.clock.now().min(self.clock.certain());
        let mut due = Vec::new();
        for (row, collection) in self.store.scan(PREFIX, None, PAGE)? {
            let (time, found) = parse(&row, &collection)?;
            if time > now {
                break;
            }
            due.push(found);
        }
        Ok(due)
    }

    /// The names of the secrets that are ordered by a configuration.
    pub(super) fn ordered_by(&self, ca: &str) -> Result<Vec<String>, EngineError> {
        let query = ListQuery {
            limit: usize::MAX,
            ..ListQuery::default()
        };
        let all = self.listed(Kind::PublicCertificate, None, &query)?.page;
        let own = all
            .into_iter()
            .filter(|row| row.public_terms().is_some_and(|terms| terms.ca == ca));
        Ok(own.filter_map(|row| Some(row.managed?.name)).collect())
    }

    /// Changes what is written down of an order.
    pub(super) async fn note_order(
        &self,
        found: &Found,
        change: impl Fn(&mut PublicTerms, Time) -> Result<(), EngineError>,
    ) -> Result<SecretRow, EngineError> {
        self.change(found.collection, &found.path, Needs::Metadata, |snapshot| {
            let mut row = snapshot.row.take().ok_or(EngineError::SecretNotFound)?;
            let terms = row.public_terms_mut().ok_or(EngineError::SecretNotFound)?;
            let before = terms.due;
            change(terms, snapshot.now)?;
            let also = moved(found, before, terms.due);
            row.updated = snapshot.now;
            Ok((Outcome::row(row.clone()).with(also), row))
        })
        .await
    }
}

fn parse(row: &[u8], collection: &[u8]) -> Result<(Time, Found), EngineError> {
    let damaged = || EngineError::Damaged("an order's row".into());
    let rest = row.strip_prefix(PREFIX).ok_or_else(damaged)?;
    let (due, id) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
    let id = Uuid::from_slice(id).map_err(|_| damaged())?;
    let collection = Uuid::from_slice(collection).map_err(|_| damaged())?;
    let collection: CollectionId = collection.to_string().parse().map_err(|_| damaged())?;
    let found = Found {
        collection,
        id,
        path: path_of_secret(Kind::PublicCertificate, id)?,
    };
    Ok((Time::from_nanos(i64::from_be_bytes(*due)), found))
}
