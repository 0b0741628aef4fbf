//! From a raw path to a route, and to the path that policies decide about.

use super::config::{ConfigAction, Published, collection_of, kind_of};
use crate::engine::collection::CollectionId;
use crate::engine::configurations::ConfigKind;
use crate::engine::managed::Kind;
use percent_encoding::percent_decode_str;

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// `auth/ibmcloud/login`
    Login,
    /// `auth/ibmcloud/manage/login`
    LoginConfig,
    /// `auth/ibmcloud/manage/groups`
    Groups,
    /// `auth/ibmcloud/manage/groups/{id}`
    Group(String),
    /// `ibmcloud/{type}/secrets[/groups/{id}]`; without a group it is all of them to a list.
    Secrets { kind: Kind, group: Option<GroupName> },
    /// `ibmcloud/{type}/secrets/[groups/{id}/]{secret}…`
    Secret(SecretRoute),
    /// `ibmcloud/{type}/locks/[groups/{id}/]{secret}…`
    Locks(LocksRoute),
    /// `ibmcloud/iam_credentials/roles[/groups/{id}]`
    Roles(Option<GroupName>),
    /// `ibmcloud/iam_credentials/roles/[groups/{id}/]{name}`
    Role(GroupName, String),
    /// `ibmcloud/iam_credentials/creds/[groups/{id}/]{name}`
    Creds(GroupName, String),
    /// `ibmcloud/iam_credentials/config/root`
    RootConfig,
    /// `ibmcloud/{type}/config/{collection}`
    Configs(ConfigKind),
    /// `ibmcloud/{type}/config/{collection}/{name}`
    Config(ConfigKind, String),
    /// `ibmcloud/{type}/config/{collection}/{name}/{action}`
    ConfigAction(ConfigKind, String, ConfigAction),
    /// `ibmcloud/private_cert/config/certificate_authorities/{name}/…`, for everybody
    Published(String, Published),
    /// `ibmcloud/kv/{data,delete,…}/{path}`
    Kv(KvEndpoint, Vec<String>),
}

/// A secret group in a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GroupName {
    /// Not named, or named `default`.
    Default,
    /// By its identifier, as it came.
    Other(String),
}

impl GroupName {
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "default" => Self::Default,
            other => Self::Other(other.to_owned()),
        }
    }

    /// As policies see it: an identifier can be written in several ways, a rule must meet them all.
    pub(super) fn canonical(&self) -> String {
        match self {
            Self::Default => "default".into(),
            Self::Other(text) => canonical(text),
        }
    }
}

fn canonical(id: &str) -> String {
    id.parse::<CollectionId>()
        .map_or_else(|_| id.to_owned(), |id| id.to_string())
}

/// A secret and what about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SecretRoute {
    pub(super) kind: Kind,
    pub(super) group: GroupName,
    /// Its identifier or its name.
    pub(super) name: String,
    pub(super) part: Part,
}

/// What about a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    DeleteCredentials,
    Metadata,
    Policies,
    Restore,
    Revoke,
    Rotate,
    Versions,
    Version(String),
    ValidateDns,
    VersionMetadata(String),
    VersionRevoke(String),
}

/// A secret's locks, or those of one version, and what to do with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LocksRoute {
    pub(super) kind: Kind,
    pub(super) group: GroupName,
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) action: LockAction,
}

/// What to do with locks: the last segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LockAction {
    List,
    Lock,
    LockExclusive,
    LockExclusiveDelete,
    Unlock,
}

impl LockAction {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "lock" => Self::Lock,
            "lock_exclusive" => Self::LockExclusive,
            "lock_exclusive_delete" => Self::LockExclusiveDelete,
            "unlock" => Self::Unlock,
            _ => return None,
        })
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::List => "",
            Self::Lock => "/lock",
            Self::LockExclusive => "/lock_exclusive",
            Self::LockExclusiveDelete => "/lock_exclusive_delete",
            Self::Unlock => "/unlock",
        }
    }
}

/// The parts of Vault's KV version 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KvEndpoint {
    Data,
    Delete,
    Destroy,
    Metadata,
    Undelete,
}

impl KvEndpoint {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "data" => Self::Data,
            "delete" => Self::Delete,
            "destroy" => Self::Destroy,
            "metadata" => Self::Metadata,
            "undelete" => Self::Undelete,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Delete => "delete",
            Self::Destroy => "destroy",
            Self::Metadata => "metadata",
            Self::Undelete => "undelete",
        }
    }
}

