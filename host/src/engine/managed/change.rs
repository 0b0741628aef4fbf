//! Reading, describing, rotating and deleting managed secrets.

use super::names;
use super::{Found, Held, Issuance, Kind, LeaseTerms, Managed, NewEdition};
use crate::engine::clock::Time;
use crate::engine::secret::SecretRow;
use crate::engine::secret::change::{Needs, Outcome, Snapshot};
use crate::engine::secret::versions::removal;
use crate::engine::secret::write::LAST_VERSION;
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use crate::issuers::{Holder, Want};
use crate::store::Batch;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What is to change of a secret's description; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct Description {
    /// Another name.
    pub name: Option<String>,
    /// Another description; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// Other labels.
    pub labels: Option<Vec<String>>,
    /// Other notes.
    pub custom: Option<String>,
    /// Another end; `Some(None)` takes it away.
    pub expires: Option<Option<Time>>,
    /// How its credentials are issued from now on, where somebody issues them.
    pub lease: LeaseChange,
}

/// What is to change of how credentials are issued; those that are there stay as they are.
#[derive(Debug, Clone, Default)]
pub struct LeaseChange {
    /// How long each lasts.
    pub ttl: Option<Span>,
    /// The access groups that they are for.
    pub groups: Option<Vec<String>>,
}

/// A version to be made.
#[derive(Debug, Clone, Default)]
pub struct Rotation {
    /// What is known of it.
    pub edition: NewEdition,
    /// When the secret ends from now on; `None` where that stays.
    pub expires: Option<Option<Time>>,
    /// The lease of what it holds, where that is issued; its version is that which is made.
    pub held: Option<Held>,
    /// What it is issued by and for from now on; `None` where that stays.
    pub issuance: Option<Issuance>,
    /// Until when its schedule is served by this.
    pub advance: Option<Time>,
    /// What else is to happen with it.
    pub also: Batch,
}

impl Engine {
    /// A managed secret without its values.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`] and those of the store.
    pub fn describe(&self, found: &Found) -> Result<SecretRow, EngineError> {
        let collection = self.collection(found.collection)?;
        self.metadata(&collection, &found.path)
    }

    /// A managed secret with the value of a version (0: the current one), which counts as downloaded from now on;
    /// without it where it may not be read any more.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::VersionNotFound`], and those of device and store.
    pub async fn download(
        &self,
        found: &Found,
        number: u32,
    ) -> Result<(SecretRow, Option<Zeroizing<Vec<u8>>>), EngineError> {
        let collection = self.collection(found.collection)?;
        match self.read(&collection, &found.path, number).await {
            Err(EngineError::Gone(gone)) => Ok((gone.secret, None)),
            Err(error) => Err(error),
            Ok(reading) => {
                let row = self
                    .mark_downloaded(found, reading.secret, reading.version.number)
                    .await?;
                Ok((row, Some(reading.value)))
            }
        }
    }

    /// Notes that a version's value was read; answers the secret as it is then.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`] and those of the store.
    pub async fn mark_downloaded(
        &self,
        found: &Found,
        row: SecretRow,
        number: u32,
    ) -> Result<SecretRow, EngineError> {
        let known = |managed: &Managed| {
            let edition = managed.editions.iter().find(|edition| edition.number == number);
            edition.is_none_or(|edition| edition.downloaded)
        };
        if row.managed.as_deref().is_none_or(known) {
            return Ok(row);
        }
        self.alter(found, |_, managed| {
            if let Some(edition) = managed.edition_mut(number) {
                edition.downloaded = true;
            }
            Ok(())
        })
        .await
    }

