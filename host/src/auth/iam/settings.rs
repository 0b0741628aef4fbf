use super::role::{Role, Scope};
use crate::engine::collection::CollectionId;
use serde::Deserialize;
use std::path::PathBuf;

/// An identity provider whose tokens count: the section `[[ibm.issuer]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IssuerSettings {
    /// What its tokens have as `iss`.
    pub issuer: String,
    /// Where its public keys are.
    pub jwks: JwksAddress,
    /// What its tokens must have as `aud`; not looked at where it is not set.
    pub audience: Option<String>,
    /// The accounts whose members may log in; all where it is empty.
    #[serde(default)]
    pub accounts: Vec<String>,
}

/// Where a JWKS is found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum JwksAddress {
    /// A file.
    File(PathBuf),
    /// `http://…` or `https://…`
    Url(String),
}

impl From<String> for JwksAddress {
    fn from(text: String) -> Self {
        if text.starts_with("https://") || text.starts_with("http://") {
            return Self::Url(text);
        }
        Self::File(text.strip_prefix("file://").unwrap_or(&text).into())
    }
}

/// A role for somebody: the section `[[ibm.role]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawGrant")]
pub struct Grant {
    /// To whom.
    pub to: GrantTo,
    /// Which role.
    pub role: Role,
    /// In the whole instance, or in one group.
    pub scope: Scope,
}

/// Whose tokens a role is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantTo {
    /// Those with this `iam_id`.
    IamId(String),
    /// Service ids of the built-in provider that are members of this access group.
    AccessGroup(String),
    /// Those with this claim, of this value.
    Claim {
        /// Name.
        name: String,
        /// Value.
        value: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawGrant {
    iam_id: Option<String>,
    access_group: Option<String>,
    claim: Option<String>,
    value: Option<String>,
    role: Role,
    group: Option<String>,
}

impl TryFrom<RawGrant> for Grant {
    type Error = String;

    fn try_from(raw: RawGrant) -> Result<Self, String> {
        let to = match (raw.iam_id, raw.access_group, raw.claim, raw.value) {
            (Some(iam_id), None, None, None) => GrantTo::IamId(iam_id),
            (None, Some(group), None, None) => GrantTo::AccessGroup(group),
            (None, None, Some(name), Some(value)) => GrantTo::Claim { name, value },
            _ => {
                return Err("a role is given to an iam-id, an access-group, or a claim and its value".into());
            }
        };
        let scope = match raw.group {
            None => Scope::Instance,
            Some(group) => {
                let group: CollectionId = group
                    .parse()
                    .map_err(|_| format!("{group:?} is no secret group's identifier"))?;
                Scope::Group(group)
            }
        };
        Ok(Self {
            to,
            role: raw.role,
            scope,
        })
    }
}
