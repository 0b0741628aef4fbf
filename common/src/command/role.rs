use super::{Audited, Command, Roles, Spec, States};
use crate::session::noise::PublicKey;
use serde::{Deserialize, Serialize};

/// Most hosts that a device enrols.
pub const MAX_HOSTS: usize = 16;

/// Longest name of an enrolled host, in bytes of UTF-8.
pub const MAX_HOST_NAME: usize = 32;

/// Enrols a host's static key with a set of roles, or changes the roles and the name of one that is enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleEnroll<'a> {
    /// The key that the host proves in the handshake.
    pub key: PublicKey,
    /// What it may be from now on, [`Role::Guest`](super::Role) aside; at least one.
    pub roles: Roles,
    /// For people; 1 to [`MAX_HOST_NAME`] bytes.
    pub name: &'a str,
}

/// Lists the enrolled hosts. The answer's data are their [`HostEntry`]s, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleList {}

/// One enrolled host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostEntry<'a> {
    /// Its static key.
    pub key: PublicKey,
    /// What it may be.
    pub roles: Roles,
    /// Its name.
    pub name: &'a str,
}

/// Takes all roles from a host. The last officer can't be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRevoke {
    /// Its static key.
    pub key: PublicKey,
}

/// Answer to [`RoleRevoke`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRevoked {
    /// False when there was no such host.
    pub existed: bool,
}

impl Command for RoleEnroll<'_> {
    const SPEC: Spec = Spec {
        code: 0x0701,
        name: "role-enroll",
        idempotent: true,
        roles: Roles::OFFICER,
        states: States::READY,
        pin: true,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}

impl Command for RoleList {
    const SPEC: Spec = Spec {
        code: 0x0702,
        name: "role-list",
        idempotent: true,
        roles: Roles::OFFICER.and(Roles::AUDITOR),
        states: States::SERVING,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = ();
}

impl Command for RoleRevoke {
    const SPEC: Spec = Spec {
        code: 0x0703,
        name: "role-revoke",
        idempotent: true,
        roles: Roles::OFFICER,
        states: States::READY,
        pin: true,
        audited: Audited::Each,
    };
    type Answer<'a> = RoleRevoked;
}
