use super::{Audited, Command, Roles, Spec, States};
use crate::keyring::KeyringId;
use serde::{Deserialize, Serialize};

/// Most identifiers in one [`KeyringPage`].
pub const PAGE_LEN: usize = 128;

/// Who makes and destroys keyrings: tenants come and go while the daemon serves, so operators do it as well as officers.
const USERS: Roles = Roles::OPERATOR.and(Roles::OFFICER);

/// Makes a keyring with a fresh key. One that exists stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyringCreate {
    /// Its name.
    pub id: KeyringId,
}

/// Answer to [`KeyringCreate`]: the keyring exists, durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyringCreated {
    /// False when it existed before.
    pub created: bool,
}

/// Lists keyrings in the order of their identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyringList {
    /// The last identifier of the page before; `None` for the first page.
    pub after: Option<KeyringId>,
}

/// Answer to [`KeyringList`]; its data are up to [`PAGE_LEN`] identifiers of 16 bytes each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyringPage {
    /// Whether there are more after these.
    pub more: bool,
}

/// Destroys a keyring's key: no record under it can be opened ever again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyringDestroy {
    /// Its name.
    pub id: KeyringId,
}

/// Answer to [`KeyringDestroy`]: the keyring is gone, durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyringDestroyed {
    /// False when there was none.
    pub existed: bool,
}

impl Command for KeyringCreate {
    const SPEC: Spec = Spec {
        code: 0x0101,
        name: "keyring-create",
        idempotent: true,
        roles: USERS,
        states: States::SERVING,
        pin: false,
        audited: Audited::Each,
    };
    type Answer<'a> = KeyringCreated;
}

impl Command for KeyringList {
    const SPEC: Spec = Spec {
        code: 0x0102,
        name: "keyring-list",
        idempotent: true,
        roles: USERS,
        states: States::SERVING,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = KeyringPage;
}

impl Command for KeyringDestroy {
    const SPEC: Spec = Spec {
        code: 0x0103,
        name: "keyring-destroy",
        idempotent: true,
        roles: USERS,
        states: States::SERVING,
        pin: false,
        audited: Audited::Each,
    };
    type Answer<'a> = KeyringDestroyed;
}
