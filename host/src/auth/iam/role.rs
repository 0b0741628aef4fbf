//! Roles are path policies: each row of [`RIGHTS`] says from which role on something may be done, and the policies
//! `instance-<role>` and `group-<group>-<role>` are made from the table.
//!
//! The paths are those that the dialect `ibm` asks about: always with the group, `groups/default` too, whichever form
//! the URL had.

use crate::auth::policy::PolicyName;
use crate::engine::collection::CollectionId;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::str::FromStr;

/// IBM's service roles. Each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Role {
    /// Sees metadata and lists.
    Reader,
    /// Reads values too.
    SecretsReader,
    /// Creates, rotates, changes and locks too.
    Writer,
    /// Deletes, unlocks, manages groups and logins too.
    Manager,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Reader, Self::SecretsReader, Self::Writer, Self::Manager];

    /// Its part of a policy's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::SecretsReader => "secretsreader",
            Self::Writer => "writer",
            Self::Manager => "manager",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    /// Case does not count.
    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL
            .into_iter()
            .find(|role| role.name().eq_ignore_ascii_case(text));
        known.ok_or_else(|| format!("{text:?} is no role; give Reader, SecretsReader, Writer or Manager"))
    }
}

impl TryFrom<String> for Role {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.name().into()
    }
}

/// Where a role counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// In every group, and for what is above groups.
    Instance,
    /// In one group.
    Group(CollectionId),
}

impl Scope {
    /// The policy that stands for a role here.
    pub fn policy(self, role: Role) -> Option<PolicyName> {
        let name = match self {
            Self::Instance => format!("instance-{}", role.name()),
            Self::Group(group) => format!("group-{group}-{}", role.name()),
        };
        name.parse().ok()
    }
}

/// From which role on, for one group and its secrets; `{}` is the group.
const RIGHTS: &[(Role, &str, &[&str])] = &[
    (Role::Reader, "auth/ibmcloud/manage/groups/{}", &["read"]),
    (Role::Reader, "ibmcloud/+/secrets/groups/{}", &["read", "list"]),
    (
        Role::Writer,
        "ibmcloud/+/secrets/groups/{}",
        &["create", "update"],
    ),
    (Role::SecretsReader, "ibmcloud/+/secrets/groups/{}/+", &["read"]),
    (Role::Manager, "ibmcloud/+/secrets/groups/{}/+", &["delete"]),
    (Role::Reader, "ibmcloud/+/secrets/groups/{}/+/metadata", &["read"]),
    (
        Role::Writer,
        "ibmcloud/+/secrets/groups/{}/+/metadata",
        &["update"],
    ),
    (Role::Writer, "ibmcloud/+/secrets/groups/{}/+/revoke", &["update"]),
    (
        Role::Writer,
        "ibmcloud/+/secrets/groups/{}/+/versions/+/revoke",
        &["update"],
    ),
    (
        Role::Writer,
        "ibmcloud/+/secrets/groups/{}/+/restore",
        &["update"],
    ),
    (
        Role::Writer,
        "ibmcloud/+/secrets/groups/{}/+/delete_credentials",
        &["update"],
    ),
    (
        Role::Writer,
        "ibmcloud/+/secrets/groups/{}/+/validate_dns_challenge",
        &["update"],
    ),
    (Role::Writer, "ibmcloud/+/secrets/groups/{}/+/rotate", &["update"]),
    (Role::Reader, "ibmcloud/+/secrets/groups/{}/+/policies", &["read"]),
    (
        Role::Writer,
        "ibmcloud/+/secrets/groups/{}/+/policies",
        &["update"],
    ),
    (
        Role::Reader,
        "ibmcloud/+/secrets/groups/{}/+/versions",
        &["read", "list"],
    ),
    (
        Role::SecretsReader,
        "ibmcloud/+/secrets/groups/{}/+/versions/+",
        &["read"],
    ),
    (
        Role::Reader,
        "ibmcloud/+/secrets/groups/{}/+/versions/+/metadata",
        &["read"],
    ),
    (
        Role::Writer,
        "ibmcloud/+/secrets/groups/{}/+/versions/+/metadata",
        &["update"],
    ),
    (Role::Reader, "ibmcloud/+/locks/groups/{}/+", &["read", "list"]),
    (Role::Writer, "ibmcloud/+/locks/groups/{}/+/lock", &["update"]),
    (
        Role::Writer,
        "ibmcloud/+/locks/groups/{}/+/lock_exclusive",
        &["update"],
    ),
    (
        Role::Writer,
        "ibmcloud/+/locks/groups/{}/+/lock_exclusive_delete",
        &["update"],
    ),
    (Role::Manager, "ibmcloud/+/locks/groups/{}/+/unlock", &["update"]),
    (
        Role::Reader,
        "ibmcloud/+/locks/groups/{}/+/versions/+",
        &["read", "list"],
    ),
    (
        Role::Writer,
        "ibmcloud/+/locks/groups/{}/+/versions/+/lock",
        &["update"],
    ),
    (
        Role::Writer,
        "ibmcloud/+/locks/groups/{}/+/versions/+/lock_exclusive",
        &["update"],
    ),
    (
        Role::Writer,
        "ibmcloud/+/locks/groups/{}/+/versions/+/lock_exclusive_delete",
        &["update"],
    ),
    (
        Role::Manager,
        "ibmcloud/+/locks/groups/{}/+/versions/+/unlock",
        &["update"],
    ),
    (Role::SecretsReader, "ibmcloud/kv/data/{}/+", &["read"]),
    (
        Role::Writer,
        "ibmcloud/kv/data/{}/+",
        &["create", "patch", "update"],
    ),
    (Role::Manager, "ibmcloud/kv/data/{}/+", &["delete"]),
    (Role::Manager, "ibmcloud/kv/delete/{}/+", &["update"]),
    (Role::Writer, "ibmcloud/kv/undelete/{}/+", &["update"]),
    (Role::Manager, "ibmcloud/kv/destroy/{}/+", &["update"]),
    (Role::Reader, "ibmcloud/kv/metadata/{}", &["read", "list"]),
    (Role::Reader, "ibmcloud/kv/metadata/{}/+", &["read"]),
    (
        Role::Writer,
        "ibmcloud/kv/metadata/{}/+",
        &["create", "patch", "update"],
    ),
    (Role::Manager, "ibmcloud/kv/metadata/{}/+", &["delete"]),
];

