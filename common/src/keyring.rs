//! How a keyring is named.

use serde::{Deserialize, Serialize};

/// Names a keyring: 16 random bytes, chosen by the host so that creating one can be repeated safely.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyringId([u8; KeyringId::LEN]);

impl KeyringId {
    /// Length of an identifier in bytes.
    pub const LEN: usize = 16;

    /// The identifier with these bytes.
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Its bytes, as they travel and as they are stored.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl core::fmt::Display for KeyringId {
    /// 32 lower-case hex digits.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl core::fmt::Debug for KeyringId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "KeyringId({self})")
    }
}
