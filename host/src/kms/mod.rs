//! Key management services of others, to which keys are distributed.
//!
//! What a provider gets is wrapped by the device for a key of the provider's own; no private or secret key passes through
//! here in the clear. Where a credential is itself a key, it lives in the device too, which signs with it: see [`Signer`].
//! The steps of a [`Provider`] are small, so that whoever drives them can write each one down before the next begins;
//! each may be repeated.
//!
//! *What this trusts:* that whoever answers at a provider's address, over TLS with a certificate of an authority that this
//! machine trusts, is the provider: the key that it names is what ours are wrapped for.

mod assertion;
mod aws;
mod aws_file;
mod aws_role;
mod azure;
mod azure_application;
mod bearer;
mod connect;
mod credential_file;
mod credentials;
mod error;
mod gcp;
mod google;
mod kind;
mod pkcs11;
mod purpose;
mod rest;
mod spki;
mod table;

pub use assertion::Algorithm;
pub use connect::{check_collection, connect};
pub use credentials::{Credentials, Given, KmsSettings, SigningKey};
pub use error::KmsError;
pub use kind::ProviderKind;
pub use purpose::{Protection, Purpose, Purposes};
pub(crate) use rest::Call;
pub use table::check;

use async_trait::async_trait;
use casemate_common::blob::KeyType;
use casemate_common::command::OaepHash;
use uuid::Uuid;
use zeroize::Zeroizing;

/// A key as it is at a provider.
#[derive(Debug, Clone, Copy)]
pub struct CloudKey<'a> {
    /// What it is called there, the same for all versions.
    pub name: &'a str,
    /// Its type.
    pub key_type: KeyType,
    /// What it is for.
    pub purposes: &'a Purposes,
    /// Where operations with it are done.
    pub protection: Protection,
    /// Whether it can have copies in other regions.
    pub multi_region: bool,
}

/// One version of a key that is to be at a provider.
#[derive(Debug, Clone, Copy)]
pub struct NewCopy<'a> {
    /// The key.
    pub key: CloudKey<'a>,
    /// The version's number here.
    pub version: u32,
    /// Names this attempt to bring it there: random, and written down before the provider is asked for anything.
    pub attempt: Uuid,
    /// What the provider calls the place for it, where it has one already.
    pub id: Option<&'a str>,
    /// What the provider calls the versions that it has already.
    pub others: &'a [String],
    /// Its public key: SubjectPublicKeyInfo in DER; empty for secret keys.
    pub public_key: &'a [u8],
}

/// What came of an attempt that was interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The version is there, under this identifier.
    Copy(String),
    /// Nothing that matters.
    Nothing,
    /// The place for it is there, under this identifier, and perhaps the version.
    Place(String),
    /// The provider does not let us look; what may have been left there, in words.
    Unknown(String),
}

/// A key of the provider's own that material is wrapped for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportKey {
    /// SubjectPublicKeyInfo in DER.
    pub public: Vec<u8>,
    /// How to wrap.
    pub wrapping: Wrapping,
    /// What the provider wants back with the material.
    pub token: Vec<u8>,
}

/// How a provider wants material wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// RSA-OAEP of the material itself.
    Oaep(OaepHash),
    /// RSA-OAEP of a fresh AES key, and AES-KWP of the material with it.
    RsaAes(OaepHash),
}

/// One version as it is at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudVersion<'a> {
    /// What the provider calls it.
    pub id: &'a str,
    /// Other regions that have a copy of it.
    pub regions: Vec<&'a str>,
}

/// A key management service. Every step may be repeated, also where it is not known whether it was carried out.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Refuses a name that a key can't have there; the provider is not asked.
    fn check_name(&self, name: &str) -> Result<(), KmsError>;

    /// What an earlier attempt of this name left, for a version whose place is not known.
    async fn find(&self, copy: &NewCopy<'_>) -> Result<Found, KmsError>;

    /// Makes the place for one version; answers its identifier, where it has one before the version is in it.
    async fn prepare(&self, copy: &NewCopy<'_>) -> Result<Option<String>, KmsError>;

    /// The key that the version is to be wrapped for.
    async fn import_key(&self, copy: &NewCopy<'_>) -> Result<ImportKey, KmsError>;

    /// Puts the wrapped version into its place; answers its identifier.
    async fn import(&self, copy: &NewCopy<'_>, key: &ImportKey, wrapped: &[u8]) -> Result<String, KmsError>;

    /// Removes what only the import needed.
    async fn tidy(&self, copy: &NewCopy<'_>) -> Result<(), KmsError> {
        let _ = copy;
        Ok(())
    }

    /// Makes a version the one that the name stands for.
    async fn publish(&self, key: &CloudKey<'_>, id: &str) -> Result<(), KmsError>;

    /// Switches a version on or off.
    async fn set_enabled(&self, key: &CloudKey<'_>, id: &str, enabled: bool) -> Result<(), KmsError>;

    /// Removes the key with these versions; what is not there is no error.
    async fn remove(&self, key: &CloudKey<'_>, versions: &[CloudVersion<'_>]) -> Result<(), KmsError>;

    /// Makes the place for a copy of a version in another region; answers the provider there, which wants the version
    /// imported.
    async fn replicate(&self, id: &str, region: &str) -> Result<Box<dyn Provider>, KmsError> {
        let _ = (id, region);
        Err(KmsError::Configuration(
            "this provider does not replicate keys".into(),
        ))
    }
}

/// The device, as it signs with a credential that it keeps.
#[async_trait]
pub trait Signer: Send + Sync {
    /// HMAC-SHA-256 of a message, 32 bytes, under the key that follows by the labels: see [`crate::hsm::Keys::mac`].
    async fn mac(&self, labels: &[&[u8]], message: &[u8]) -> Result<Zeroizing<Vec<u8>>, KmsError>;

    /// A signature over what a JSON Web Token says.
    async fn sign_token(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, KmsError>;
}
