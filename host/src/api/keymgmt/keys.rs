//! Keys: create, list, read, configure, rotate, delete.

use super::show::{KeyShown, KeyVersion, shown};
use super::{Call, key_types, mounts};
use crate::api::vault::{self, Fault, Fields, Response, no_content};
use crate::auth::Capability;
use crate::engine::EngineError;
use crate::engine::collection::CollectionId;
use crate::engine::keys::{Facts, KeyChange, KeyName, NamedKey};
use std::collections::BTreeMap;

const DEFAULT_TYPE: &str = "rsa-2048";

impl Call<'_> {
    pub(super) fn list_keys(&self) -> Result<Response, Fault> {
        self.authorise(Capability::List, "key")?;
        vault::names(&self.app.engine.named_keys(self.existing()?)?)
    }

    pub(super) async fn read_key(&self, name: &KeyName) -> Result<Response, Fault> {
        self.authorise(Capability::Read, &format!("key/{name}"))?;
        let NamedKey { facts, row, .. } = self.app.engine.named_key(self.existing()?, name)?;
        let mut versions = BTreeMap::new();
        for version in &row.versions {
            // As Vault: those that are switched off are not shown.
            if version.number < facts.min_enabled_version {
                continue;
            }
            let public = self
                .app
                .engine
                .public_key(self.existing()?, name, version.number)
                .await?;
            let shown = KeyVersion {
                creation_time: version.created.to_string(),
                public_key: public,
            };
            versions.insert(version.number, shown);
        }
        Ok(shown(&KeyShown::of(name, facts, row.current, versions)))
    }

    /// Makes a key, or configures the one that there is.
    pub(super) async fn write_key(&self, name: &KeyName) -> Result<Response, Fault> {
        let known = self.known(name)?;
        let capability = match known {
            None => Capability::Create,
            Some(_) => Capability::Update,
        };
        self.authorise(capability, &format!("key/{name}"))?;
        let fields = self.fields()?;
        let change = change(&fields)?;
        if let Some(known) = known {
            refuse_other_type(&fields, &known.facts)?;
            refuse_other_regions(&fields, &known.facts)?;
            self.configure_key(self.existing()?.id(), name, change).await?;
        } else {
            self.create_key(name, &fields, change).await?;
        }
        Ok(no_content())
    }

    /// The key with this name, if there is one.
    fn known(&self, name: &KeyName) -> Result<Option<NamedKey>, Fault> {
        let Some(collection) = &self.collection else {
            return Ok(None);
        };
        match self.app.engine.named_key(collection, name) {
            Err(EngineError::SecretNotFound) => Ok(None),
            known => Ok(Some(known?)),
        }
    }

    /// Makes a key; one that somebody else makes meanwhile is configured instead, as if it had been there before.
    async fn create_key(&self, name: &KeyName, fields: &Fields, change: KeyChange) -> Result<(), Fault> {
        let key_type = fields.text("type")?.unwrap_or_else(|| DEFAULT_TYPE.into());
        if change.min_enabled_version.is_some_and(|least| least > 1) {
            return Err(Fault::bad_request("a new key has one version, number 1"));
        }
        let facts = Facts {
            key_type: key_types::parse(&key_type)?,
            min_enabled_version: 1,
            deletion_allowed: change.deletion_allowed.unwrap_or(false),
            replica_regions: fields.list("replica_regions")?.unwrap_or_default(),
        };
        let collection = match &self.collection {
            Some(collection) => collection.id(),
            None => mounts::make(self.app, &self.mount, None).await?.id(),
        };
        let (engine, new) = (self.app.engine.clone(), name.clone());
        let create = async move { engine.create_named_key(collection, &new, facts).await };
        match self.app.finished(create).await {
            Err(EngineError::NameTaken(_)) => {
                let made = self.app.engine.collection(collection)?;
                refuse_other_type(fields, &self.app.engine.named_key(&made, name)?.facts)?;
                self.configure_key(collection, name, change).await
            }
            created => Ok(created?),
        }
    }

    async fn configure_key(
        &self,
        collection: CollectionId,
        name: &KeyName,
        change: KeyChange,
    ) -> Result<(), Fault> {
        let (engine, name) = (self.app.engine.clone(), name.clone());
        let configure = async move { engine.configure_named_key(collection, &name, change).await };
        Ok(self.app.finished(configure).await?)
    }

    pub(super) async fn rotate_key(&self, name: &KeyName) -> Result<Response, Fault> {
        self.authorise(Capability::Update, &format!("key/{name}/rotate"))?;
        let (engine, name, collection) = (self.app.engine.clone(), name.clone(), self.existing()?.id());
        let rotate = async move { engine.rotate_named_key(collection, &name).await };
        match self.app.finished(rotate).await {
            Err(EngineError::CasMismatch) => Err(Fault::bad_request(
                "somebody else has rotated or deleted this key meanwhile; nothing was changed",
            )),
            rotated => {
                rotated?;
                Ok(no_content())
            }
        }
    }

    pub(super) async fn delete_key(&self, name: &KeyName) -> Result<Response, Fault> {
        self.authorise(Capability::Delete, &format!("key/{name}"))?;
        let (engine, name, collection) = (self.app.engine.clone(), name.clone(), self.existing()?.id());
        let delete = async move { engine.delete_named_key(collection, &name).await };
        self.app.finished(delete).await?;
        Ok(no_content())
    }
}

fn change(fields: &Fields) -> Result<KeyChange, Fault> {
    let least = fields.number("min_enabled_version")?;
    let least = least.map(|least| {
        u32::try_from(least).map_err(|_| Fault::bad_request("min_enabled_version is no version's number"))
    });
    Ok(KeyChange {
        min_enabled_version: least.transpose()?,
        deletion_allowed: fields.flag("deletion_allowed")?,
    })
}

/// What was fixed when the key was made must not be said otherwise.
fn refuse_other_type(fields: &Fields, known: &Facts) -> Result<(), Fault> {
    let own = key_types::name(known.key_type);
    match fields.text("type")? {
        Some(other) if other != own => Err(Fault::bad_request(format!(
            "the key's type is {own} and can't be changed to {other}"
        ))),
        _ => Ok(()),
    }
}

fn refuse_other_regions(fields: &Fields, known: &Facts) -> Result<(), Fault> {
    match fields.list("replica_regions")? {
        Some(other) if other != known.replica_regions => Err(Fault::bad_request(format!(
            "the key's replica_regions are {:?} and can't be changed",
            known.replica_regions
        ))),
        _ => Ok(()),
    }
}
