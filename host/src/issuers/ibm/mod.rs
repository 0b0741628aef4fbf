//! IBM Cloud as an issuer: API keys by IAM, credentials of services by the resource controller.

mod identity;
mod resources;

use super::{Holder, Issued, Issuer, Order, Traces, Want};
use crate::ibm_cloud::Client;
use crate::kms::KmsError;
use async_trait::async_trait;
use std::time::Duration;

/// Where IBM's services answer, without a path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IbmUrls {
    /// IAM: `https://iam.cloud.ibm.com`. Without it API keys are those of the built-in identity provider.
    pub iam: Option<String>,
    /// The resource controller: `https://resource-controller.cloud.ibm.com`.
    pub resource_controller: Option<String>,
    /// Internet Services, which has a DNS; `None` for <https://api.cis.cloud.ibm.com>.
    pub internet_services: Option<String>,
}

/// Asks IBM with the API key of the order's authority.
pub struct IbmIssuer {
    iam: String,
    resource_controller: Option<String>,
    account: String,
    patience: Duration,
}

impl IbmIssuer {
    /// For an account; `None` where IAM's address is not set. `patience`: how long each service has for one answer.
    pub fn new(urls: &IbmUrls, account: &str, patience: Duration) -> Option<Self> {
        let trimmed = |url: &String| url.trim_end_matches('/').to_owned();
        Some(Self {
            iam: urls.iam.as_ref().map(trimmed)?,
            resource_controller: urls.resource_controller.as_ref().map(trimmed),
            account: account.to_owned(),
            patience,
        })
    }

    async fn client(&self, order: &Order<'_>) -> Result<Client<'_>, KmsError> {
        let key = order.authority.ok_or_else(|| {
            KmsError::Configuration(
                "IBM is not asked without an API key: configure it with PUT ibmcloud/iam_credentials/config/root".into(),
            )
        })?;
        Client::log_in(&self.iam, key, self.patience).await
    }

    fn controller(&self) -> Result<&str, KmsError> {
        self.resource_controller
            .as_deref()
            .ok_or_else(|| KmsError::Configuration("set ibm.resource-controller in the settings file".into()))
    }
}

#[async_trait]
impl Issuer for IbmIssuer {
    async fn issue(&self, order: &Order<'_>) -> Result<Issued, KmsError> {
        let client = self.client(order).await?;
        match order.want {
            Want::ApiKey(holder) => identity::issue(&client, &self.account, order.name, holder).await,
            Want::ServiceKey(service) => {
                resources::issue(&client, self.controller()?, order.name, service).await
            }
        }
    }

    async fn revoke(&self, order: &Order<'_>, traces: &Traces) -> Result<(), KmsError> {
        let client = self.client(order).await?;
        match order.want {
            Want::ApiKey(Holder::Groups(_)) => {
                identity::remove_service_ids(&client, &self.account, order.name, traces).await
            }
            Want::ApiKey(Holder::ServiceId(holder)) => {
                identity::remove_api_keys(&client, &self.account, (order.name, holder), traces).await
            }
            Want::ServiceKey(_) => resources::remove(&client, self.controller()?, order.name, traces).await,
        }
    }
}
