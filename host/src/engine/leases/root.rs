//! What issuers are asked with.

use crate::engine::collection::CollectionId;
use crate::engine::secret::SecretPath;
use crate::engine::{Engine, EngineError};
use zeroize::Zeroizing;

/// Where the key is in its collection.
const PATH: &str = "config/issuer";

fn path() -> Result<SecretPath, EngineError> {
    SecretPath::parse(PATH).map_err(|bad| EngineError::Damaged(bad.to_string()))
}

impl Engine {
    /// Stores the API key that issuers are asked with. Let the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// As [`Engine::write`].
    pub async fn set_issuer_key(
        &self,
        instance: CollectionId,
        key: Zeroizing<String>,
    ) -> Result<(), EngineError> {
        let value = Zeroizing::new(key.as_bytes().to_vec());
        self.write(instance, &path()?, value, None).await?;
        Ok(())
    }

    /// The API key that issuers are asked with.
    ///
    /// # Errors
    /// Those of device and store.
    pub async fn issuer_key(&self, instance: CollectionId) -> Result<Option<Zeroizing<String>>, EngineError> {
        let collection = self.collection(instance)?;
        let value = match self.read(&collection, &path()?, 0).await {
            Ok(reading) => reading.value,
            Err(EngineError::SecretNotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let text =
            std::str::from_utf8(&value).map_err(|_| EngineError::Damaged("the issuer's key".into()))?;
        Ok(Some(Zeroizing::new(text.to_owned())))
    }
}
