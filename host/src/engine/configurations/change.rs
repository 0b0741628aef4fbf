//! Making, changing and removing configurations.

use super::row::{self, count_key, path};
use super::{Config, ConfigKind, MAX_CONFIGS};
use crate::engine::collection::CollectionId;
use crate::engine::secret::change::{Needs, Outcome};
use crate::engine::secret::versions::removal;
use crate::engine::secret::{SecretRow, Settings};
use crate::engine::{Engine, EngineError};
use crate::store::{Batch, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Tries before a change gives up on a configuration that others keep changing.
const TRIES: usize = 16;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    Less,
    More,
}

impl Engine {
    /// Makes a configuration; `value`: what is sealed beside it, a key's blob or a credential. Let the future run to its
    /// end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::NameTaken`], [`EngineError::BadChange`] where there are too many, and those of device and store.
    pub async fn make_config<T: Serialize>(
        &self,
        (kind, name): (ConfigKind, &str),
        collection: CollectionId,
        facts: T,
        value: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Config<T>, EngineError> {
        let now = self.now();
        let mut config = Config {
            name: name.to_owned(),
            created: now,
            updated: now,
            facts,
            id: Uuid::new_v4(),
            collection,
            raw: Vec::new(),
        };
        config.raw = config.encode()?;
        let (key, path) = (row::key(kind, name), config.path()?);
        self.change(collection, &path, Needs::Metadata, |snapshot| {
            if self.store.get(&key)?.is_some() {
                return Err(EngineError::NameTaken(name.to_owned()));
            }
            let counted = self.counted(kind, Count::More)?;
            let mut row = SecretRow::new(snapshot.now);
            let seal = value.as_ref().map(|value| {
                row.add_version(snapshot.now, row.settings.under(snapshot.defaults));
                (row.current, value.clone())
            });
            let outcome = Outcome::Changed {
                row,
                seal,
                drop: Vec::new(),
                also: counted
                    .expect(key.as_slice(), None)
                    .put(key.as_slice(), config.raw.as_slice()),
            };
            Ok((outcome, ()))
        })
        .await?;
        Ok(config)
    }

    /// Changes what a configuration is set to; `change` may be asked again, and answers what else changes with it.
    ///
    /// # Errors
    /// [`EngineError::ConfigNotFound`], the error of `change`, and those of the store.
    pub async fn change_config<T: Serialize + DeserializeOwned>(
        &self,
        (kind, name): (ConfigKind, &str),
        change: impl Fn(&mut Config<T>) -> Result<Batch, EngineError>,
    ) -> Result<Config<T>, EngineError> {
        let key = row::key(kind, name);
        for _ in 0..TRIES {
            let mut config: Config<T> = self.config(kind, name)?;
            let also = change(&mut config)?;
            config.updated = self.now();
            let changed = config.encode()?;
            let batch = also
                .expect(key.as_slice(), Some(&config.raw))
                .put(key.as_slice(), changed.as_slice());
            match self.store.commit(batch).await {
                Ok(()) => {
                    config.raw = changed;
                    return Ok(config);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(EngineError::Contended)
    }

    /// Sets a configuration to something else, with another value sealed beside it where there is one. Let the future run
    /// to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::ConfigNotFound`], [`EngineError::Contended`] where others change it too, and those of device and
    /// store.
    pub async fn replace_config<T: Serialize + DeserializeOwned>(
        &self,
        (kind, name): (ConfigKind, &str),
        facts: T,
        value: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Config<T>, EngineError> {
        let old: Config<T> = self.config(kind, name)?;
        let (key, path, before) = (row::key(kind, name), old.path()?, old.raw.clone());
        let mut config = Config {
            updated: self.now(),
            facts,
            ..old
        };
        config.raw = config.encode()?;
        self.change(config.collection, &path, Needs::Metadata, |snapshot| {
            if self.store.get(&key)?.as_deref() != Some(before.as_slice()) {
                return Err(EngineError::Contended);
            }
            let mut row = snapshot.row.take().ok_or(EngineError::SecretNotFound)?;
            let mut drop = Vec::new();
            let seal = value.as_ref().map(|value| {
                let only = Settings {
                    max_versions: 1,
                    ..row.settings
                };
                drop = row.add_version(snapshot.now, only);
                (row.current, value.clone())
            });
            let also = Batch::new()
                .expect(key.as_slice(), Some(&before))
                .put(key.as_slice(), config.raw.as_slice());
            let outcome = Outcome::Changed {
                row,
                seal,
                drop,
                also,
            };
            Ok((outcome, ()))
        })
        .await?;
        Ok(config)
    }

    /// Removes a configuration with what is sealed beside it, if `check` finds that nothing uses it; `check` answers what
    /// else goes.
    ///
    /// # Errors
    /// [`EngineError::ConfigNotFound`], the error of `check`, and those of the store.
    pub async fn remove_config<T: DeserializeOwned>(
        &self,
        (kind, name): (ConfigKind, &str),
        check: impl Fn(&Config<T>) -> Result<Batch, EngineError>,
    ) -> Result<(), EngineError> {
        let _nobody_uses_it = self.configurations.uses.write().await;
        let config: Config<T> = self.config(kind, name)?;
        let also = check(&config)?;
        let key = row::key(kind, name);
        self.change(
            config.collection,
            &path(config.id)?,
            Needs::Metadata,
            |snapshot| {
                let also = self
                    .counted(kind, Count::Less)?
                    .and(also.clone())
                    .expect(key.as_slice(), Some(&config.raw))
                    .delete(key.as_slice());
                let versions = match removal(snapshot)? {
                    Some(Outcome::Removed { versions, .. }) => versions,
                    _ => Vec::new(),
                };
                Ok((Outcome::Removed { versions, also }, ()))
            },
        )
        .await
    }

    /// Notes that there is one configuration more or less of a kind; refuses one too many.
    fn counted(&self, kind: ConfigKind, change: Count) -> Result<Batch, EngineError> {
        let key = count_key(kind);
        let raw = self.store.get(&key)?;
        let there = self.store.scan(&row::prefix(kind), None, MAX_CONFIGS)?.len();
        if change == Count::More && there >= MAX_CONFIGS {
            return Err(EngineError::BadChange(format!(
                "there are {MAX_CONFIGS} configurations of this kind already, which is the most; delete one first"
            )));
        }
        let times = raw
            .as_deref()
            .and_then(|raw| raw.try_into().ok())
            .map_or(0, u64::from_be_bytes);
        let next = times.wrapping_add(1).to_be_bytes();
        Ok(Batch::new().expect(key.as_slice(), raw.as_deref()).put(key, next))
    }
}
