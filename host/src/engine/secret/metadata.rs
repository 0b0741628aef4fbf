use super::change::{Needs, Outcome};
use super::{CustomMetadata, SecretPath, SecretRow, Settings, key};
use crate::engine::collection::{Collection, CollectionId};
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use std::collections::BTreeMap;

/// What is to change of a secret's metadata; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetadataChange {
    /// See [`Settings::max_versions`].
    pub max_versions: Option<u32>,
    /// See [`Settings::cas_required`].
    pub cas_required: Option<bool>,
    /// See [`Settings::delete_version_after`].
    pub delete_version_after: Option<Span>,
    /// What to do with custom metadata.
    pub custom: Option<CustomChange>,
}

/// What is to change of custom metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomChange {
    /// These entries instead of all others.
    Replace(CustomMetadata),
    /// These entries added, replaced or (where `None`) removed.
    Merge(BTreeMap<String, Option<String>>),
}

impl MetadataChange {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Changes settings, of a secret or of a collection.
    pub fn apply_settings(&self, settings: &mut Settings) {
        settings.max_versions = self.max_versions.unwrap_or(settings.max_versions);
        settings.cas_required = self.cas_required.unwrap_or(settings.cas_required);
        settings.delete_version_after = self.delete_version_after.unwrap_or(settings.delete_version_after);
    }

    fn apply(&self, row: &mut SecretRow) -> Result<(), EngineError> {
        self.apply_settings(&mut row.settings);
        match &self.custom {
            None => {}
            Some(CustomChange::Replace(custom)) => row.custom = custom.clone(),
            Some(CustomChange::Merge(changes)) => {
                row.custom = row.custom.merged(changes).map_err(|broken| {
                    EngineError::BadChange(format!("custom_metadata validation failed: {broken}"))
                })?;
            }
        }
        Ok(())
    }
}

impl Engine {
    /// All that is known of a secret but its values.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`] and those of the store.
    pub fn metadata(&self, collection: &Collection, path: &SecretPath) -> Result<SecretRow, EngineError> {
        let key = key::metadata(collection.id(), path);
        let row = self.store.get(&key)?.ok_or(EngineError::SecretNotFound)?;
        SecretRow::decode(&row, path.as_str())
    }

    /// Whether there is anything at a path.
    ///
    /// # Errors
    /// Those of the store.
    pub fn exists(&self, collection: &Collection, path: &SecretPath) -> Result<bool, EngineError> {
        Ok(self.store.get(&key::metadata(collection.id(), path))?.is_some())
    }

    /// Changes metadata, making a secret without versions when there is none.
    ///
    /// # Errors
    /// [`EngineError::CollectionNotFound`], [`EngineError::BadChange`] and those of the store.
    pub async fn write_metadata(
        &self,
        collection: CollectionId,
        path: &SecretPath,
        change: &MetadataChange,
    ) -> Result<(), EngineError> {
        self.change(collection, path, Needs::Metadata, |snapshot| {
            let now = snapshot.now;
            let mut row = snapshot.row.take().unwrap_or_else(|| SecretRow::new(now));
            change.apply(&mut row)?;
            row.updated = now;
            Ok((Outcome::row(row), ()))
        })
        .await
    }

    /// Changes metadata of a secret that exists.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], and those of [`Engine::write_metadata`].
    pub async fn patch_metadata(
        &self,
        collection: CollectionId,
        path: &SecretPath,
        change: &MetadataChange,
    ) -> Result<(), EngineError> {
        self.change(collection, path, Needs::Metadata, |snapshot| {
            let mut row = snapshot.row.take().ok_or(EngineError::SecretNotFound)?;
            change.apply(&mut row)?;
            row.updated = snapshot.now;
            Ok((Outcome::row(row), ()))
        })
        .await
    }
}
