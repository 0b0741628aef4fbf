use super::context::{self, Place};
use super::{SecretPath, SecretRow, Version, key};
use crate::engine::collection::Collection;
use crate::engine::{Engine, EngineError};
use crate::hsm::{ErrorKind, HsmError};
use tracing::error;
use zeroize::Zeroizing;

/// A version with its value.
pub struct Reading {
    /// The bytes that were written.
    pub value: Zeroizing<Vec<u8>>,
    /// Which version it is.
    pub version: Version,
    /// The secret it belongs to.
    pub secret: SecretRow,
}

/// A version whose value may not be read.
#[derive(Debug)]
pub struct Gone {
    /// Which version it is.
    pub version: Version,
    /// The secret it belongs to.
    pub secret: SecretRow,
}

impl Engine {
    /// The value of a version; 0 means the current one.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::VersionNotFound`], [`EngineError::Gone`] for a deactivated or
    /// destroyed version, [`EngineError::Unopenable`] when the store was tampered with, and those of device and store.
    pub async fn read(
        &self,
        collection: &Collection,
        path: &SecretPath,
        number: u32,
    ) -> Result<Reading, EngineError> {
        let (secret, record) = self.rows(collection, path, number)?;
        let Some(&version) = secret.version(number) else {
            return Err(EngineError::VersionNotFound);
        };
        if !secret.is_available(number, self.now()) {
            return Err(EngineError::Gone(Box::new(Gone { version, secret })));
        }
        let place = Place {
            secret: secret.id,
            version: version.number,
            revision: version.revision,
        };
        let context = context::encode(collection, path, place);
        let record = record.unwrap_or_default();
        match self.hsm.open(collection.keyring(), &context, &record).await {
            Ok(value) => Ok(Reading {
                value,
                version,
                secret,
            }),
            Err(error) => Err(refusal(collection, path, version.number, error)),
        }
    }

    /// A secret's metadata and the sealed record of a version, from one snapshot.
    fn rows(
        &self,
        collection: &Collection,
        path: &SecretPath,
        number: u32,
    ) -> Result<(SecretRow, Option<Vec<u8>>), EngineError> {
        let metadata_key = key::metadata(collection.id(), path);
        let (metadata, record) = if number == 0 {
            let mut newest = self.store.scan(&metadata_key, None, 2)?.into_iter();
            let metadata = newest.next().filter(|(key, _)| *key == metadata_key);
            (metadata.map(|(_, row)| row), newest.next())
        } else {
            let version_key = key::version(&metadata_key, number);
            let mut rows = self.store.get_many(&[&metadata_key, &version_key])?.into_iter();
            let metadata = rows.next().flatten();
            (
                metadata,
                rows.next().flatten().map(|record| (version_key, record)),
            )
        };
        let metadata = metadata.ok_or(EngineError::SecretNotFound)?;
        let row = SecretRow::decode(&metadata, path.as_str())?;
        let wanted = if number == 0 { row.current } else { number };
        let record = record.filter(|(key, _)| key.ends_with(&(!wanted).to_be_bytes()));
        Ok((row, record.map(|(_, record)| record)))
    }
}

/// Tells a record that does not belong where it stands from other errors, and tells the operator.
fn refusal(collection: &Collection, path: &SecretPath, version: u32, cause: HsmError) -> EngineError {
    if cause.kind() != ErrorKind::Refused {
        return cause.into();
    }
    error!(
        collection = %collection.id(),
        %path,
        version,
        "the device refuses the stored record of this secret: its row was altered, exchanged or damaged"
    );
    EngineError::Unopenable
}
