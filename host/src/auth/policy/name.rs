use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of a policy: 1 to 128 letters, digits and `_ . @ / -`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PolicyName(Box<str>);

/// A text that can't be a policy's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a policy's name has 1 to 128 letters, digits and _ . @ / -, and does not begin or end with /")]
pub struct BadName;

impl PolicyName {
    const MAX: usize = 128;

    /// The policy that every token has unless it was made without.
    pub fn default_policy() -> Self {
        Self("default".into())
    }

    /// The policy that allows everything.
    pub fn root() -> Self {
        Self("root".into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names the policy that allows everything.
    pub fn is_root(&self) -> bool {
        &*self.0 == "root"
    }

    /// Whether it names the policy that every token has unless it was made without.
    pub fn is_default(&self) -> bool {
        &*self.0 == "default"
    }
}

impl FromStr for PolicyName {
    type Err = BadName;

    /// Upper case becomes lower case, as in Vault.
    fn from_str(text: &str) -> Result<Self, BadName> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.@/-".contains(&byte);
        let shape = !text.is_empty() && text.len() <= Self::MAX && text.bytes().all(allowed);
        if !shape || text.starts_with('/') || text.ends_with('/') {
            return Err(BadName);
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }
}

impl TryFrom<String> for PolicyName {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl From<PolicyName> for String {
    fn from(name: PolicyName) -> Self {
        name.0.into()
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
