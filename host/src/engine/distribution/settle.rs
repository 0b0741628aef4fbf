//! Makes a provider have what is written down: one small step after the other, each written down before the next, so that
//! whatever is interrupted goes on where it stopped.

use super::row::{CloudCopy, Distribution};
use crate::engine::collection::Collection;
use crate::engine::keys::{KeyName, NamedKey};
use crate::engine::{Engine, EngineError};
use crate::hsm::{ErrorKind, HsmError};
use crate::kms::{CloudKey, Found, ImportKey, KmsError, NewCopy, Provider, Wrapping};
use casemate_common::command::Recipient;
use std::sync::Arc;
use tracing::{info, warn};

/// A key on its way, and the provider that it is brought to.
pub(super) struct Delivery<'a> {
    pub(super) collection: &'a Arc<Collection>,
    pub(super) name: &'a KeyName,
    pub(super) kms: &'a KeyName,
    pub(super) provider: &'a dyn Provider,
}

/// A key and where it is; read anew for each step.
pub(super) struct Standing {
    pub(super) key: NamedKey,
    pub(super) distribution: Distribution,
}

impl Standing {
    pub(super) fn cloud_key(&self) -> CloudKey<'_> {
        CloudKey {
            name: &self.distribution.name,
            key_type: self.key.facts.key_type,
            purposes: &self.distribution.purposes,
            protection: self.distribution.protection,
            multi_region: !self.key.facts.replica_regions.is_empty(),
        }
    }

    /// A version that is to be at the provider. `others`: [`Distribution::ids`].
    pub(super) fn copy<'a>(
        &'a self,
        version: u32,
        copy: &'a CloudCopy,
        others: &'a [String],
        public_key: &'a [u8],
    ) -> NewCopy<'a> {
        NewCopy {
            key: self.cloud_key(),
            version,
            attempt: copy.attempt,
            id: copy.id.as_deref(),
            others,
            public_key,
        }
    }
}

impl Engine {
    /// Brings to its provider what is not there yet of a key.
    pub(super) async fn settle(
        &self,
        collection: &Arc<Collection>,
        name: &KeyName,
    ) -> Result<(), EngineError> {
        let Standing { key, distribution } = self.standing(collection, name)?;
        let kms = parse_name(&distribution.kms)?;
        let region = self.kms(collection, &kms)?.key_collection;
        if distribution.is_settled(&key, &region) {
            return Ok(());
        }
        let provider = self.connect_kms(collection, &kms).await?;
        let delivery = Delivery {
            collection,
            name,
            kms: &kms,
            provider: &*provider,
        };
        for version in &key.row.versions {
            self.bring(&delivery, version.number).await?;
        }
        self.publish(&delivery).await?;
        self.switch(&delivery).await?;
        self.replicate_to(&delivery, &distribution.wanted_regions(&key, &region))
            .await?;
        self.note(&delivery, |distribution| distribution.complete = true)
            .await
    }

    /// A key that is, or is to be, at a provider.
    pub(super) fn standing(&self, collection: &Collection, name: &KeyName) -> Result<Standing, EngineError> {
        let key = self.named_key(collection, name)?;
        let distribution = key.deliveries.current.clone();
        Ok(Standing {
            distribution: distribution.ok_or(EngineError::SecretNotFound)?,
            key,
        })
    }

    /// Brings one version.
    async fn bring(&self, delivery: &Delivery<'_>, number: u32) -> Result<(), EngineError> {
        let standing = self.standing(delivery.collection, delivery.name)?;
        match standing.distribution.copies.get(&number) {
            Some(copy) if copy.imported => return Ok(()),
            Some(_) => self.look_for(delivery, number).await?,
            None => {
                let new = CloudCopy::new();
                self.note_copy(delivery, number, |copy| *copy = new.clone())
                    .await?;
            }
        }
        self.prepare(delivery, number).await?;
        let id = self.import(delivery, number).await?;
        info!(key = %delivery.name, version = number, kms = %delivery.kms, %id, "distributed a version of a key");
        Ok(())
    }

    /// Looks for what an interrupted attempt has left.
    async fn look_for(&self, delivery: &Delivery<'_>, number: u32) -> Result<(), EngineError> {
        let standing = self.standing(delivery.collection, delivery.name)?;
        let Some(copy) = standing.distribution.copies.get(&number) else {
            return Ok(());
        };
        if copy.id.is_some() {
            return Ok(());
        }
        let others = standing.distribution.ids();
        let asked = standing.copy(number, copy, &others, &[]);
        match delivery.provider.find(&asked).await? {
            Found::Nothing => Ok(()),
            Found::Place(id) => {
                self.note_copy(delivery, number, |copy| copy.id = Some(id.clone()))
                    .await
            }
            Found::Copy(id) => {
                self.tidy(delivery, &asked).await?;
                self.note_imported(delivery, number, &id).await
            }
            Found::Unknown(what) => {
                self.note_leftover(delivery, &what).await?;
                let new = CloudCopy::new();
                self.note_copy(delivery, number, |copy| *copy = new.clone()).await
            }
        }
    }

    /// Makes the place for a version, unless there is one.
    async fn prepare(&self, delivery: &Delivery<'_>, number: u32) -> Result<(), EngineError> {
        let standing = self.standing(delivery.collection, delivery.name)?;
        let copies = &standing.distribution.copies;
        let Some(copy) = copies.get(&number).filter(|copy| copy.id.is_none()) else {
            return Ok(());
        };
        let others = standing.distribution.ids();
        match delivery
            .provider
            .prepare(&standing.copy(number, copy, &others, &[]))
            .await
        {
            Ok(None) => Ok(()),
            Ok(id) => {
                self.note_copy(delivery, number, |copy| copy.id.clone_from(&id))
                    .await
            }
            Err(error) => {
                if error.is_certain() {
                    // Nothing was made, so nothing need be looked for.
                    self.note(delivery, |distribution| {
                        distribution.copies.remove(&number);
                    })
                    .await?;
                }
                Err(error.into())
            }
        }
    }