    /// Changes what describes a managed secret.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::NameTaken`], [`EngineError::BadChange`] for the end of one that
    /// has ended and for terms that its credentials can't have, and those of the store.
    pub async fn redescribe(&self, found: &Found, change: Description) -> Result<SecretRow, EngineError> {
        let changed = self
            .change(found.collection, &found.path, Needs::Metadata, |snapshot| {
                let (mut row, now) = existing(snapshot)?;
                let mut also = Batch::new();
                let id = row.id;
                let managed = managed(&mut row)?;
                if let Some(name) = change.name.as_ref().filter(|name| **name != managed.name) {
                    Self::check_free(&*self.store, managed.kind, name)?;
                    also = Batch::new()
                        .delete(names::key(managed.kind, &managed.name))
                        .and(names::taken(managed.kind, name, found.collection, id));
                    managed.name.clone_from(name);
                }
                if change.expires.is_some() && managed.is_over(now) {
                    let why =
                        "the secret has expired and its data is destroyed; its end can't be moved any more";
                    return Err(EngineError::BadChange(why.into()));
                }
                change.apply(managed);
                let every = managed.policy.as_ref().map(|policy| policy.every);
                if let Some(terms) = row.lease_terms_mut() {
                    change.lease.apply(terms)?;
                    every.map_or(Ok(()), |every| terms.check_schedule(every, now))?;
                }
                row.updated = now;
                Ok((changed(row.clone(), also), row))
            })
            .await;
        self.catalogue.refresh(&*self.store, found)?;
        changed
    }

    /// Adds a version whose value `make` derives from the current one, which it gets only where the kind is
    /// [`Kind::Credentials`]. Values that the kind does not keep are destroyed, unless they are locked.
    ///
    /// # Errors
    /// [`EngineError::Locked`] where the version before the current one is locked, [`EngineError::BadChange`] where the
    /// secret has ended, the error of `make`, and those of device and store.
    pub async fn rotate(
        &self,
        found: &Found,
        kind: Kind,
        rotation: Rotation,
        make: impl Fn(&[u8]) -> Result<Zeroizing<Vec<u8>>, EngineError>,
    ) -> Result<SecretRow, EngineError> {
        let needs = match kind {
            Kind::Credentials => Needs::Value,
            _ => Needs::Metadata,
        };
        let rotated = self
            .change(found.collection, &found.path, needs, |snapshot| {
                let (row, _) = existing(snapshot)?;
                row.check_rotatable(snapshot.now)?;
                let value = make(snapshot.value.as_ref().map_or(&[], |value| value))?;
                rotated(snapshot, row, &rotation, value)
            })
            .await;
        self.catalogue.refresh(&*self.store, found)?;
        rotated
    }

    /// Notes something beside a version.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::VersionNotFound`] and those of the store.
    pub async fn annotate(
        &self,
        found: &Found,
        version: Uuid,
        custom: String,
    ) -> Result<SecretRow, EngineError> {
        self.alter(found, |_, managed| {
            let mut editions = managed.editions.iter_mut();
            let edition = editions.find(|edition| edition.id == version);
            edition
                .ok_or(EngineError::VersionNotFound)?
                .custom
                .clone_from(&custom);
            Ok(())
        })
        .await
    }

    /// Removes a managed secret with all its versions, and sets its name free.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::Locked`] where any version is locked, and those of the store.
    pub async fn delete(&self, found: &Found) -> Result<(), EngineError> {
        let removed = self
            .change(found.collection, &found.path, Needs::Metadata, |snapshot| {
                let outcome = removal(snapshot)?.ok_or(EngineError::SecretNotFound)?;
                Ok((outcome.with(self.hastened(found.id)?), ()))
            })
            .await;
        self.catalogue.refresh(&*self.store, found)?;
        removed
    }

    /// Lets the catalogue follow a secret that was changed elsewhere.
    pub(in crate::engine) fn refresh_catalogue(&self, found: &Found) -> Result<(), EngineError> {
        self.catalogue.refresh(&*self.store, found)
    }

