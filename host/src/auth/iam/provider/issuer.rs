use super::{NewApiKey, NewServiceId, Provider, ProviderError};
use crate::auth::policy::PolicyName;
use crate::auth::token::SYSTEM_TTL;
use crate::auth::{Accessor, Auth, AuthError, Issue};
use crate::engine::EngineError;
use crate::hsm::HsmError;
use crate::issuers::{Holder, Issued, Issuer, Order, Service, Traces, Want};
use crate::kms::KmsError;
use async_trait::async_trait;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Who is noted as the maker of what is issued.
const AUTHOR: &str = "casemate";

/// The daemon itself as an issuer: API keys of the built-in identity provider, and Vault tokens.
pub struct OwnIssuer {
    provider: Arc<Provider>,
    auth: Auth,
}

impl OwnIssuer {
    /// Over the provider and its tokens.
    pub fn new(provider: Arc<Provider>, auth: Auth) -> Self {
        Self { provider, auth }
    }

    async fn issue_api_key(&self, order: &Order<'_>, holder: &Holder) -> Result<Issued, ProviderError> {
        let service = match holder {
            Holder::ServiceId(id) => self.provider.service_id(id)?,
            Holder::Groups(groups) => {
                let new = NewServiceId {
                    name: order.name.to_owned(),
                    groups: groups.clone(),
                    ..NewServiceId::default()
                };
                self.provider.create_service_id(new).await?
            }
        };
        let new = NewApiKey {
            name: order.name.to_owned(),
            description: None,
            author: AUTHOR.into(),
            expires: order.until,
        };
        let (key, text) = self.provider.create_api_key(&service.id(), new).await?;
        let value = Zeroizing::new(
            json!({"api_key": *text, "api_key_id": key.id(), "service_id": service.id()}).to_string(),
        );
        Ok(Issued {
            value: Zeroizing::new(value.as_bytes().to_vec()),
            traces: traces(&[("api_key_id", key.id()), ("service_id", service.id())]),
        })
    }

    async fn revoke_api_keys(&self, name: &str, holder: &Holder) -> Result<(), ProviderError> {
        if let Holder::Groups(_) = holder {
            for service in self.provider.service_ids()? {
                if service.name == name {
                    unless_gone(self.provider.delete_service_id(&service.id()).await)?;
                }
            }
        }
        for key in self.provider.api_keys(None)? {
            if key.name == name {
                unless_gone(self.provider.delete_api_key(&key.id()).await)?;
            }
        }
        Ok(())
    }

    async fn issue_token(&self, order: &Order<'_>, policy: &str) -> Result<Issued, KmsError> {
        let policy: PolicyName = policy
            .parse()
            .map_err(|_| KmsError::Configuration(format!("{policy:?} is no policy")))?;
        let now = self.auth.now();
        let ttl = order
            .until
            .map(|until| until.since(now))
            .filter(|ttl| *ttl <= SYSTEM_TTL);
        let ttl = ttl.ok_or_else(|| {
            KmsError::Configuration("a token of this instance needs a ttl of at most 768h".into())
        })?;
        let issue = Issue {
            path: "ibmcloud/service_credentials",
            display_name: order.name.to_owned(),
            policies: vec![policy],
            ttl,
            max_ttl: ttl,
            meta: BTreeMap::from([("user".to_owned(), order.name.to_owned())]),
        };
        let made = self.auth.issue(issue).await.map_err(|error| told(error.into()))?;
        let accessor = made.record.accessor.as_str().to_owned();
        let value: Value = json!({
            "token": made.token.reveal(),
            "accessor": accessor,
            "policies": made.record.policies,
        });
        Ok(Issued {
            value: Zeroizing::new(value.to_string().into_bytes()),
            traces: traces(&[
                ("accessor", accessor),
                ("resource_key_name", order.name.to_owned()),
            ]),
        })
    }

    /// Without an accessor nobody has got the token, which ends by itself.
    async fn revoke_token(&self, traces: &Traces) -> Result<(), AuthError> {
        let accessor = traces.get("accessor").map(|text| Accessor::from(text.clone()));
        match accessor.and_then(|accessor| self.auth.by_accessor(&accessor)) {
            Some(hash) => self.auth.revoke(hash).await,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Issuer for OwnIssuer {
    async fn issue(&self, order: &Order<'_>) -> Result<Issued, KmsError> {
        match order.want {
            Want::ApiKey(holder) => self.issue_api_key(order, holder).await.map_err(told),
            Want::ServiceKey(Service { policy, .. }) => {
                self.issue_token(order, policy.as_deref().unwrap_or_default())
                    .await
            }
        }
    }

    async fn revoke(&self, order: &Order<'_>, traces: &Traces) -> Result<(), KmsError> {
        match order.want {
            Want::ApiKey(holder) => self.revoke_api_keys(order.name, holder).await.map_err(told),
            Want::ServiceKey(_) => self
                .revoke_token(traces)
                .await
                .map_err(|error| told(error.into())),
        }
    }
}

fn traces(known: &[(&str, String)]) -> Traces {
    known
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

fn unless_gone(done: Result<(), ProviderError>) -> Result<(), ProviderError> {
    match done {
        Err(ProviderError::NotFound(_)) => Ok(()),
        done => done,
    }
}

/// In the words of issuers.
fn told(error: ProviderError) -> KmsError {
    match error {
        ProviderError::Engine(EngineError::Hsm(error)) => KmsError::Device(error),
        ProviderError::NotFound(what) => {
            KmsError::Configuration(format!("the identity provider has no such {what} any more"))
        }
        error => KmsError::Device(HsmError::new(crate::hsm::ErrorKind::Permanent, error.to_string())),
    }
}
