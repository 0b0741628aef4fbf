//! What the host asks for key operations: a device that runs our firmware, or a PKCS#11 token.

mod address;
mod audit;
pub mod device;
mod error;
mod keys;
pub mod pkcs11;
pub mod pool;

pub use address::{Address, AddressError, SimOptions, UsbAddress};
pub use audit::{AuditLog, AuditPage, SignedHead};
pub use error::{ErrorKind, HsmError};
pub use keys::{Attestation, Description, ExportStatus, Keys, Progress, ToSign};

use async_trait::async_trait;
use casemate_common::keyring::KeyringId;
use zeroize::Zeroizing;

/// A backend for key operations. Methods default to "not supported": a backend offers what it can, and says so in
/// [`HsmInfo::missing`].
///
/// Implementations retry by themselves what is safe to retry (a session lost before the request arrived, or a
/// request that may be repeated) and answer within a bounded time.
#[async_trait]
pub trait Hsm: Keys + AuditLog {
    /// Who is it, and how is it?
    async fn info(&self) -> Result<HsmInfo, HsmError>;

    /// Asks whether this is the officer PIN; a wrong one counts as a try. Where only one try is left it is not asked.
    async fn check_officer_pin(&self, pin: &str) -> Result<(), HsmError> {
        let _ = pin;
        Err(HsmError::unsupported("check_officer_pin"))
    }

    /// `len` bytes from its random generator; any length up to 64 KiB.
    async fn random(&self, len: usize) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let _ = len;
        Err(HsmError::unsupported("random"))
    }

    /// Makes a keyring, durably; true when it did not exist before.
    async fn create_keyring(&self, id: KeyringId) -> Result<bool, HsmError> {
        let _ = id;
        Err(HsmError::unsupported("create_keyring"))
    }

    /// Makes a keyring of the one AES-256 key that has this label on a PKCS#11 token, durably: from then on the key is the
    /// keyring's, and is destroyed with it. [`ErrorKind::Caller`] where there is no such key, or several, or it ever could
    /// leave the token.
    async fn adopt_key(&self, label: &str, id: KeyringId) -> Result<(), HsmError> {
        let _ = (label, id);
        Err(HsmError::unsupported("adopt_key"))
    }

    /// All keyrings, in the order of their identifiers.
    async fn list_keyrings(&self) -> Result<Vec<KeyringId>, HsmError> {
        Err(HsmError::unsupported("list_keyrings"))
    }

    /// Destroys a keyring, durably and for good; true when there was one.
    async fn destroy_keyring(&self, id: KeyringId) -> Result<bool, HsmError> {
        let _ = id;
        Err(HsmError::unsupported("destroy_keyring"))
    }

    /// Whether what was done to a keyring last, making or destroying it, is done on every device that there is: where
    /// there are several, one may be away. [`ErrorKind::Transient`] while it is not.
    async fn everywhere(&self, id: KeyringId) -> Result<(), HsmError> {
        let _ = id;
        Ok(())
    }

    /// Seals up to 1 MiB under a keyring, bound to `context` (at most 512 bytes). The record's format is the
    /// backend's own: only the backend that made it opens it.
    async fn seal(&self, keyring: KeyringId, context: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, HsmError> {
        let _ = (keyring, context, plaintext);
        Err(HsmError::unsupported("seal"))
    }

    /// Opens what [`Hsm::seal`] made; [`ErrorKind::Refused`] when the record, the keyring or the context is not the
    /// one it was sealed with.
    async fn open(
        &self,
        keyring: KeyringId,
        context: &[u8],
        record: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let _ = (keyring, context, record);
        Err(HsmError::unsupported("open"))
    }
}

/// What a backend says of itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HsmInfo {
    /// `device`, `pkcs11` or `pool`.
    pub backend: &'static str,
    /// Board or token model.
    pub model: String,
    /// Version of firmware or token.
    pub version: String,
    /// Names the device for good: hex of its identity, or the token's serial number.
    pub id: String,
    /// Whether it serves now.
    pub ready: bool,
    /// Where its root secret lives, in words.
    pub root: String,
    /// Keyrings it holds.
    pub keyrings: u32,
    /// Keyrings it has room for; `None` where it does not say.
    pub keyring_capacity: Option<u32>,
    /// Bytes of the link that it lost because they came too fast; `None` where there is no link.
    pub receive_overruns: Option<u32>,
    /// Most bytes of stack it has used; `None` where it does not measure.
    pub stack_high_water: Option<u32>,
    /// Operations it lacks, by the names of the trait's methods.
    pub missing: Vec<&'static str>,
    /// The devices of a pool; none where it is one device.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<HsmMember>,
}

/// A device of a pool.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HsmMember {
    /// Where it is.
    pub address: String,
    /// Names it for good, while it serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why it does not serve, where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out: Option<String>,
}

impl HsmInfo {
    /// What it lacks, as a user calls it: each thing once, in the order of [`Self::missing`].
    pub fn missing_in_words(&self) -> Vec<&'static str> {
        let mut words = Vec::new();
        for word in self.missing.iter().map(|operation| error::in_words(operation)) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }

    /// Whether all of its devices serve.
    pub fn is_whole(&self) -> bool {
        self.ready && self.members.iter().all(|member| member.out.is_none())
    }
}