    /// Changes a managed secret without touching its values.
    pub(super) async fn alter(
        &self,
        found: &Found,
        change: impl Fn(Time, &mut Managed) -> Result<(), EngineError>,
    ) -> Result<SecretRow, EngineError> {
        self.alter_row(found, |now, row| change(now, managed(row)?)).await
    }

    /// As [`Engine::alter`], where more than what is managed matters.
    pub(super) async fn alter_row(
        &self,
        found: &Found,
        change: impl Fn(Time, &mut SecretRow) -> Result<(), EngineError>,
    ) -> Result<SecretRow, EngineError> {
        let altered = self
            .change(found.collection, &found.path, Needs::Metadata, |snapshot| {
                let (mut row, now) = existing(snapshot)?;
                change(now, &mut row)?;
                Ok((Outcome::row(row.clone()), row))
            })
            .await;
        self.catalogue.refresh(&*self.store, found)?;
        altered
    }
}

impl Description {
    fn apply(&self, managed: &mut Managed) {
        if let Some(description) = &self.description {
            managed.description.clone_from(description);
        }
        if let Some(labels) = &self.labels {
            managed.labels.clone_from(labels);
        }
        if let Some(custom) = &self.custom {
            managed.custom.clone_from(custom);
        }
        if let Some(expires) = self.expires {
            managed.expires = expires;
        }
    }
}

impl LeaseChange {
    fn apply(&self, terms: &mut LeaseTerms) -> Result<(), EngineError> {
        terms.ttl = self.ttl.or(terms.ttl);
        match (&self.groups, &mut terms.want) {
            (None, _) => Ok(()),
            (Some(new), Want::ApiKey(Holder::Groups(groups))) => {
                groups.clone_from(new);
                Ok(())
            }
            (Some(_), _) => Err(EngineError::BadChange(
                "access_groups can't be set: the secret's API keys are of a service id that is there already"
                    .into(),
            )),
        }
    }
}

/// The row of a snapshot, and its time.
pub(super) fn existing(snapshot: &mut Snapshot) -> Result<(SecretRow, Time), EngineError> {
    let row = snapshot.row.take().ok_or(EngineError::SecretNotFound)?;
    Ok((row, snapshot.now))
}

pub(super) fn managed(row: &mut SecretRow) -> Result<&mut Managed, EngineError> {
    row.managed.as_deref_mut().ok_or(EngineError::SecretNotFound)
}

fn changed(row: SecretRow, also: Batch) -> Outcome {
    Outcome::Changed {
        row,
        seal: None,
        drop: Vec::new(),
        also,
    }
}

/// The row with one version more.
pub(super) fn rotated(
    snapshot: &Snapshot,
    mut row: SecretRow,
    rotation: &Rotation,
    value: Zeroizing<Vec<u8>>,
) -> Result<(Outcome, SecretRow), EngineError> {
    if row.current >= LAST_VERSION {
        return Err(EngineError::VersionsExhausted);
    }
    let before = row.current;
    let mut drop = row.add_version(snapshot.now, row.settings.under(snapshot.defaults));
    row.add_edition(rotation.edition.clone());
    if let Some(held) = rotation.held.clone() {
        row.hold(held);
    }
    let managed = managed(&mut row)?;
    managed.expires = rotation.expires.unwrap_or(managed.expires);
    if let (Some(now), Some(policy)) = (rotation.advance, managed.policy.as_mut()) {
        policy.advance(now);
    }
    let keeps_previous = managed.kind.keeps_previous();
    if let Some(issuance) = &rotation.issuance {
        row.issuance = Some(Box::new(issuance.clone()));
    }
    let current = row.current;
    drop.extend(row.destroy_values(|row, number| {
        let kept = number == current || (number == before && keeps_previous);
        !kept && row.check_unlocked(number).is_ok()
    }));
    let outcome = Outcome::Changed {
        row: row.clone(),
        seal: Some((current, value)),
        drop,
        also: rotation.also.clone(),
    };
    Ok((outcome, row))
}