/// The type's segment in paths and answers.
pub(super) fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Arbitrary => "arbitrary",
        Kind::KeyValue => "kv",
        Kind::Credentials => "username_password",
        Kind::Certificate => "imported_cert",
        Kind::ApiKey => "iam_credentials",
        Kind::ServiceKey => "service_credentials",
        Kind::PrivateCertificate => "private_cert",
        Kind::PublicCertificate => "public_cert",
    }
}

/// The type that a segment names; two have a second name in IBM's documentation.
fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "arbitrary" => Kind::Arbitrary,
        "kv" => Kind::KeyValue,
        "username_password" | "user_credentials" => Kind::Credentials,
        "imported_cert" | "import_cert" => Kind::Certificate,
        "iam_credentials" => Kind::ApiKey,
        "service_credentials" => Kind::ServiceKey,
        "private_cert" => Kind::PrivateCertificate,
        "public_cert" => Kind::PublicCertificate,
        _ => return None,
    })
}

impl Route {
    /// The route of what follows `/v1/` in a raw path; `None` for what the API does not list.
    pub(super) fn parse(raw: &str) -> Option<Self> {
        let raw = raw.strip_suffix('/').unwrap_or(raw);
        let segments: Option<Vec<String>> = raw.split('/').map(decode).collect();
        let segments = segments?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["auth", "ibmcloud", "login"] => Some(Self::Login),
            ["auth", "ibmcloud", "manage", "login"] => Some(Self::LoginConfig),
            ["auth", "ibmcloud", "manage", "groups"] => Some(Self::Groups),
            ["auth", "ibmcloud", "manage", "groups", id] => Some(Self::Group((*id).into())),
            ["ibmcloud", name, "secrets", rest @ ..] => Self::secrets(kind(name)?, rest),
            ["ibmcloud", name, "locks", rest @ ..] => Self::locks(kind(name)?, rest),
            ["ibmcloud", "iam_credentials", "config", "root"] => Some(Self::RootConfig),
            ["ibmcloud", "iam_credentials", "roles", rest @ ..] => Self::roles(rest),
            ["ibmcloud", "iam_credentials", "creds", rest @ ..] => {
                let (group, name) = group(rest)?;
                let [name] = name else { return None };
                Some(Self::Creds(group.unwrap_or(GroupName::Default), (*name).into()))
            }
            ["ibmcloud", engine, "config", rest @ ..] => Self::config(engine, rest),
            ["ibmcloud", "kv", endpoint, path @ ..] => {
                let path = path.iter().map(|&segment| segment.to_owned()).collect();
                Some(Self::Kv(KvEndpoint::parse(endpoint)?, path))
            }
            _ => None,
        }
    }

    /// Another spelling of secrets of the type `iam_credentials`.
    fn roles(rest: &[&str]) -> Option<Self> {
        match group(rest)? {
            (group, []) => Some(Self::Roles(group)),
            (group, [name]) => Some(Self::Role(group.unwrap_or(GroupName::Default), (*name).into())),
            (_, [_, "metadata"]) => Self::secrets(Kind::ApiKey, rest),
            _ => None,
        }
    }

    fn config(engine: &str, rest: &[&str]) -> Option<Self> {
        match (engine, rest) {
            ("private_cert", ["certificate_authorities", name, what @ ..]) => {
                Some(Self::Published((*name).into(), Published::parse(what)?))
            }
            (_, [collection]) => Some(Self::Configs(kind_of(engine, collection)?)),
            (_, [collection, name]) => Some(Self::Config(kind_of(engine, collection)?, (*name).into())),
            (_, [collection, name, action]) => {
                let kind = kind_of(engine, collection)?;
                let action = ConfigAction::parse(kind, action)?;
                Some(Self::ConfigAction(kind, (*name).into(), action))
            }
            _ => None,
        }
    }

    fn secrets(kind: Kind, rest: &[&str]) -> Option<Self> {
        let (group, rest) = group(rest)?;
        let [name, part @ ..] = rest else {
            return Some(Self::Secrets { kind, group });
        };
        let part = match part {
            [] => Part::Whole,
            ["delete_credentials"] => Part::DeleteCredentials,
            ["metadata"] => Part::Metadata,
            ["policies"] => Part::Policies,
            ["restore"] => Part::Restore,
            ["revoke"] => Part::Revoke,
            ["rotate"] => Part::Rotate,
            ["validate_dns_challenge"] => Part::ValidateDns,
            ["versions"] => Part::Versions,
            ["versions", version] => Part::Version((*version).into()),
            ["versions", version, "metadata"] => Part::VersionMetadata((*version).into()),
            ["versions", version, "revoke"] => Part::VersionRevoke((*version).into()),
            _ => return None,
        };
        Some(Self::Secret(SecretRoute {
            kind,
            group: group.unwrap_or(GroupName::Default),
            name: (*name).into(),
            part,
        }))
    }

    fn locks(kind: Kind, rest: &[&str]) -> Option<Self> {
        let (group, rest) = group(rest)?;
        let [name, rest @ ..] = rest else { return None };
        let (version, rest) = match rest {
            ["versions", version, rest @ ..] => (Some((*version).to_owned()), rest),
            rest => (None, rest),
        };
        let action = match rest {
            [] => LockAction::List,
            [action] => LockAction::parse(action)?,
            _ => return None,
        };
        Some(Self::Locks(LocksRoute {
            kind,
            group: group.unwrap_or(GroupName::Default),
            name: (*name).into(),
            version,
            action,
        }))
    }

    /// The methods that there are. `LIST` is another spelling of `GET` with `list=true`.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Self::Creds(..) | Self::Published(..) | Self::Roles(_) => "GET, HEAD",
            Self::Config(..) | Self::Group(_) => "GET, HEAD, POST, PUT, DELETE",
            Self::ConfigAction(..) | Self::Login => "POST, PUT",
            Self::Configs(_) | Self::Groups | Self::LoginConfig | Self::RootConfig | Self::Secrets { .. } => {
                "GET, HEAD, POST, PUT"
            }
            Self::Kv(endpoint, path) => endpoint.methods(path.is_empty()),
            Self::Locks(locks) if locks.action == LockAction::List => "GET, HEAD",
            Self::Locks(_) => "POST, PUT",
            Self::Role(..) => "POST, PUT, DELETE",
            Self::Secret(secret) => secret.part.methods(),
        }
    }

    /// The path that policies decide about. That of a list of all groups is nobody's: it is decided group by group.
    pub(super) fn policy_path(&self) -> String {
        match self {
            Self::Login => "auth/ibmcloud/login".into(),
            Self::LoginConfig => "auth/ibmcloud/manage/login".into(),
            Self::Groups => "auth/ibmcloud/manage/groups".into(),
            Self::Group(id) => format!("auth/ibmcloud/manage/groups/{}", canonical(id)),
            Self::Secrets { kind, group } => {
                let group = group.as_ref().map_or("default".into(), GroupName::canonical);
                list_path(*kind, &group)
            }
            Self::Roles(group) => {
                let group = group.as_ref().map_or("default".into(), GroupName::canonical);
                list_path(Kind::ApiKey, &group)
            }
            Self::Role(group, name) | Self::Creds(group, name) => {
                format!("{}/{name}", list_path(Kind::ApiKey, &group.canonical()))
            }
            Self::RootConfig => ROOT_CONFIG.into(),
            Self::Secret(secret) => secret.policy_path(),
            Self::Locks(locks) => locks.policy_path(),
            Self::Configs(kind) => collection_of(*kind),
            Self::Config(kind, name) => format!("{}/{name}", collection_of(*kind)),
            Self::ConfigAction(kind, name, action) => {
                format!("{}/{name}/{}", collection_of(*kind), action.name())
            }
            Self::Published(name, _) => {
                format!("ibmcloud/private_cert/config/certificate_authorities/{name}")
            }
            Self::Kv(endpoint, path) => {
                format!("ibmcloud/kv/{}/{}", endpoint.name(), path.join("/"))
            }
        }
    }
}

