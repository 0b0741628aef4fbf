//! Where records are made that prove names, so that nobody has to make them.

use super::begin::MANUAL;
use super::{PublicTerms, Record};
use crate::dns::{DnsError, DnsService, NameServer, Txt};
use crate::engine::collection::CollectionId;
use crate::engine::configurations::{Config, ConfigKind};
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use crate::store::Batch;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The settings of a DNS provider. Its credential is sealed beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsProvider {
    /// What the API calls it.
    pub kind: String,
    /// Which service, and where.
    pub service: DnsService,
    /// How long a record takes until all name servers of the zone have it.
    pub propagation: Span,
    /// Whether it has a credential of its own; else it is asked with what issuers are asked with.
    pub credential: bool,
}

/// A provider that can be asked.
pub(super) struct Provider {
    server: Box<dyn NameServer>,
    pub(super) propagation: Span,
}

impl Engine {
    /// Makes a configuration of a DNS provider, or sets it anew; without a credential the one that is there stays. Let
    /// the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::BadChange`] for the name `manual`, and those of [`Engine::make_config`] and
    /// [`Engine::replace_config`].
    pub async fn set_dns_provider(
        &self,
        collection: CollectionId,
        name: &str,
        mut provider: DnsProvider,
        credential: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Config<DnsProvider>, EngineError> {
        if name == MANUAL {
            let why = "manual is what secrets say whose records a user makes; choose another name";
            return Err(EngineError::BadChange(why.into()));
        }
        let config = (ConfigKind::DnsProvider, name);
        let old = self.config::<DnsProvider>(config.0, name).ok();
        // Another service must not be sent what is meant for this one.
        let stays = old
            .as_ref()
            .is_some_and(|old| old.facts.credential && old.facts.service == provider.service);
        provider.credential = credential.is_some() || stays;
        if !provider.credential && matches!(provider.service, DnsService::Rfc2136(_)) {
            return Err(EngineError::BadChange("tsig_secret is missing".into()));
        }
        match old {
            Some(_) => self.replace_config(config, provider, credential).await,
            None => self.make_config(config, collection, provider, credential).await,
        }
    }

    /// Removes a configuration of a DNS provider.
    ///
    /// # Errors
    /// [`EngineError::BadChange`] where a secret is ordered with it, and those of [`Engine::remove_config`].
    pub async fn remove_dns_provider(&self, name: &str) -> Result<(), EngineError> {
        self.remove_config::<DnsProvider>((ConfigKind::DnsProvider, name), |_| {
            self.check_unused(|terms| terms.dns == name)?;
            Ok(Batch::new())
        })
        .await
    }

    /// The provider with this name.
    pub(super) async fn provider(&self, name: &str) -> Result<Provider, EngineError> {
        let config = self.config::<DnsProvider>(ConfigKind::DnsProvider, name)?;
        let credential = match config.facts.credential {
            true => self.config_value(&config).await?,
            false => {
                let key = self.issuer_key(config.collection).await?;
                let missing = || {
                    EngineError::BadChange(format!(
                        "the DNS provider {name} has no cis_apikey, and ibmcloud/iam_credentials/config/root has no key"
                    ))
                };
                Zeroizing::new(key.ok_or_else(missing)?.as_bytes().to_vec())
            }
        };
        let server = config.facts.service.open(credential, self.patience);
        Ok(Provider {
            server: server.map_err(|error| EngineError::BadChange(error.to_string()))?,
            propagation: config.facts.propagation,
        })
    }
}

impl Provider {
    pub(super) async fn put(&self, records: &[Record]) -> Result<(), DnsError> {
        self.server.put(&texts(records)).await
    }

    pub(super) async fn remove(&self, records: &[Record]) -> Result<(), DnsError> {
        self.server.remove(&texts(records)).await
    }
}

fn texts(records: &[Record]) -> Vec<Txt<'_>> {
    records
        .iter()
        .map(|record| Txt {
            name: &record.name,
            value: &record.value,
        })
        .collect()
}

impl PublicTerms {
    /// Whether a user makes the records.
    pub(super) fn is_manual(&self) -> bool {
        self.dns == MANUAL
    }
}
