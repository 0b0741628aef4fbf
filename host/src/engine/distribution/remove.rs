//! Takes a key away from its provider.

use super::row::Distribution;
use super::settle::{Delivery, parse_name};
use crate::engine::collection::{Collection, CollectionId};
use crate::engine::keys::KeyName;
use crate::engine::{Engine, EngineError};
use crate::kms::{CloudVersion, Found};
use crate::store::commit_anew;
use std::sync::Arc;
use tracing::info;

impl Engine {
    /// Removes a key from its provider; here it stays. From the moment this is written down nothing else can be done with
    /// the key there, and a request that was interrupted is finished by repeating it. Let the future run to its end: see
    /// [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`] where it is not there, [`EngineError::BadChange`] while another changes it, those of
    /// the provider, of device and store.
    pub async fn withdraw(
        &self,
        collection: CollectionId,
        kms: &KeyName,
        name: &KeyName,
    ) -> Result<(), EngineError> {
        let _turn = self.turn(collection, name)?;
        let collection = self.collection(collection)?;
        let standing = self.standing(&collection, name)?;
        if standing.distribution.kms != kms.to_string() {
            return Err(EngineError::SecretNotFound);
        }
        let provider = self.connect_kms(&collection, kms).await?;
        let delivery = Delivery {
            collection: &collection,
            name,
            kms,
            provider: &*provider,
        };
        self.note(&delivery, |distribution| distribution.removing = true)
            .await?;
        self.find_unknown(&delivery).await?;
        self.remove_versions(&delivery).await?;
        self.forget(&collection, kms, name).await?;
        info!(key = %name, %kms, "removed a key from its provider");
        Ok(())
    }

    /// Looks for the versions of which it is not known whether they are there.
    async fn find_unknown(&self, delivery: &Delivery<'_>) -> Result<(), EngineError> {
        let standing = self.standing(delivery.collection, delivery.name)?;
        let others = standing.distribution.ids();
        let unfinished = standing
            .distribution
            .copies
            .iter()
            .filter(|(_, copy)| !copy.imported);
        for (&number, copy) in unfinished {
            let asked = standing.copy(number, copy, &others, &[]);
            delivery.provider.tidy(&asked).await?;
            if copy.id.is_some() {
                continue;
            }
            match delivery.provider.find(&asked).await? {
                Found::Copy(id) | Found::Place(id) => {
                    self.note_copy(delivery, number, |copy| copy.id = Some(id.clone()))
                        .await?;
                }
                Found::Nothing => {}
                Found::Unknown(what) => self.note_leftover(delivery, &what).await?,
            }
        }
        Ok(())
    }

    async fn remove_versions(&self, delivery: &Delivery<'_>) -> Result<(), EngineError> {
        let standing = self.standing(delivery.collection, delivery.name)?;
        let versions = versions(&standing.distribution);
        Ok(delivery.provider.remove(&standing.cloud_key(), &versions).await?)
    }

    /// Writes down that the key is not there any more.
    async fn forget(
        &self,
        collection: &Arc<Collection>,
        kms: &KeyName,
        name: &KeyName,
    ) -> Result<(), EngineError> {
        commit_anew(&*self.store, || async move {
            let provider = self.kms_changed(collection, kms, |row| {
                row.keys.remove(&name.to_string());
            })?;
            let key = self.deliveries_changed(collection, name, |deliveries| {
                deliveries.current = None;
                Ok(())
            })?;
            Ok(provider.and(key))
        })
        .await
    }

    /// Destroys a collection of keys, none of which is at a provider or on its way there. Let the future run to its end:
    /// see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::BadChange`] where a key is, or somebody changes one at this moment; those of
    /// [`Engine::destroy_collection`].
    pub async fn destroy_key_collection(&self, id: CollectionId) -> Result<(), EngineError> {
        let _turn = self.turn_of_all(id)?;
        let distributed = self.distributed_keys(&*self.collection(id)?)?;
        if !distributed.is_empty() {
            return Err(EngineError::BadChange(format!(
                "keys are still distributed to providers; remove them first: {}",
                distributed.join(", ")
            )));
        }
        self.destroy_collection(id).await
    }

    /// Names of keys of a collection that are at a provider, each with the provider.
    fn distributed_keys(&self, collection: &Collection) -> Result<Vec<String>, EngineError> {
        let mut found = Vec::new();
        for kms in self.kms_names(collection)? {
            let row = self.kms(collection, &parse_name(&kms)?)?;
            found.extend(row.keys.into_iter().map(|key| format!("{key} (at {kms})")));
        }
        Ok(found)
    }
}

fn versions(distribution: &Distribution) -> Vec<CloudVersion<'_>> {
    let copies = distribution.copies.values();
    let there = copies.filter_map(|copy| {
        Some(CloudVersion {
            id: copy.id.as_deref()?,
            regions: copy.regions.keys().map(String::as_str).collect(),
        })
    });
    there.collect()
}
