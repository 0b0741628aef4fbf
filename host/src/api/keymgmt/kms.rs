//! Providers: create, list, read, delete.

use super::show::{KmsShown, shown};
use super::{Call, mounts};
use crate::api::vault::{self, Fault, Fields, Response, no_content};
use crate::auth::Capability;
use crate::engine::EngineError;
use crate::engine::distribution::{Kms, NewKms};
use crate::engine::keys::KeyName;
use crate::kms::{Credentials, ProviderKind};
use zeroize::Zeroizing;

impl Call<'_> {
    pub(super) fn list_kms(&self) -> Result<Response, Fault> {
        self.authorise(Capability::List, "kms")?;
        vault::names(&self.app.engine.kms_names(self.existing()?)?)
    }

    /// What could not be cleaned up, and what is not finished, stands beside what Vault shows, where there is any.
    pub(super) fn read_kms(&self, name: &KeyName) -> Result<Response, Fault> {
        self.authorise(Capability::Read, &format!("kms/{name}"))?;
        let kms = self.app.engine.kms(self.existing()?, name)?;
        let unfinished = self.app.engine.unsettled_keys(self.existing()?, &kms)?;
        Ok(shown(&KmsShown::of(name, kms, unfinished)))
    }

    pub(super) async fn write_kms(&self, name: &KeyName) -> Result<Response, Fault> {
        let capability = match self.known_kms(name)? {
            None => Capability::Create,
            Some(_) => Capability::Update,
        };
        self.authorise(capability, &format!("kms/{name}"))?;
        let new = parse(&self.fields()?)?;
        let collection = match &self.collection {
            Some(collection) => collection.id(),
            None => mounts::make(self.app, &self.mount, None).await?.id(),
        };
        let (engine, name) = (self.app.engine.clone(), name.clone());
        self.app
            .finished(async move { engine.put_kms(collection, &name, new).await })
            .await?;
        Ok(no_content())
    }

    pub(super) async fn delete_kms(&self, name: &KeyName) -> Result<Response, Fault> {
        self.authorise(Capability::Delete, &format!("kms/{name}"))?;
        let (engine, name, collection) = (self.app.engine.clone(), name.clone(), self.existing()?.id());
        self.app
            .finished(async move { engine.delete_kms(collection, &name).await })
            .await?;
        Ok(no_content())
    }

    fn known_kms(&self, name: &KeyName) -> Result<Option<Kms>, Fault> {
        let Some(collection) = &self.collection else {
            return Ok(None);
        };
        match self.app.engine.kms(collection, name) {
            Err(EngineError::SecretNotFound) => Ok(None),
            known => Ok(Some(known?)),
        }
    }
}

fn parse(fields: &Fields) -> Result<NewKms, Fault> {
    let kind = fields.text("provider")?.map(|name| {
        let known = ProviderKind::ALL.map(ProviderKind::name).join(", ");
        let unknown = || Fault::bad_request(format!("unsupported provider {name:?}; it can be {known}"));
        ProviderKind::parse(&name).ok_or_else(unknown)
    });
    let credentials = fields.pairs("credentials")?.map(|pairs| {
        let mut credentials = Credentials::default();
        for (name, value) in pairs {
            credentials.set(&name, &Zeroizing::new(value));
        }
        credentials
    });
    Ok(NewKms {
        kind: kind.transpose()?,
        key_collection: fields.text("key_collection")?.filter(|text| !text.is_empty()),
        credentials,
    })
}
