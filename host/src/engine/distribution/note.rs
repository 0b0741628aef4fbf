//! Writing down how far a distribution has come.

use super::provider;
use super::row::{CloudCopy, Deliveries, Distribution, Kms, Leftover};
use super::settle::Delivery;
use super::turns::{Busy, Turn};
use crate::engine::collection::{Collection, CollectionId, row_key};
use crate::engine::keys::{Facts, KeyName, facts_key, facts_of, facts_row};
use crate::engine::{Engine, EngineError, rows};
use crate::store::{Batch, commit_anew};

impl Engine {
    /// The right to change a key.
    pub(in crate::engine) fn turn(
        &self,
        collection: CollectionId,
        name: &KeyName,
    ) -> Result<Turn<'_>, EngineError> {
        self.turns.take(collection, name).map_err(refused)
    }

    /// The right to destroy a collection of keys.
    pub(super) fn turn_of_all(&self, collection: CollectionId) -> Result<Turn<'_>, EngineError> {
        self.turns.take_all(collection).map_err(refused)
    }

    /// Changes what is written down of a key's distribution, which there must be.
    pub(super) async fn note(
        &self,
        delivery: &Delivery<'_>,
        change: impl Fn(&mut Distribution),
    ) -> Result<(), EngineError> {
        self.note_deliveries(delivery.collection, delivery.name, Batch::new(), |deliveries| {
            let current = deliveries.current.as_mut();
            change(current.ok_or(EngineError::SecretNotFound)?);
            Ok(())
        })
        .await
    }

    /// Changes what is written down of where a key is, together with what is in the batch.
    pub(super) async fn note_deliveries(
        &self,
        collection: &Collection,
        name: &KeyName,
        also: Batch,
        change: impl Fn(&mut Deliveries) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let batch = self.deliveries_changed(collection, name, change)?;
        Ok(self.store.commit(batch.and(also)).await?)
    }

    /// What changes where a key is, if that and its collection are still what they were.
    pub(super) fn deliveries_changed(
        &self,
        collection: &Collection,
        name: &KeyName,
        change: impl Fn(&mut Deliveries) -> Result<(), EngineError>,
    ) -> Result<Batch, EngineError> {
        let place = facts_key(collection.id(), name)?;
        let stored = self.store.get(&place)?.ok_or(EngineError::SecretNotFound)?;
        let (facts, mut deliveries): (Facts, Deliveries) = facts_of(&stored)?;
        change(&mut deliveries)?;
        Ok(Batch::new()
            .expect(row_key(collection.id()), Some(&collection.raw))
            .expect(place.as_slice(), Some(&stored))
            .put(place, facts_row(&facts, &deliveries)?))
    }

    /// Changes what is written down of a version.
    pub(super) async fn note_copy(
        &self,
        delivery: &Delivery<'_>,
        number: u32,
        change: impl Fn(&mut CloudCopy),
    ) -> Result<(), EngineError> {
        self.note(delivery, |distribution| {
            change(distribution.copies.entry(number).or_insert_with(CloudCopy::new));
        })
        .await
    }

    /// Writes down that a version is there.
    pub(super) async fn note_imported(
        &self,
        delivery: &Delivery<'_>,
        number: u32,
        id: &str,
    ) -> Result<(), EngineError> {
        self.note_copy(delivery, number, |copy| {
            copy.id = Some(id.to_owned());
            copy.imported = true;
        })
        .await
    }

    /// Writes down that a version is or may be in another region.
    pub(super) async fn note_region(
        &self,
        delivery: &Delivery<'_>,
        number: u32,
        region: &str,
        is_there: bool,
    ) -> Result<(), EngineError> {
        self.note_copy(delivery, number, |copy| {
            copy.regions.insert(region.to_owned(), is_there);
        })
        .await
    }

    /// Writes down what may be left at a provider.
    pub(super) async fn note_leftover(&self, delivery: &Delivery<'_>, what: &str) -> Result<(), EngineError> {
        commit_anew(&*self.store, || async move {
            self.kms_changed(delivery.collection, delivery.kms, |kms| {
                kms.leftovers.push(Leftover {
                    what: what.to_owned(),
                    since: self.now(),
                });
            })
        })
        .await
    }

    /// What changes a provider's row, if it is still what it was.
    pub(super) fn kms_changed(
        &self,
        collection: &Collection,
        name: &KeyName,
        change: impl FnOnce(&mut Kms),
    ) -> Result<Batch, EngineError> {
        let place = provider::annex_of(collection.id(), name)?;
        let stored = self.store.get(&place)?.ok_or(EngineError::SecretNotFound)?;
        let mut kms = provider::decode(&stored)?;
        change(&mut kms);
        let batch = Batch::new().expect(place.as_slice(), Some(&stored));
        Ok(batch.put(place, rows::encode(&kms)?))
    }
}

fn refused(busy: Busy) -> EngineError {
    EngineError::BadChange(match busy {
        Busy::Key(name) => format!(
            "another request is changing the key {name} or what there is of it at its provider; nothing was changed, try \
             again when that is done"
        ),
        Busy::Collection => {
            "another request is destroying the mount with all its keys; nothing was changed".into()
        }
    })
}
