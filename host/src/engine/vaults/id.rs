use crate::engine::clock::Time;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Names a thing: 12 bytes, as text 24 lower-case hexadecimal digits. Made here, it begins with the seconds since 1970,
/// so that later ones are greater; the rest is random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectId([u8; Self::LEN]);

/// The text is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier has 24 hexadecimal digits")]
pub struct BadId;

impl ObjectId {
    /// Bytes of an identifier.
    pub const LEN: usize = 12;

    fn random(now: Time) -> Self {
        let seconds = u32::try_from(now.as_nanos() / 1_000_000_000).unwrap_or(u32::MAX);
        let mut bytes = [0; Self::LEN];
        bytes[..4].copy_from_slice(&seconds.to_be_bytes());
        bytes[4..].copy_from_slice(&Uuid::new_v4().as_bytes()[8..]);
        Self(bytes)
    }

    /// The identifier that always belongs to these parts: the first bytes of their SHA-256.
    pub fn derived(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut bytes = [0; Self::LEN];
        bytes.copy_from_slice(&hash.finalize()[..Self::LEN]);
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl FromStr for ObjectId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let mut bytes = [0; Self::LEN];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| BadId)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for ObjectId {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl From<ObjectId> for String {
    fn from(id: ObjectId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub(super) ObjectId);

        impl $name {
            pub(super) fn as_bytes(&self) -> &[u8; ObjectId::LEN] {
                self.0.as_bytes()
            }
        }

        impl From<ObjectId> for $name {
            fn from(id: ObjectId) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

identifiers! {
    /// Names a key vault.
    VaultId
    /// Names a secret of a key vault.
    SecretId
    /// Names a version of such a secret.
    VersionId
}

impl VaultId {
    pub(super) fn random(now: Time) -> Self {
        Self(ObjectId::random(now))
    }
}

impl SecretId {
    pub(super) fn random(now: Time) -> Self {
        Self(ObjectId::random(now))
    }
}

impl VersionId {
    /// That of a secret's version with this number, which needs no row to be found.
    pub(super) fn of(secret: SecretId, number: u32) -> Self {
        let parts: [&[u8]; 3] = [b"version", secret.as_bytes(), &number.to_be_bytes()];
        Self(ObjectId::derived(&parts))
    }
}
