//! Keys by name, as key management has them: with a type that stays, versions that can be switched off, and protection
//! against deletion.

use super::NewKey;
use crate::engine::collection::{Collection, CollectionId};
use crate::engine::distribution::Deliveries;
use crate::engine::secret::change::{Needs, Outcome, Snapshot};
use crate::engine::secret::versions::removal;
use crate::engine::secret::{Cas, MAX_MAX_VERSIONS, SecretPath, SecretRow, Terms, key};
use crate::engine::{Engine, EngineError, rows};
use crate::pem;
use crate::store::Batch;
use casemate_common::blob::{KeyType, Usage, Usages};
use casemate_common::command::Recipient;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The folder of keys in their collection.
const FOLDER: &str = "key/";

/// A key's or a provider's name: 1 to 128 letters, digits, `_`, `-` and `.`, the last two not at its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName(String);

impl KeyName {
    /// The name of this text; `None` where it can't be one.
    pub fn parse(text: &str) -> Option<Self> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let bytes = text.as_bytes();
        let inside = bytes.iter().all(|&byte| word(byte) || b"-.".contains(&byte));
        let ends = bytes.first().zip(bytes.last());
        let fits =
            inside && bytes.len() <= 128 && ends.is_some_and(|(&first, &last)| word(first) && word(last));
        fits.then(|| Self(text.to_owned()))
    }

    fn path(&self) -> Result<SecretPath, EngineError> {
        SecretPath::parse(format!("{FOLDER}{}", self.0)).map_err(|bad| EngineError::Damaged(bad.to_string()))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of a named key beside its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The type of all its versions.
    pub key_type: KeyType,
    /// The oldest version that is in use; 0 for all of them.
    pub min_enabled_version: u32,
    /// Whether it may be deleted.
    pub deletion_allowed: bool,
    /// Where copies of it go, if its provider copies.
    pub replica_regions: Vec<String>,
}

/// A named key without its material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedKey {
    /// What is known of it.
    pub facts: Facts,
    /// Its versions.
    pub row: SecretRow,
    /// Where it is distributed to.
    pub deliveries: Deliveries,
}

/// What is to change of a named key; `None` leaves a field as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyChange {
    /// Another oldest version in use.
    pub min_enabled_version: Option<u32>,
    /// Whether it may be deleted from now on.
    pub deletion_allowed: Option<bool>,
}

impl Engine {
    /// Makes a named key with one version. Let the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::NameTaken`], and those of [`Engine::add_key`].
    pub async fn create_named_key(
        &self,
        collection: CollectionId,
        name: &KeyName,
        facts: Facts,
    ) -> Result<(), EngineError> {
        let path = name.path()?;
        if self.exists(&*self.collection(collection)?, &path)? {
            return Err(EngineError::NameTaken(name.to_string()));
        }
        let blob = Zeroizing::new(self.make_key(collection, &path, facts.new_key()).await?);
        let annex = annex(collection, &path);
        let stored = rows::encode(&facts)?;
        self.change(collection, &path, Needs::Metadata, |snapshot| {
            if snapshot.row.is_some() {
                return Err(EngineError::NameTaken(name.to_string()));
            }
            let mut row = SecretRow::new(snapshot.now);
            row.settings.max_versions = MAX_MAX_VERSIONS;
            let drop = row.add_version(snapshot.now, row.settings.under(snapshot.defaults));
            let outcome = Outcome::Changed {
                row,
                seal: Some((1, blob.clone())),
                drop,
                also: Batch::new().put(annex.as_slice(), stored.as_slice()),
            };
            Ok((outcome, ()))
        })
        .await
    }

    /// A named key.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`] and those of the store.
    pub fn named_key(&self, collection: &Collection, name: &KeyName) -> Result<NamedKey, EngineError> {
        let path = name.path()?;
        let (metadata, annex) = (
            key::metadata(collection.id(), &path),
            annex(collection.id(), &path),
        );
        let mut rows = self.store.get_many(&[&metadata, &annex])?.into_iter();
        let (row, facts) = (rows.next().flatten(), rows.next().flatten());
        let (row, facts) = row.zip(facts).ok_or(EngineError::SecretNotFound)?;
        let (facts, deliveries) = facts_of(&facts)?;
        Ok(NamedKey {
            facts,
            deliveries,
            row: SecretRow::decode(&row, path.as_str())?,
        })
    }

