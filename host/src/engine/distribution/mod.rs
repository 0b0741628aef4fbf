//! Keys at providers: distribute, rotate, switch off, replicate, remove.
//!
//! What is wanted is written down before a provider is asked for anything, and each step after it was done
//! ([`settle`]): a distribution that was interrupted anywhere is finished by repeating the request, and nothing comes into
//! being at a provider that is not recorded here. One request at a time changes a key ([`turns`]); others are told so.
//!
//! A rotation makes the version here first. Where the provider fails then, the new version stands here alone until the
//! rotation, or any other change, is asked for again; a repeated rotation finishes the open one and makes no further
//! version.

mod credentials;
mod note;
mod provider;
mod remove;
mod row;
mod seconds;
mod settle;
mod turns;

pub use provider::NewKms;
pub use row::{CloudCopy, Deliveries, Distribution, Kms, Leftover};
pub(super) use seconds::Seconds;
pub(super) use turns::Turns;

use super::collection::{Collection, CollectionId};
use super::keys::{KeyName, NamedKey};
use super::{Engine, EngineError};
use crate::engine::clock::Time;
use crate::kms::{self, KmsSettings, Protection, ProviderKind, Purposes};
use crate::store::Batch;
use settle::parse_name;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a key is to be at a provider; fixed once it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What for.
    pub purposes: Purposes,
    /// Where operations with it are to be done.
    pub protection: Protection,
}

impl Engine {
    /// With what of this machine providers may use.
    #[must_use]
    pub fn with_kms_settings(self, settings: KmsSettings) -> Self {
        Self {
            kms_settings: settings,
            ..self
        }
    }

    /// Distributes a key with all its versions, or finishes a distribution that was interrupted. `type_name`: what the API
    /// calls the key's type, for errors. Let the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`] for an unknown key or provider; [`EngineError::BadChange`] for what the provider does
    /// not take, for a key that is elsewhere or there otherwise, and while another changes it; those of the provider, of
    /// device and store.
    pub async fn distribute(
        &self,
        collection: CollectionId,
        kms: &KeyName,
        (name, type_name): (&KeyName, &str),
        wish: Wish,
    ) -> Result<(), EngineError> {
        let _turn = self.turn(collection, name)?;
        let collection = self.collection(collection)?;
        let key = self.named_key(&collection, name)?;
        let row = self.kms(&collection, kms)?;
        match &key.deliveries.current {
            Some(known) => check_same(known, kms, &wish)?,
            None => {
                let key_type = (key.facts.key_type, type_name);
                kms::check(row.kind, key_type, &wish.purposes, wish.protection)
                    .map_err(EngineError::BadChange)?;
                self.begin(&collection, kms, name, wish).await?;
            }
        }
        self.settle(&collection, name).await
    }

    /// Writes down that a key is to be at a provider.
    async fn begin(
        &self,
        collection: &Arc<Collection>,
        kms: &KeyName,
        name: &KeyName,
        wish: Wish,
    ) -> Result<(), EngineError> {
        let key = self.named_key(collection, name)?;
        let now = self.now().as_nanos().div_euclid(1_000_000_000);
        let seconds = self.seconds.take(name, key.deliveries.next_seconds(now), now);
        let new = Distribution {
            kms: kms.to_string(),
            name: format!("{name}-{seconds}"),
            time: self
                .now()
                .max(Time::from_nanos(seconds.saturating_mul(1_000_000_000))),
            purposes: wish.purposes,
            protection: wish.protection,
            copies: BTreeMap::new(),
            published: 0,
            complete: false,
            removing: false,
            replicated: false,
        };
        let provider = self.connect_kms(collection, kms).await?;
        provider.check_name(&new.name)?;
        let also = self.kms_changed(collection, kms, |row| {
            row.keys.insert(name.to_string());
        })?;
        self.note_deliveries(collection, name, also, |deliveries| {
            deliveries.current = Some(new.clone());
            deliveries.last = seconds;
            Ok(())
        })
        .await
    }

