//! Providers: create, read, list, delete. A provider is a secret whose value are its credentials, sealed by the device.

use super::credentials::Sealed;
use super::row::Kms;
use crate::engine::collection::{Collection, CollectionId};
use crate::engine::keys::KeyName;
use crate::engine::secret::change::{Needs, Outcome};
use crate::engine::secret::versions::removal;
use crate::engine::secret::{SecretPath, SecretRow, key};
use crate::engine::{Engine, EngineError, rows};
use crate::kms::{Credentials, ProviderKind, check_collection};
use crate::store::Batch;
use tracing::warn;

/// The folder of providers in their collection.
const FOLDER: &str = "kms/";

/// What is said of a provider; what is not stays as it is.
pub struct NewKms {
    /// Which service; needed for a new one.
    pub kind: Option<ProviderKind>,
    /// Where its keys are; needed for a new one.
    pub key_collection: Option<String>,
    /// What opens it.
    pub credentials: Option<Credentials>,
}

impl NewKms {
    /// What becomes of a provider.
    fn applied(&self, known: Option<Kms>) -> Result<Kms, EngineError> {
        let bad = |why: String| EngineError::BadChange(why);
        let Some(known) = known else {
            let needed = |what: &str| bad(format!("missing required field {what}"));
            let kms = Kms {
                kind: self.kind.ok_or_else(|| needed("provider"))?,
                key_collection: self
                    .key_collection
                    .clone()
                    .ok_or_else(|| needed("key_collection"))?,
                keys: Default::default(),
                leftovers: Vec::new(),
            };
            check_collection(kms.kind, &kms.key_collection)?;
            return Ok(kms);
        };
        if self.kind.is_some_and(|kind| kind != known.kind) {
            let own = known.kind.name();
            return Err(bad(format!(
                "the provider is {own} and can't be changed after creation"
            )));
        }
        if self
            .key_collection
            .as_ref()
            .is_some_and(|other| *other != known.key_collection)
        {
            let own = &known.key_collection;
            return Err(bad(format!(
                "key_collection is {own} and can't be changed after creation"
            )));
        }
        Ok(known)
    }
}

impl Engine {
    /// Makes a provider, or changes the one of this name. It is not asked for anything. Let the future run to its end: see
    /// [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::BadChange`] for what can't be changed or used, and those of device and store.
    pub async fn put_kms(
        &self,
        collection: CollectionId,
        name: &KeyName,
        new: NewKms,
    ) -> Result<(), EngineError> {
        let path = path(name)?;
        let home = self.collection(collection)?;
        let kind = new.applied(self.kms_if_any(&home, name)?)?.kind;
        let sealed = match &new.credentials {
            Some(given) => Some(self.keep_credentials(&home, kind, given.clone()).await?),
            None => None,
        };
        let annex = key::annex(&key::metadata(collection, &path));
        self.change(collection, &path, Needs::Metadata, |snapshot| {
            let stored = self.store.get(&annex)?;
            let known = stored.as_deref().map(decode).transpose()?;
            let is_new = known.is_none();
            let kms = new.applied(known)?;
            let mut row = snapshot
                .row
                .take()
                .unwrap_or_else(|| SecretRow::new(snapshot.now));
            row.settings.max_versions = 1;
            let (mut drop, mut seal) = (Vec::new(), None);
            if is_new || sealed.is_some() {
                let value = sealed.as_ref().map_or_else(Sealed::none, Sealed::to_value)?;
                drop = row.add_version(snapshot.now, row.settings);
                seal = Some((row.current, value));
            }
            let also = Batch::new()
                .expect(annex.as_slice(), stored.as_deref())
                .put(annex.as_slice(), rows::encode(&kms)?);
            let outcome = Outcome::Changed {
                row,
                seal,
                drop,
                also,
            };
            Ok((outcome, ()))
        })
        .await
    }

    /// A provider.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`] and those of the store.
    pub fn kms(&self, collection: &Collection, name: &KeyName) -> Result<Kms, EngineError> {
        self.kms_if_any(collection, name)?
            .ok_or(EngineError::SecretNotFound)
    }

    fn kms_if_any(&self, collection: &Collection, name: &KeyName) -> Result<Option<Kms>, EngineError> {
        let row = self.store.get(&annex_of(collection.id(), name)?)?;
        row.as_deref().map(decode).transpose()
    }

    /// The names of a collection's providers, in order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn kms_names(&self, collection: &Collection) -> Result<Vec<String>, EngineError> {
        Ok(self.list(collection, FOLDER, None, usize::MAX)?.names)
    }

    /// Removes a provider that has no keys.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::BadChange`] while keys are there, and those of the store.
    pub async fn delete_kms(&self, collection: CollectionId, name: &KeyName) -> Result<(), EngineError> {
        let path = path(name)?;
        let annex = key::annex(&key::metadata(collection, &path));
        self.change(collection, &path, Needs::Metadata, |snapshot| {
            let stored = self.store.get(&annex)?.ok_or(EngineError::SecretNotFound)?;
            let kms = decode(&stored)?;
            if !kms.keys.is_empty() {
                let keys: Vec<_> = kms.keys.iter().map(String::as_str).collect();
                return Err(EngineError::BadChange(format!(
                    "keys are still distributed to this provider; remove them first: {}",
                    keys.join(", ")
                )));
            }
            for leftover in &kms.leftovers {
                warn!(kms = %name, what = leftover.what, "a provider is forgotten with what may be left there");
            }
            let Some(Outcome::Removed { versions, also }) = removal(snapshot)? else {
                return Err(EngineError::SecretNotFound);
            };
            let also = also
                .expect(annex.as_slice(), Some(&stored))
                .delete(annex.as_slice());
            Ok((Outcome::Removed { versions, also }, ()))
        })
        .await
    }
}

/// Where a provider's credentials are.
pub(super) fn path(name: &KeyName) -> Result<SecretPath, EngineError> {
    SecretPath::parse(format!("{FOLDER}{name}")).map_err(|bad| EngineError::Damaged(bad.to_string()))
}

/// The key of a provider's row.
pub(super) fn annex_of(collection: CollectionId, name: &KeyName) -> Result<Vec<u8>, EngineError> {
    Ok(key::annex(&key::metadata(collection, &path(name)?)))
}

/// A provider's row.
pub(super) fn decode(stored: &[u8]) -> Result<Kms, EngineError> {
    let (kms, _): (_, Option<()>) = rows::decode_with(stored, "a provider's row")?;
    Ok(kms)
}
