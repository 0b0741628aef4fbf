use super::{Issued, Issuer, Order, Service, Traces, Want};
use crate::kms::KmsError;
use async_trait::async_trait;
use std::sync::Arc;

/// The issuers of a daemon: one for each order.
pub struct Issuers {
    /// For API keys.
    pub api_keys: Arc<dyn Issuer>,
    /// For tokens of this daemon.
    pub own: Arc<dyn Issuer>,
    /// For the credentials of other services, where their API is configured.
    pub services: Option<Arc<dyn Issuer>>,
}

impl Issuers {
    fn of(&self, want: &Want) -> Result<&dyn Issuer, KmsError> {
        match want {
            Want::ApiKey(_) => Ok(&*self.api_keys),
            Want::ServiceKey(Service { policy: Some(_), .. }) => Ok(&*self.own),
            Want::ServiceKey(service) => self.services.as_deref().ok_or_else(|| {
                KmsError::Configuration(format!(
                    "source_crn {} is not this instance, and no other service's API is configured: set \
                     ibm.resource-controller in the settings file",
                    service.source_crn
                ))
            }),
        }
    }
}

#[async_trait]
impl Issuer for Issuers {
    async fn issue(&self, order: &Order<'_>) -> Result<Issued, KmsError> {
        self.of(order.want)?.issue(order).await
    }

    async fn revoke(&self, order: &Order<'_>, traces: &Traces) -> Result<(), KmsError> {
        self.of(order.want)?.revoke(order, traces).await
    }
}
