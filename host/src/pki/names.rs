use crate::engine::collection::CollectionId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Whom a certificate is for: the common name of its subject. 1 to 64 ASCII letters, digits, spaces and `_ . @ -`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HolderName(String);

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 64 letters, digits, spaces and _.@- and neither starts nor ends with a space")]
pub struct BadName;

impl HolderName {
    /// As in X.520's `ub-common-name`.
    const MAX_LEN: usize = 64;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HolderName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b" _.@-".contains(&byte);
        let fits =
            (1..=Self::MAX_LEN).contains(&text.len()) && text.bytes().all(allowed) && text.trim() == text;
        fits.then(|| Self(text.to_owned())).ok_or(BadName)
    }
}

impl TryFrom<String> for HolderName {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl From<HolderName> for String {
    fn from(name: HolderName) -> Self {
        name.0
    }
}

impl fmt::Display for HolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which OKMS domains a certificate opens. As text `okms.domain:<identifier>`, or `okms.domain:*` for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// All of them.
    All,
    /// This one.
    Domain(CollectionId),
}

const SCOPE: &str = "okms.domain:";

impl Scope {
    /// Its domain's identifier, or `*`.
    pub fn domain(self) -> String {
        match self {
            Self::All => "*".into(),
            Self::Domain(id) => id.to_string(),
        }
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let domain = text.strip_prefix(SCOPE).unwrap_or(text);
        match domain {
            "*" => Ok(Self::All),
            id => id.parse().map(Self::Domain).map_err(|_| {
                format!("{id:?} is no domain: give its identifier (casemate domain list), or * for all")
            }),
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCOPE}{}", self.domain())
    }
}
