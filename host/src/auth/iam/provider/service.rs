use super::{ApiKey, Provider, ProviderError, decode, encode};
use crate::auth::iam::{Role, Scope};
use crate::engine::clock::Time;
use crate::store::Batch;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const ROWS: &[u8] = b"auth/iam/service/";

/// Somebody who is no person: a program or a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceId {
    pub(super) id: Uuid,
    /// Its name, for people.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// When it was made.
    pub created: Time,
    /// What it may do here, beside what the settings file gives it.
    pub roles: Vec<(Role, Scope)>,
    /// The access groups that it is a member of.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// A service id to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewServiceId {
    /// Its name.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// What it may do here.
    pub roles: Vec<(Role, Scope)>,
    /// The access groups that it is to be a member of.
    pub groups: Vec<String>,
}

impl ServiceId {
    /// Its identifier: `ServiceId-…`.
    pub fn id(&self) -> String {
        format!("ServiceId-{}", self.id)
    }

    /// What tokens call it: `iam-ServiceId-…`.
    pub fn iam_id(&self) -> String {
        format!("iam-{}", self.id())
    }
}

/// The service id that a text names, with or without IBM's prefixes.
pub(super) fn parse(text: &str) -> Option<Uuid> {
    let text = text.strip_prefix("iam-").unwrap_or(text);
    text.strip_prefix("ServiceId-").unwrap_or(text).parse().ok()
}

pub(super) fn key(id: Uuid) -> Vec<u8> {
    [ROWS, id.as_bytes()].concat()
}

impl Provider {
    /// Makes a service id.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn create_service_id(&self, new: NewServiceId) -> Result<ServiceId, ProviderError> {
        let service = ServiceId {
            id: Uuid::new_v4(),
            name: new.name,
            description: new.description,
            created: self.now(),
            roles: new.roles,
            groups: new.groups,
        };
        let _turn = self.changing.lock().await;
        let batch = Batch::new().put(key(service.id), encode(&service)?);
        self.store.commit(batch).await?;
        Ok(service)
    }

    /// All service ids, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn service_ids(&self) -> Result<Vec<ServiceId>, ProviderError> {
        let mut services: Vec<ServiceId> = self.rows(ROWS)?;
        services.sort_by_key(|service| service.created);
        Ok(services)
    }

    /// The service id that a text names, with or without `ServiceId-` and `iam-` before it.
    ///
    /// # Errors
    /// [`ProviderError::NotFound`] and those of the store.
    pub fn service_id(&self, text: &str) -> Result<ServiceId, ProviderError> {
        let none = ProviderError::NotFound("service id");
        let Some(id) = parse(text) else { return Err(none) };
        self.stored_service_id(id)?.ok_or(none)
    }

    pub(super) fn stored_service_id(&self, id: Uuid) -> Result<Option<ServiceId>, ProviderError> {
        let row = self.store.get(&key(id))?;
        row.map(|row| decode(&row)).transpose()
    }

    /// Removes a service id and its API keys; from now on its tokens log nobody in here.
    ///
    /// # Errors
    /// As [`Provider::service_id`].
    pub async fn delete_service_id(&self, text: &str) -> Result<(), ProviderError> {
        let _turn = self.changing.lock().await;
        let service = self.service_id(text)?;
        let keys = self.api_keys(Some(&service))?;
        let batch = Batch::new().delete(key(service.id));
        let batch = keys
            .iter()
            .fold(batch, |batch, key| batch.and(ApiKey::removal(key)));
        Ok(self.store.commit(batch).await?)
    }
}
