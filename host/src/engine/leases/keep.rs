//! Secrets whose values are issued: made, read, rotated and restored.

use super::NewLeased;
use crate::engine::collection::CollectionId;
use crate::engine::managed::{Found, Issuance, Kind, LeaseTerms, NewEdition, NewSecret, Rotation, Which};
use crate::engine::secret::SecretRow;
use crate::engine::{Engine, EngineError};
use crate::issuers::Issuer;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The value of a version without credentials.
const NONE: &[u8] = b"{}";

impl Engine {
    /// Makes a secret whose credentials are issued when somebody reads it. Let the future run to its end: see
    /// [`Engine::configure`].
    ///
    /// # Errors
    /// As [`Engine::create`].
    pub async fn create_leased(
        &self,
        collection: CollectionId,
        new: NewSecret,
        terms: LeaseTerms,
    ) -> Result<SecretRow, EngineError> {
        let new = NewSecret {
            value: Zeroizing::new(NONE.to_vec()),
            issuance: Some(Issuance::Leased(terms)),
            ..new
        };
        self.create(collection, new).await
    }

    /// Makes a secret whose credentials are issued now. Let the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// As [`Engine::create`], and those of the issuer.
    pub async fn create_issued(
        &self,
        (instance, collection): (CollectionId, CollectionId),
        new: NewSecret,
        mut terms: LeaseTerms,
        issuer: &dyn Issuer,
    ) -> Result<(SecretRow, Zeroizing<Vec<u8>>), EngineError> {
        Self::check_free(&*self.store, new.kind, &new.name)?;
        let id = Uuid::new_v4();
        let issued = self.order(instance, id, &terms, issuer).await?;
        terms.held.push(issued.held(1));
        let new = NewSecret {
            value: issued.value.clone(),
            expires: issued.until,
            issuance: Some(Issuance::Leased(terms)),
            edition: NewEdition {
                downloaded: true,
                ..new.edition
            },
            ..new
        };
        match self.create_as(id, collection, new, issued.confirmed()?).await {
            Ok(row) => Ok((row, issued.value)),
            Err(error) => {
                self.give_back(issued, issuer).await;
                Err(error)
            }
        }
    }

    /// The credentials of a secret: those that are there, where they are kept and last, or else new ones. Let the future
    /// run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::Locked`] where new ones would be made, and those of issuer, device
    /// and store.
    pub async fn lease(
        &self,
        instance: CollectionId,
        found: &Found,
        author: &str,
        issuer: &dyn Issuer,
    ) -> Result<(SecretRow, Zeroizing<Vec<u8>>), EngineError> {
        let _turn = self.lease_turn(found).await;
        let row = self.describe(found)?;
        let terms = terms_of(&row)?;
        let now = self.now();
        if terms.reuse && row.current_lease().is_some_and(|held| held.lasts(now)) {
            let (row, value) = self.download(found, 0).await?;
            return Ok((row, value.ok_or(EngineError::VersionNotFound)?));
        }
        row.check_unlocked(0)?;
        let issued = self.order(instance, found.id, terms, issuer).await?;
        if terms.reuse {
            return self.keep(found, issued, asked_by(author), issuer).await;
        }
        self.store.commit(issued.confirmed()?).await?;
        let current = row.current;
        let row = self.mark_downloaded(found, row, current).await?;
        Ok((row, issued.value))
    }

    /// Makes new credentials of a secret that keeps them; the old ones last until their end. Let the future run to its
    /// end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::BadChange`] for a secret that keeps none, and those of [`Engine::rotate`] and the issuer.
    pub async fn renew_lease(
        &self,
        instance: CollectionId,
        found: &Found,
        author: &str,
        issuer: &dyn Issuer,
    ) -> Result<(SecretRow, Zeroizing<Vec<u8>>), EngineError> {
        let _turn = self.lease_turn(found).await;
        let row = self.describe(found)?;
        let terms = terms_of(&row)?;
        if !terms.reuse {
            let why = "the secret makes new credentials each time it is read; only one with reuse_api_key can be rotated";
            return Err(EngineError::BadChange(why.into()));
        }
        row.check_rotatable(self.now())?;
        let issued = self.order(instance, found.id, terms, issuer).await?;
        self.keep(found, issued, asked_by(author), issuer).await
    }

    /// Makes the credentials of the version before the current one the current ones again, as a new version.
    ///
    /// # Errors
    /// [`EngineError::VersionNotFound`], [`EngineError::BadChange`] where they have ended, and those of device and store.
    pub async fn restore_lease(
        &self,
        found: &Found,
        which: Which,
        author: &str,
    ) -> Result<(SecretRow, Zeroizing<Vec<u8>>), EngineError> {
        let row = self.describe(found)?;
        let managed = row.managed.as_deref().ok_or(EngineError::SecretNotFound)?;
        let number = managed.edition(which).ok_or(EngineError::VersionNotFound)?.number;
        if managed
            .previous()
            .is_none_or(|previous| previous.number != number)
        {
            let why = "only the version before the current one can be restored";
            return Err(EngineError::BadChange(why.into()));
        }
        let held = terms_of(&row)?
            .held(number)
            .filter(|held| held.lasts(self.now()))
            .cloned();
        let held = held.ok_or_else(|| {
            EngineError::BadChange(
                "the credentials of that version have ended; rotate the secret instead".into(),
            )
        })?;
        let collection = self.collection(found.collection)?;
        let value = self.read(&collection, &found.path, number).await?.value;
        let rotation = Rotation {
            held: Some(held),
            ..asked_by(author)
        };
        let row = self
            .rotate(found, Kind::ApiKey, rotation, |_| Ok(value.clone()))
            .await?;
        Ok((row, value))
    }

    /// Seals credentials as the next version.
    pub(super) async fn keep(
        &self,
        found: &Found,
        issued: NewLeased,
        rotation: Rotation,
        issuer: &dyn Issuer,
    ) -> Result<(SecretRow, Zeroizing<Vec<u8>>), EngineError> {
        let rotation = Rotation {
            held: Some(issued.held(0)),
            also: issued.confirmed()?,
            ..rotation
        };
        let value = issued.value.clone();
        match self
            .rotate(found, Kind::ApiKey, rotation, |_| Ok(value.clone()))
            .await
        {
            Ok(row) => Ok((row, value)),
            Err(error) => {
                self.give_back(issued, issuer).await;
                Err(error)
            }
        }
    }
}

/// A version of which whoever asks gets the value.
fn asked_by(author: &str) -> Rotation {
    Rotation {
        edition: NewEdition {
            downloaded: true,
            ..NewEdition::by(author)
        },
        ..Rotation::default()
    }
}

pub(super) fn terms_of(row: &SecretRow) -> Result<&LeaseTerms, EngineError> {
    row.lease_terms().ok_or(EngineError::SecretNotFound)
}