    /// Makes copies of a key in its other regions, now and for each version to come. Let the future run to its end: see
    /// [`Engine::configure`].
    ///
    /// # Errors
    /// As [`Engine::distribute`].
    pub async fn replicate(
        &self,
        collection: CollectionId,
        kms: &KeyName,
        name: &KeyName,
    ) -> Result<(), EngineError> {
        let _turn = self.turn(collection, name)?;
        let collection = self.collection(collection)?;
        let settle::Standing { key, distribution } = self.standing(&collection, name)?;
        if distribution.kms != kms.to_string() {
            return Err(EngineError::SecretNotFound);
        }
        refuse_removing(&distribution)?;
        let bad = |why: String| Err(EngineError::BadChange(why));
        if self.kms(&collection, kms)?.kind != ProviderKind::AwsKms {
            return bad("only keys in AWS KMS are replicated".into());
        }
        if key.facts.replica_regions.is_empty() {
            return bad(format!(
                "key {:?} does not have replica_regions",
                name.to_string()
            ));
        }
        self.note_deliveries(&collection, name, Batch::new(), |deliveries| {
            if let Some(current) = &mut deliveries.current {
                current.replicated = true;
            }
            Ok(())
        })
        .await?;
        self.settle(&collection, name).await
    }

    /// The keys of a provider of which not all is there, or that are being removed.
    ///
    /// # Errors
    /// Those of the store.
    pub fn unsettled_keys(&self, collection: &Collection, kms: &Kms) -> Result<Vec<String>, EngineError> {
        let mut unsettled = Vec::new();
        for name in &kms.keys {
            let key = self.named_key(collection, &parse_name(name)?)?;
            let current = key.deliveries.current.as_ref();
            if !current.is_some_and(|there| there.is_settled(&key, &kms.key_collection)) {
                unsettled.push(name.clone());
            }
        }
        Ok(unsettled)
    }

    /// Before a key is rotated: finishes what is open. Answers the version of a rotation that has thereby been finished.
    pub(super) async fn finish_open_rotation(
        &self,
        collection: &Arc<Collection>,
        name: &KeyName,
        key: &NamedKey,
    ) -> Result<Option<u32>, EngineError> {
        let Some(distribution) = &key.deliveries.current else {
            return Ok(None);
        };
        refuse_removing(distribution)?;
        let open = distribution.has_open_rotation(key);
        self.settle(collection, name).await?;
        Ok(open.then_some(key.row.current))
    }

    /// After a key was changed here: brings the change to its provider, if it is at one and not being removed.
    pub(super) async fn settle_if_distributed(
        &self,
        collection: CollectionId,
        name: &KeyName,
    ) -> Result<(), EngineError> {
        let collection = self.collection(collection)?;
        match self.named_key(&collection, name)?.deliveries.current {
            Some(distribution) if !distribution.removing => self.settle(&collection, name).await,
            _ => Ok(()),
        }
    }
}

fn refuse_removing(distribution: &Distribution) -> Result<(), EngineError> {
    match distribution.removing {
        true => Err(EngineError::BadChange(format!(
            "the key is being removed from {}; repeat its removal first",
            distribution.kms
        ))),
        false => Ok(()),
    }
}

fn check_same(known: &Distribution, kms: &KeyName, wish: &Wish) -> Result<(), EngineError> {
    refuse_removing(known)?;
    let bad = |why: String| Err(EngineError::BadChange(why));
    if known.kms != kms.to_string() {
        return bad(format!(
            "the key is distributed to {} already; remove it there first",
            known.kms
        ));
    }
    if known.purposes != wish.purposes || known.protection != wish.protection {
        return bad(format!(
            "the key is there with purpose {} and protection {}, which can't be changed; remove it first",
            known.purposes,
            known.protection.name()
        ));
    }
    Ok(())
}