    /// Wraps a version and puts it into its place; answers what the provider calls it.
    async fn import(&self, delivery: &Delivery<'_>, number: u32) -> Result<String, EngineError> {
        let standing = self.standing(delivery.collection, delivery.name)?;
        let copies = &standing.distribution.copies;
        let copy = copies.get(&number).ok_or(EngineError::VersionNotFound)?;
        if let (true, Some(id)) = (copy.imported, &copy.id) {
            return Ok(id.clone());
        }
        let others = standing.distribution.ids();
        let public = self.spki(delivery.collection, delivery.name, number).await?;
        let asked = standing.copy(number, copy, &others, &public);
        let outcome = self.wrap_and_import(delivery, delivery.provider, &asked).await;
        self.tidy(delivery, &asked).await?;
        let id = outcome?;
        self.note_imported(delivery, number, &id).await?;
        Ok(id)
    }

    /// Removes what only the import needed, or writes down that it stays.
    async fn tidy(&self, delivery: &Delivery<'_>, asked: &NewCopy<'_>) -> Result<(), EngineError> {
        let Err(error) = delivery.provider.tidy(asked).await else {
            return Ok(());
        };
        warn!(key = %delivery.name, %error, "can't remove what an import needed");
        let what = format!("the import key of attempt {} ({error})", asked.attempt.simple());
        self.note_leftover(delivery, &what).await
    }

    /// Has the device wrap a version for a provider's import key, and imports it.
    async fn wrap_and_import(
        &self,
        delivery: &Delivery<'_>,
        provider: &dyn Provider,
        copy: &NewCopy<'_>,
    ) -> Result<String, EngineError> {
        let import_key = provider.import_key(copy).await?;
        let recipient = recipient(&import_key);
        let wrapped = self
            .wrap_named_key(delivery.collection, delivery.name, copy.version, recipient)
            .await
            .map_err(explained)?;
        Ok(provider.import(copy, &import_key, &wrapped).await?)
    }

    /// Lets the name stand for the newest version.
    async fn publish(&self, delivery: &Delivery<'_>) -> Result<(), EngineError> {
        let standing = self.standing(delivery.collection, delivery.name)?;
        let current = standing.key.row.current;
        if standing.distribution.published == current {
            return Ok(());
        }
        let copy = standing.distribution.copies.get(&current);
        let id = copy.and_then(|copy| copy.id.as_deref());
        let id = id.ok_or(EngineError::VersionNotFound)?;
        delivery.provider.publish(&standing.cloud_key(), id).await?;
        self.note(delivery, |distribution| distribution.published = current)
            .await
    }

    /// Switches versions on and off as the key says.
    async fn switch(&self, delivery: &Delivery<'_>) -> Result<(), EngineError> {
        let standing = self.standing(delivery.collection, delivery.name)?;
        for (number, copy) in &standing.distribution.copies {
            let wanted = *number >= standing.key.facts.min_enabled_version;
            let (Some(id), false) = (&copy.id, copy.enabled == wanted) else {
                continue;
            };
            let key = standing.cloud_key();
            delivery.provider.set_enabled(&key, id, wanted).await?;
            self.note_copy(delivery, *number, |copy| copy.enabled = wanted)
                .await?;
        }
        Ok(())
    }

    /// Makes copies of all versions in other regions.
    async fn replicate_to(&self, delivery: &Delivery<'_>, regions: &[&str]) -> Result<(), EngineError> {
        let standing = self.standing(delivery.collection, delivery.name)?;
        for (number, copy) in &standing.distribution.copies {
            let Some(id) = &copy.id else { continue };
            for region in regions.iter().filter(|region| !copy.is_in(region)) {
                // Written down first: what is removed is removed there too, whether or not it has come into being.
                self.note_region(delivery, *number, region, false).await?;
                let replica = delivery.provider.replicate(id, region).await?;
                let asked = standing.copy(*number, copy, &[], &[]);
                self.wrap_and_import(delivery, &*replica, &asked).await?;
                self.note_region(delivery, *number, region, true).await?;
            }
        }
        Ok(())
    }
}

fn recipient(key: &ImportKey) -> Recipient<'_> {
    let public = &key.public;
    match key.wrapping {
        Wrapping::Oaep(hash) => Recipient::Oaep { hash, public },
        Wrapping::RsaAes(hash) => Recipient::RsaAes { hash, public },
    }
}

/// The device's refusal to let a key leave, with how to mend it.
fn explained(error: EngineError) -> EngineError {
    match error {
        EngineError::Hsm(error) if error.kind() == ErrorKind::Forbidden => forbidden(&error),
        error => error,
    }
}

fn forbidden(error: &HsmError) -> EngineError {
    EngineError::BadChange(format!(
        "{error}: providers make a new import key for each key, so only the policy `any` allows distribution; an officer \
         sets it with `casemate device key policy any`"
    ))
}

/// A name that was checked when it was stored.
pub(super) fn parse_name(name: &str) -> Result<KeyName, EngineError> {
    KeyName::parse(name).ok_or_else(|| EngineError::Damaged(format!("{name:?} is no name")))
}

impl From<KmsError> for EngineError {
    fn from(error: KmsError) -> Self {
        match error {
            KmsError::Configuration(why) => Self::BadChange(why),
            KmsError::Device(error) => Self::Hsm(error),
            error => Self::Kms(error),
        }
    }
}
