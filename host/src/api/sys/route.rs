use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::fault::Fault;

/// A path, decoded once.
pub(super) fn decoded(route: &str) -> Result<String, Fault> {
    let path = percent_decode_str(route).decode_utf8();
    path.map(Into::into)
        .map_err(|_| Fault::bad("the path is not UTF-8 when decoded"))
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route<'p> {
    Guarded(Guarded<'p>),
    Open(Open),
}

/// Needs no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    Health,
    Init,
    SealStatus,
    Unseal,
}

/// Needs a token whose policies allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guarded<'p> {
    Capabilities(Of),
    Policy(PolicyRoute<'p>),
    Seal,
    Token(TokenRoute),
}

/// Which token an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Accessor,
    Caller,
    Given,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenRoute {
    Create { orphan: bool },
    Lookup(Of),
    Renew(Of),
    Revoke(Of),
    RevokeOrphan,
}

/// A policy by name, or all of them where the name is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PolicyRoute<'p> {
    pub(super) name: &'p str,
    /// The older route `sys/policy`, which calls the text `rules` and answers in a shape of its own.
    pub(super) old: bool,
}

impl<'p> Route<'p> {
    pub(super) fn parse(path: &'p str) -> Option<Self> {
        if let Some(name) = path.strip_prefix("auth/token/") {
            return TokenRoute::parse(name).map(|action| Self::Guarded(Guarded::Token(action)));
        }
        match path.strip_prefix("sys/")? {
            "health" => Some(Self::Open(Open::Health)),
            "init" => Some(Self::Open(Open::Init)),
            "unseal" => Some(Self::Open(Open::Unseal)),
            "seal" => Some(Self::Guarded(Guarded::Seal)),
            "seal-status" => Some(Self::Open(Open::SealStatus)),
            "capabilities" => Some(Self::Guarded(Guarded::Capabilities(Of::Given))),
            "capabilities-self" => Some(Self::Guarded(Guarded::Capabilities(Of::Caller))),
            rest => PolicyRoute::parse(rest).map(|action| Self::Guarded(Guarded::Policy(action))),
        }
    }
}

impl Route<'_> {
    /// The methods that there are. `LIST` is another spelling of `GET` with `list=true`.
    pub(super) fn methods(self) -> &'static str {
        const READ: &str = "GET, HEAD";
        const WRITE: &str = "POST, PUT";
        match self {
            Self::Open(Open::Health | Open::Init | Open::SealStatus) => READ,
            Self::Open(Open::Unseal) => WRITE,
            Self::Guarded(Guarded::Policy(PolicyRoute { name: "", old: true })) => READ,
            Self::Guarded(Guarded::Policy(PolicyRoute { name: "", old: false })) => "GET",
            Self::Guarded(Guarded::Policy(_)) => "GET, HEAD, POST, PUT, DELETE",
            Self::Guarded(Guarded::Token(TokenRoute::Lookup(Of::Caller | Of::Given))) => {
                "GET, HEAD, POST, PUT"
            }
            Self::Guarded(_) => WRITE,
        }
    }
}

impl Guarded<'_> {
    /// The path that policies decide about. Names of policies are not distinguished by case, so a rule for `root`
    /// must meet `ROOT` too.
    pub(super) fn protected_path(self, path: &str) -> Cow<'_, str> {
        match self {
            Self::Policy(_) => Cow::Owned(path.to_ascii_lowercase()),
            _ => Cow::Borrowed(path),
        }
    }

    /// What Vault reserves to operators.
    pub(super) fn needs_sudo(self) -> bool {
        matches!(self, Self::Seal | Self::Token(TokenRoute::RevokeOrphan))
    }
}

impl TokenRoute {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "create" => Self::Create { orphan: false },
            "create-orphan" => Self::Create { orphan: true },
            "lookup" => Self::Lookup(Of::Given),
            "lookup-accessor" => Self::Lookup(Of::Accessor),
            "lookup-self" => Self::Lookup(Of::Caller),
            "renew" => Self::Renew(Of::Given),
            "renew-accessor" => Self::Renew(Of::Accessor),
            "renew-self" => Self::Renew(Of::Caller),
            "revoke" => Self::Revoke(Of::Given),
            "revoke-accessor" => Self::Revoke(Of::Accessor),
            "revoke-orphan" => Self::RevokeOrphan,
            "revoke-self" => Self::Revoke(Of::Caller),
            _ => return None,
        })
    }
}

impl<'p> PolicyRoute<'p> {
    fn parse(rest: &'p str) -> Option<Self> {
        let below = |folder| match rest.strip_prefix(folder) {
            Some("") => Some(""),
            Some(name) => name.strip_prefix('/'),
            None => None,
        };
        let new = below("policies/acl").map(|name| Self { name, old: false });
        new.or_else(|| below("policy").map(|name| Self { name, old: true }))
    }
}
