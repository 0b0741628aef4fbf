use crate::keyring::KeyringId;

/// What a share is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// The domain's secret.
    Domain,
    /// The key of this keyring.
    Keyring(KeyringId),
}

impl Label {
    /// The bytes that `info` begins with.
    pub const fn first(&self) -> &'static [u8; 24] {
        match self {
            Self::Domain => b"casemate domain share v1",
            Self::Keyring(_) => b"casemate keyring copy v1",
        }
    }

    /// The bytes that `info` ends with.
    pub const fn last(&self) -> &[u8] {
        match self {
            Self::Domain => &[],
            Self::Keyring(id) => id.as_bytes(),
        }
    }
}
