//! Public authorities: accounts at ACME servers.

use super::Described;
use crate::api::ibm::Call;
use crate::api::ibm::body::{invalid, missing};
use crate::api::vault::Fault;
use crate::engine::configurations::{Config, ConfigKind};
use crate::engine::orders::PublicAuthority;
use serde_json::{Value, json};
use zeroize::Zeroizing;

impl Call<'_> {
    /// Makes a configuration; one that is there is replaced where no secret is ordered by it.
    pub(super) async fn write_public_authority(&self, new: Described) -> Result<Value, Fault> {
        let Described {
            name,
            said,
            fields,
            exists,
        } = new;
        let directory = self.app.ibm.acme.get(&said).cloned().ok_or_else(|| {
            let known: Vec<_> = self.app.ibm.acme.keys().map(String::as_str).collect();
            invalid("type", &format!("one of {}", known.join(", ")))
        })?;
        let key = fields.text("private_key")?.map(Zeroizing::new);
        let key = key.ok_or_else(|| missing("config.private_key"))?;
        let there = self
            .app
            .engine
            .config::<PublicAuthority>(ConfigKind::PublicAuthority, &name);
        let replaces = match there {
            Ok(_) => true,
            Err(error) if exists => return Err(error.into()),
            Err(_) => false,
        };
        let (engine, collection) = (self.app.engine.clone(), self.instance.id());
        let writing = async move {
            if replaces {
                engine.remove_public_authority(&name).await?;
            }
            engine
                .make_public_authority(collection, &name, (said, directory), &key)
                .await
        };
        Ok(shown(&self.app.finished(writing).await?))
    }
}

/// The key is in the device: its public half's hash stands for it.
pub(super) fn shown(config: &Config<PublicAuthority>) -> Value {
    json!({"private_key": format!("sha256:{}", config.facts.fingerprint)})
}