    /// The names of a collection's keys, in order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn named_keys(&self, collection: &Collection) -> Result<Vec<String>, EngineError> {
        Ok(self.list(collection, FOLDER, None, usize::MAX)?.names)
    }

    /// The public key of a version as PEM (RFC 7468, section 13), as the device vouches for it; `None` for secret keys.
    ///
    /// # Errors
    /// As [`Engine::read`].
    pub async fn public_key(
        &self,
        collection: &Arc<Collection>,
        name: &KeyName,
        number: u32,
    ) -> Result<Option<String>, EngineError> {
        Ok(pem::public_key(&self.spki(collection, name, number).await?))
    }

    /// The public key of a version as SubjectPublicKeyInfo in DER; empty for secret keys.
    pub(in crate::engine) async fn spki(
        &self,
        collection: &Arc<Collection>,
        name: &KeyName,
        number: u32,
    ) -> Result<Vec<u8>, EngineError> {
        let key = self.key(collection, &name.path()?, number).await?;
        Ok(self.describe_key(&key).await?.public_key)
    }

    /// Has the device wrap a version for somebody.
    pub(in crate::engine) async fn wrap_named_key(
        &self,
        collection: &Arc<Collection>,
        name: &KeyName,
        number: u32,
        recipient: Recipient<'_>,
    ) -> Result<Vec<u8>, EngineError> {
        let key = self.key(collection, &name.path()?, number).await?;
        self.wrap(&key, recipient).await
    }

    /// Changes what can be changed of a named key, also at its provider.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::BadChange`] for a version that there is not and while another changes
    /// the key, and those of store and provider.
    pub async fn configure_named_key(
        &self,
        collection: CollectionId,
        name: &KeyName,
        change: KeyChange,
    ) -> Result<(), EngineError> {
        if change == KeyChange::default() {
            return Ok(());
        }
        let _turn = self.turn(collection, name)?;
        self.note_change(collection, name, change).await?;
        self.settle_if_distributed(collection, name).await
    }

    async fn note_change(
        &self,
        collection: CollectionId,
        name: &KeyName,
        change: KeyChange,
    ) -> Result<(), EngineError> {
        let path = name.path()?;
        self.change(collection, &path, Needs::Metadata, |snapshot| {
            let (stored, mut facts, deliveries) = self.facts(collection, &path, snapshot)?;
            let row = snapshot.row.take().ok_or(EngineError::SecretNotFound)?;
            if let Some(least) = change.min_enabled_version {
                if least > row.current {
                    return Err(EngineError::BadChange(format!(
                        "min_enabled_version is {least}, but the latest version is {}",
                        row.current
                    )));
                }
                facts.min_enabled_version = least;
            }
            facts.deletion_allowed = change.deletion_allowed.unwrap_or(facts.deletion_allowed);
            let annex = annex(collection, &path);
            let also = Batch::new()
                .expect(annex.as_slice(), Some(&stored))
                .put(annex, facts_row(&facts, &deliveries)?);
            let outcome = Outcome::Changed {
                row,
                seal: None,
                drop: Vec::new(),
                also,
            };
            Ok((outcome, ()))
        })
        .await
    }

    /// Adds a version to a named key, also at its provider. Of several at once one wins. Where an earlier rotation has not
    /// reached the provider, it is finished instead. Let the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::BadChange`] while another changes the key, [`EngineError::CasMismatch`]
    /// where another daemon did meanwhile, and those of [`Engine::add_key`] and of the provider.
    pub async fn rotate_named_key(
        &self,
        collection: CollectionId,
        name: &KeyName,
    ) -> Result<u32, EngineError> {
        let _turn = self.turn(collection, name)?;
        let home = self.collection(collection)?;
        let key = self.named_key(&home, name)?;
        if let Some(finished) = self.finish_open_rotation(&home, name, &key).await? {
            return Ok(finished);
        }
        let NamedKey { facts, row, .. } = key;
        let terms = Terms {
            cas: Some(Cas(row.current.into())),
            must_exist: true,
            ..Terms::default()
        };
        let written = self
            .add_key(collection, &name.path()?, facts.new_key(), terms)
            .await?;
        self.settle_if_distributed(collection, name).await?;
        Ok(written.version.number)
    }

    /// Removes a named key with all its versions.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::BadChange`] where it may not be deleted, and those of the store.
    pub async fn delete_named_key(
        &self,
        collection: CollectionId,
        name: &KeyName,
    ) -> Result<(), EngineError> {
        let _turn = self.turn(collection, name)?;
        let path = name.path()?;
        self.change(collection, &path, Needs::Metadata, |snapshot| {
            let (stored, facts, deliveries) = self.facts(collection, &path, snapshot)?;
            if let Some(there) = deliveries.current {
                let why = format!("the key is distributed to {}; remove it there first", there.kms);
                return Err(EngineError::BadChange(why));
            }
            if !facts.deletion_allowed {
                let why = "deletion is not allowed for this key; set deletion_allowed to true first";
                return Err(EngineError::BadChange(why.into()));
            }
            let annex = annex(collection, &path);
            let outcome = match removal(snapshot)? {
                Some(Outcome::Removed { versions, also }) => Outcome::Removed {
                    versions,
                    also: also.expect(annex.as_slice(), Some(&stored)).delete(annex),
                },
                _ => return Err(EngineError::SecretNotFound),
            };
            Ok((outcome, ()))
        })
        .await
    }

    /// The facts of the key that a snapshot shows, as stored and read.
    fn facts(
        &self,
        collection: CollectionId,
        path: &SecretPath,
        snapshot: &Snapshot,
    ) -> Result<(Vec<u8>, Facts, Deliveries), EngineError> {
        let stored = self.store.get(&annex(collection, path))?;
        let stored = stored
            .filter(|_| snapshot.row.is_some())
            .ok_or(EngineError::SecretNotFound)?;
        let (facts, deliveries) = facts_of(&stored)?;
        Ok((stored, facts, deliveries))
    }
}