/// From which role on, for what is above groups.
const INSTANCE_RIGHTS: &[(Role, &str, &[&str])] = &[
    (Role::Manager, "auth/ibmcloud/manage/login", &["read", "update"]),
    (
        Role::Manager,
        "ibmcloud/iam_credentials/config/root",
        &["read", "update"],
    ),
    (Role::Reader, "auth/ibmcloud/manage/groups", &["read", "list"]),
    (
        Role::Manager,
        "auth/ibmcloud/manage/groups",
        &["create", "update"],
    ),
    (
        Role::Manager,
        "auth/ibmcloud/manage/groups/+",
        &["update", "delete"],
    ),
    (Role::Reader, "ibmcloud/public_cert/config/+", &["read", "list"]),
    (
        Role::Manager,
        "ibmcloud/public_cert/config/+",
        &["create", "update"],
    ),
    (
        Role::Manager,
        "ibmcloud/public_cert/config/+/+",
        &["read", "update", "delete"],
    ),
    (Role::Reader, "ibmcloud/private_cert/config/+", &["read", "list"]),
    (
        Role::Manager,
        "ibmcloud/private_cert/config/+",
        &["create", "update"],
    ),
    (
        Role::Manager,
        "ibmcloud/private_cert/config/+/+",
        &["read", "update", "delete"],
    ),
    (Role::Manager, "ibmcloud/private_cert/config/+/+/+", &["update"]),
];

/// The text of the policy with this name, where it is one that stands for a role.
pub(in crate::auth) fn policy_text(name: &PolicyName) -> Option<String> {
    let name = name.as_str();
    if let Some(role) = name.strip_prefix("instance-") {
        let role = exact_role(role)?;
        return Some(text(role, "+", &[RIGHTS, INSTANCE_RIGHTS].concat()));
    }
    let (group, role) = name.strip_prefix("group-")?.rsplit_once('-')?;
    let id: CollectionId = group.parse().ok()?;
    // An identifier can be written in several ways; only one of them names a policy.
    (id.to_string() == group).then_some(())?;
    Some(text(exact_role(role)?, group, RIGHTS))
}

fn exact_role(name: &str) -> Option<Role> {
    Role::ALL.into_iter().find(|role| role.name() == name)
}

fn text(role: Role, group: &str, rights: &[(Role, &str, &[&str])]) -> String {
    let mut text = String::new();
    for (_, path, capabilities) in rights.iter().filter(|(least, ..)| *least <= role) {
        let path = path.replace("{}", group);
        let capabilities = capabilities.join("\", \"");
        // Writing to a string can't fail.
        let _ = writeln!(
            text,
            "path \"{path}\" {{\n    capabilities = [\"{capabilities}\"]\n}}"
        );
    }
    text
}
