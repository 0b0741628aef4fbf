use super::service::{self, ServiceId};
use super::{Provider, ProviderError, decode, encode};
use crate::auth::TokenHash;
use crate::engine::EngineError;
use crate::engine::clock::Time;
use crate::store::Batch;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

/// By identifier.
const ROWS: &[u8] = b"auth/iam/api-key/";
/// From the hash of a key's text to its identifier.
const HASHES: &[u8] = b"auth/iam/api-key-hash/";
/// Random bytes of a key: 44 characters, as IBM's have.
const RANDOM: usize = 33;

/// What is known of an API key: all but its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    id: Uuid,
    pub(super) service: Uuid,
    hash: TokenHash,
    /// Its name, for people.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// When it was made.
    pub created: Time,
    /// Who made it.
    pub created_by: String,
    /// When it ends.
    #[serde(default)]
    pub expires: Option<Time>,
}

/// An API key to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewApiKey {
    /// Its name.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// Who makes it.
    pub author: String,
    /// When it ends.
    pub expires: Option<Time>,
}

impl ApiKey {
    /// Its identifier: `ApiKey-…`.
    pub fn id(&self) -> String {
        format!("ApiKey-{}", self.id)
    }

    /// The `iam_id` of the service id that it stands for.
    pub fn iam_id(&self) -> String {
        format!("iam-ServiceId-{}", self.service)
    }

    pub(super) fn removal(&self) -> Batch {
        Batch::new().delete(key(self.id)).delete(hash_key(&self.hash))
    }
}

fn key(id: Uuid) -> Vec<u8> {
    [ROWS, id.as_bytes()].concat()
}

fn hash_key(hash: &TokenHash) -> Vec<u8> {
    [HASHES, hash.as_bytes()].concat()
}

impl Provider {
    /// Makes an API key; its text is seen this once.
    ///
    /// # Errors
    /// [`ProviderError::NotFound`] without the service id, and those of device and store.
    pub async fn create_api_key(
        &self,
        service: &str,
        new: NewApiKey,
    ) -> Result<(ApiKey, Zeroizing<String>), ProviderError> {
        let random = self
            .engine
            .hsm()
            .random(RANDOM)
            .await
            .map_err(EngineError::from)?;
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(&*random));
        let _turn = self.changing.lock().await;
        let service = self.service_id(service)?.id;
        let made = ApiKey {
            id: Uuid::new_v4(),
            service,
            hash: TokenHash::of(&text),
            name: new.name,
            description: new.description,
            created: self.now(),
            created_by: new.author,
            expires: new.expires,
        };
        let batch = Batch::new()
            .put(key(made.id), encode(&made)?)
            .put(hash_key(&made.hash), made.id.as_bytes());
        self.store.commit(batch).await?;
        Ok((made, text))
    }

    /// The API keys of a service id, or all of them; oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn api_keys(&self, of: Option<&ServiceId>) -> Result<Vec<ApiKey>, ProviderError> {
        let mut keys: Vec<ApiKey> = self.rows(ROWS)?;
        keys.retain(|key| of.is_none_or(|service| service.id == key.service));
        keys.sort_by_key(|key| key.created);
        Ok(keys)
    }

    /// The API key with this identifier.
    ///
    /// # Errors
    /// [`ProviderError::NotFound`] and those of the store.
    pub fn api_key(&self, id: &str) -> Result<ApiKey, ProviderError> {
        let none = ProviderError::NotFound("API key");
        let Ok(id) = id.strip_prefix("ApiKey-").unwrap_or(id).parse() else {
            return Err(none);
        };
        let row = self.store.get(&key(id))?.ok_or(none)?;
        decode(&row)
    }

    /// Removes an API key; from now on it gets no token.
    ///
    /// # Errors
    /// As [`Provider::api_key`].
    pub async fn delete_api_key(&self, id: &str) -> Result<(), ProviderError> {
        let _turn = self.changing.lock().await;
        let batch = self.api_key(id)?.removal();
        Ok(self.store.commit(batch).await?)
    }

    /// An API key by its text, and the service id that it stands for.
    pub(super) fn holder(&self, text: &str) -> Result<(ApiKey, ServiceId), ProviderError> {
        let unknown = ProviderError::UnknownApiKey;
        let Some(id) = self.store.get(&hash_key(&TokenHash::of(text)))? else {
            return Err(unknown);
        };
        let damaged = |_| ProviderError::Damaged("an API key's row".into());
        let Some(row) = self.store.get(&key(Uuid::from_slice(&id).map_err(damaged)?))? else {
            return Err(unknown);
        };
        let key: ApiKey = decode(&row)?;
        if key.expires.is_some_and(|end| end <= self.now()) {
            return Err(unknown);
        }
        let service = self.store.get(&service::key(key.service))?;
        Ok((key, decode(&service.ok_or(unknown)?)?))
    }
}