/// Where issuers' API keys are configured.
pub(super) const ROOT_CONFIG: &str = "ibmcloud/iam_credentials/config/root";

/// The path that policies decide about for a list.
pub(super) fn list_path(kind: Kind, group: &str) -> String {
    format!("ibmcloud/{}/secrets/groups/{group}", type_name(kind))
}

impl Part {
    fn methods(&self) -> &'static str {
        match self {
            Self::Metadata | Self::Policies | Self::VersionMetadata(_) => "GET, HEAD, POST, PUT",
            Self::Version(_) => "GET, HEAD",
            Self::Versions => "GET, HEAD",
            Self::Whole => "GET, HEAD, DELETE",
            _ => "POST, PUT",
        }
    }
}

impl KvEndpoint {
    fn methods(self, at_root: bool) -> &'static str {
        match self {
            Self::Data => "GET, HEAD, POST, PUT, PATCH, DELETE",
            Self::Delete | Self::Destroy | Self::Undelete => "POST, PUT",
            Self::Metadata if at_root => "GET",
            Self::Metadata => "GET, HEAD, POST, PUT, PATCH, DELETE",
        }
    }
}

impl SecretRoute {
    fn policy_path(&self) -> String {
        let list = list_path(self.kind, &self.group.canonical());
        let name = &self.name;
        match &self.part {
            Part::Whole => format!("{list}/{name}"),
            Part::DeleteCredentials => format!("{list}/{name}/delete_credentials"),
            Part::Metadata => format!("{list}/{name}/metadata"),
            Part::Policies => format!("{list}/{name}/policies"),
            Part::Revoke => format!("{list}/{name}/revoke"),
            Part::Restore => format!("{list}/{name}/restore"),
            Part::Rotate => format!("{list}/{name}/rotate"),
            Part::ValidateDns => format!("{list}/{name}/validate_dns_challenge"),
            Part::Versions => format!("{list}/{name}/versions"),
            Part::Version(version) => format!("{list}/{name}/versions/{version}"),
            Part::VersionMetadata(version) => format!("{list}/{name}/versions/{version}/metadata"),
            Part::VersionRevoke(version) => format!("{list}/{name}/versions/{version}/revoke"),
        }
    }
}

