use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// What a key is for at a provider, in the order in which the API shows them. The order stands in stored rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Purpose {
    /// Decrypt data.
    Decrypt,
    /// Encrypt data.
    Encrypt,
    /// Make signatures.
    Sign,
    /// Unwrap keys.
    Unwrap,
    /// Check signatures.
    Verify,
    /// Wrap keys.
    Wrap,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Decrypt,
        Self::Encrypt,
        Self::Sign,
        Self::Unwrap,
        Self::Verify,
        Self::Wrap,
    ];

    /// What the API calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decrypt => "decrypt",
            Self::Encrypt => "encrypt",
            Self::Sign => "sign",
            Self::Unwrap => "unwrap",
            Self::Verify => "verify",
            Self::Wrap => "wrap",
        }
    }

    /// The one that the API calls so.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// A set of purposes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purposes(BTreeSet<Purpose>);

impl Purposes {
    /// Whether this one is among them.
    pub fn has(&self, purpose: Purpose) -> bool {
        self.0.contains(&purpose)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Purpose> {
        self.0.iter().copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Purpose> for Purposes {
    fn from_iter<I: IntoIterator<Item = Purpose>>(purposes: I) -> Self {
        Self(purposes.into_iter().collect())
    }
}

impl fmt::Display for Purposes {
    /// As Vault shows them: sorted, with commas.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Purpose::name).collect();
        f.write_str(&names.join(","))
    }
}

/// Where a provider does operations with a key. The order stands in stored rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protection {
    /// In a hardware security module.
    Hsm,
    /// In software.
    Software,
}

impl Protection {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Hsm, Self::Software];

    /// What the API calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hsm => "hsm",
            Self::Software => "software",
        }
    }

    /// The one that the API calls so.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protection| protection.name() == name)
    }
}
