use serde::{Deserialize, Serialize};

/// Names a security domain: the first 16 bytes of HMAC-SHA-256(the domain's secret, `casemate domain id v1`). Public.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DomainId([u8; DomainId::LEN]);

impl DomainId {
    /// Length of an identifier in bytes.
    pub const LEN: usize = 16;

    /// What the secret makes a code over.
    pub const LABEL: &[u8; 21] = b"casemate domain id v1";

    /// The identifier with these bytes.
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Its bytes, as they travel.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl core::fmt::Display for DomainId {
    /// 32 lower-case hex digits.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl core::fmt::Debug for DomainId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "DomainId({self})")
    }
}