impl LocksRoute {
    fn policy_path(&self) -> String {
        let (kind, group) = (type_name(self.kind), self.group.canonical());
        let version = self.version.as_ref();
        let version = version.map_or(String::new(), |version| format!("/versions/{version}"));
        let (name, action) = (&self.name, self.action.suffix());
        format!("ibmcloud/{kind}/locks/groups/{group}/{name}{version}{action}")
    }
}

/// The group that segments begin with, if any, and what follows. A name `groups` alone is no secret's.
fn group<'s, 'p>(segments: &'s [&'p str]) -> Option<(Option<GroupName>, &'s [&'p str])> {
    match segments {
        ["groups"] => None,
        ["groups", group, rest @ ..] => Some((Some(GroupName::parse(group)), rest)),
        rest => Some((None, rest)),
    }
}

/// A segment, decoded once. One that is empty, or holds a slash or what does not print, is none.
fn decode(raw: &str) -> Option<String> {
    let text = percent_decode_str(raw).decode_utf8().ok()?;
    let fits = !text.is_empty() && !text.contains('/') && !text.contains(char::is_control);
    fits.then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy_path(raw: &str) -> Option<String> {
        Route::parse(raw).map(|route| route.policy_path())
    }

    #[test]
    fn both_forms_of_a_path_are_one_to_policies() {
        for (raw, path) in [
            (
                "ibmcloud/arbitrary/secrets/a",
                "ibmcloud/arbitrary/secrets/groups/default/a",
            ),
            (
                "ibmcloud/arbitrary/secrets/groups/default/a",
                "ibmcloud/arbitrary/secrets/groups/default/a",
            ),
            (
                "ibmcloud/user_credentials/secrets/groups/2BCAA289-5D38-AA57-910D-970E418AB1B3/a/rotate/",
                "ibmcloud/username_password/secrets/groups/2bcaa289-5d38-aa57-910d-970e418ab1b3/a/rotate",
            ),
            (
                "ibmcloud/kv/locks/a/versions/current/lock",
                "ibmcloud/kv/locks/groups/default/a/versions/current/lock",
            ),
            (
                "ibmcloud/import_cert/secrets/%61",
                "ibmcloud/imported_cert/secrets/groups/default/a",
            ),
        ] {
            assert_eq!(policy_path(raw).as_deref(), Some(path), "{raw}");
        }
    }

    #[test]
    fn what_is_not_listed_is_no_route() {
        for raw in [
            "ibmcloud",
            "ibmcloud/arbitrary",
            "ibmcloud/nothing/secrets",
            "ibmcloud/arbitrary/secrets/groups",
            "ibmcloud/arbitrary/secrets//a",
            "ibmcloud/arbitrary/secrets/a%2Fb",
            "ibmcloud/arbitrary/secrets/a/nothing",
            "ibmcloud/arbitrary/secrets/a/versions/b/c",
            "ibmcloud/arbitrary/locks",
            "ibmcloud/arbitrary/locks/a/unlock/b",
            "ibmcloud/arbitrary/data/a",
            "auth/ibmcloud",
            "auth/ibmcloud/manage",
            "auth/ibmcloud/manage/groups/a/b",
        ] {
            assert_eq!(policy_path(raw), None, "{raw}");
        }
    }
}