impl Facts {
    /// A version of it: for whatever its type can do with data, and for a provider to have.
    fn new_key(&self) -> NewKey {
        let data = Usages::of(&[Usage::Encrypt, Usage::Decrypt]);
        let all = Usages::of(&[Usage::Sign, Usage::Verify, Usage::Encrypt, Usage::Decrypt]);
        let usages = match self.key_type {
            KeyType::Aes256 => data,
            KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => all,
            KeyType::P256 | KeyType::P384 | KeyType::P521 => Usages::OF_SIGNERS,
            KeyType::Hmac => Usages::OF_CODERS,
        };
        NewKey {
            key_type: self.key_type,
            usages,
            distributable: true,
        }
    }
}

fn annex(collection: CollectionId, path: &SecretPath) -> Vec<u8> {
    key::annex(&key::metadata(collection, path))
}

/// The key of the row with a key's facts.
pub(in crate::engine) fn facts_key(collection: CollectionId, name: &KeyName) -> Result<Vec<u8>, EngineError> {
    Ok(annex(collection, &name.path()?))
}

/// What the row beside a key holds.
pub(in crate::engine) fn facts_of(stored: &[u8]) -> Result<(Facts, Deliveries), EngineError> {
    let (facts, deliveries): (_, Option<Deliveries>) = rows::decode_with(stored, "a key's row")?;
    Ok((facts, deliveries.unwrap_or_default()))
}

/// The row beside a key.
pub(in crate::engine) fn facts_row(facts: &Facts, deliveries: &Deliveries) -> Result<Vec<u8>, EngineError> {
    let ever = (*deliveries != Deliveries::default()).then_some(deliveries);
    rows::encode_with(facts, ever)
}
