//! Keys at providers: distribute, list, read, remove, replicate.

use super::show::{DistributionShown, shown};
use super::{Call, key_types};
use crate::api::vault::{self, Fault, Response, no_content};
use crate::auth::Capability;
use crate::engine::EngineError;
use crate::engine::distribution::Wish;
use crate::engine::keys::KeyName;
use crate::kms::{Protection, Purpose, Purposes};

impl Call<'_> {
    /// The providers of a key: there is one at most.
    pub(super) fn list_kms_of_key(&self, name: &KeyName) -> Result<Response, Fault> {
        self.authorise(Capability::List, &format!("key/{name}/kms"))?;
        let key = self.app.engine.named_key(self.existing()?, name)?;
        let there: Vec<String> = key
            .deliveries
            .current
            .into_iter()
            .map(|there| there.kms)
            .collect();
        vault::names(&there)
    }

    pub(super) fn list_keys_of_kms(&self, kms: &KeyName) -> Result<Response, Fault> {
        self.authorise(Capability::List, &format!("kms/{kms}/key"))?;
        let row = self.app.engine.kms(self.existing()?, kms)?;
        vault::names(&row.keys.into_iter().collect::<Vec<_>>())
    }

    pub(super) fn read_distribution(&self, kms: &KeyName, name: &KeyName) -> Result<Response, Fault> {
        self.authorise(Capability::Read, &format!("kms/{kms}/key/{name}"))?;
        let key = self.app.engine.named_key(self.existing()?, name)?;
        let there = key
            .deliveries
            .current
            .filter(|there| there.kms == kms.to_string());
        let there = there.ok_or_else(Fault::not_found)?;
        let versions = there.copies.iter().filter(|(_, copy)| copy.imported);
        let versions = versions.filter_map(|(number, copy)| Some((*number, copy.id.clone()?)));
        Ok(shown(&DistributionShown {
            versions: versions.collect(),
            purpose: there.purposes.to_string(),
            protection: there.protection.name(),
            distribution_time: there.time.to_string(),
            name: there.name,
        }))
    }

    pub(super) async fn distribute(&self, kms: &KeyName, name: &KeyName) -> Result<Response, Fault> {
        self.authorise(Capability::Update, &format!("kms/{kms}/key/{name}"))?;
        let fields = self.fields()?;
        let purposes = fields.list("purpose")?.unwrap_or_default();
        let protection = fields.text("protection")?.unwrap_or_else(|| "hsm".into());
        let wish = Wish {
            purposes: self::purposes(&purposes)?,
            protection: self::protection(&protection)?,
        };
        let collection = self.existing()?.clone();
        let key = self.app.engine.named_key(&collection, name);
        let key = key.map_err(|error| missing(error, &format!("key {name}")))?;
        let known = self.app.engine.kms(&collection, kms);
        known.map_err(|error| missing(error, &format!("provider {kms}")))?;
        let type_name = key_types::name(key.facts.key_type);
        let (engine, kms, name) = (self.app.engine.clone(), kms.clone(), name.clone());
        let distribute = async move {
            let key = (&name, type_name);
            engine.distribute(collection.id(), &kms, key, wish).await
        };
        self.app.finished(distribute).await?;
        Ok(no_content())
    }

    pub(super) async fn withdraw(&self, kms: &KeyName, name: &KeyName) -> Result<Response, Fault> {
        self.authorise(Capability::Delete, &format!("kms/{kms}/key/{name}"))?;
        let collection = self.existing()?.id();
        let (engine, kms, name) = (self.app.engine.clone(), kms.clone(), name.clone());
        self.app
            .finished(async move { engine.withdraw(collection, &kms, &name).await })
            .await?;
        Ok(no_content())
    }

    pub(super) async fn replicate(&self, kms: &KeyName, name: &KeyName) -> Result<Response, Fault> {
        self.authorise(Capability::Update, &format!("kms/{kms}/key/{name}/replicate"))?;
        let collection = self.existing()?.id();
        let (engine, kms, name) = (self.app.engine.clone(), kms.clone(), name.clone());
        self.app
            .finished(async move { engine.replicate(collection, &kms, &name).await })
            .await?;
        Ok(no_content())
    }
}

fn purposes(names: &[String]) -> Result<Purposes, Fault> {
    let known = Purpose::ALL.map(Purpose::name).join(", ");
    let purposes = names.iter().map(|name| {
        let unknown = || Fault::bad_request(format!("unsupported purpose {name:?}; it can be {known}"));
        Purpose::parse(name).ok_or_else(unknown)
    });
    purposes.collect()
}

fn protection(name: &str) -> Result<Protection, Fault> {
    let unknown = || {
        Fault::bad_request(format!(
            "unsupported protection {name:?}; it can be hsm or software"
        ))
    };
    Protection::parse(name).ok_or_else(unknown)
}

/// Tells what there is not: of two names in the path one may be wrong.
fn missing(error: EngineError, what: &str) -> Fault {
    match error {
        EngineError::SecretNotFound => Fault::bad_request(format!("there is no {what}")),
        error => error.into(),
    }
}
