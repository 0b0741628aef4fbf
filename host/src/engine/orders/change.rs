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
pub(in crate::engine) fn released(row: &SecretRow, now: Time) -> Result<Batch, EngineError> {
    let Some(terms) = row.public_terms() else {
        return Ok(Batch::new());
    };
    let batch = terms.spent(now)?;
    Ok(match terms.due {
        Some(due) => batch.delete(key(due, row.id())),
        None => batch,
    })
}

impl Engine {
    /// The secrets for which something is to be done at an authority by now.
    ///
    /// # Errors
    /// Those of the store.
    pub fn due_orders(&self) -> Result<Vec<Found>, EngineError> {
        let now = self.certain_now();
        let mut due = Vec::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = self.store.scan(PREFIX, after.as_deref(), PAGE)?;
            for (row, collection) in &page {
                let (time, found) = parse(row, collection)?;
                if time > now {
                    return Ok(due);
                }
                due.push(found);
            }
            match page.last() {
                Some((last, _)) if page.len() == PAGE => after = Some(last.clone()),
                _ => return Ok(due),
            }
        }
    }

    /// Refuses where a secret is ordered so.
    pub(super) fn check_unused(&self, uses: impl Fn(&PublicTerms) -> bool) -> Result<(), EngineError> {
        let query = ListQuery {
            limit: usize::MAX,
            ..ListQuery::default()
        };
        let all = self.listed(Kind::PublicCertificate, None, &query)?.page;
        let own = all
            .into_iter()
            .filter(|row| row.public_terms().is_some_and(&uses));
        let users: Vec<_> = own.filter_map(|row| Some(row.managed?.name)).collect();
        match users.first() {
            None => Ok(()),
            Some(user) => Err(EngineError::BadChange(format!(
                "the configuration is in use by {} secrets, such as {user}; delete them first",
                users.len()
            ))),
        }
    }

    /// Changes what is written down of an order; the end of one makes its records in the DNS superfluous.
    pub(super) async fn note_order(
        &self,
        found: &Found,
        change: impl Fn(&mut PublicTerms, Time) -> Result<(), EngineError>,
    ) -> Result<SecretRow, EngineError> {
        self.change(found.collection, &found.path, Needs::Metadata, |snapshot| {
            let mut row = snapshot.row.take().ok_or(EngineError::SecretNotFound)?;
            let terms = row.public_terms_mut().ok_or(EngineError::SecretNotFound)?;
            let before = terms.clone();
            change(terms, snapshot.now)?;
            let mut also = moved(found, before.due, terms.due);
            if !terms.is_open() {
                also = also.and(before.spent(snapshot.now)?);
            }
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
