use super::{Audited, Command, Roles, Spec, States};
use crate::domain::DomainId;
use crate::keyring::KeyringId;
use crate::session::noise::PublicKey;
use serde::{Deserialize, Serialize};

/// Who brings keyrings from one device to another: as those who make and destroy them.
const USERS: Roles = Roles::OPERATOR.and(Roles::OFFICER);

/// Makes a fresh key that one [share](crate::domain) may be made for. The one before is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareOffer {}

/// Answer to [`ShareOffer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareOffered {
    /// The key.
    pub offer: PublicKey,
}

/// Shares the secret of this device's security domain with another device; makes one where there is none. The answer's
/// data are the share, [`SHARE_LEN`](crate::domain::SHARE_LEN) bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainShare {
    /// The other device's static key.
    pub taker: PublicKey,
    /// What it has offered.
    pub offer: PublicKey,
}

/// Takes the secret of another device's security domain. A device that is in a domain already stays in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainJoin<'a> {
    /// The other device's static key.
    pub giver: PublicKey,
    /// What it has shared.
    pub share: &'a [u8],
}

/// Answer to [`DomainJoin`]: the device is in this domain, durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainJoined {
    /// The domain.
    pub domain: DomainId,
}

/// Shares a keyring with another device of the security domain. The answer's data are the share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyringShare {
    /// The keyring.
    pub id: KeyringId,
    /// The other device's static key.
    pub taker: PublicKey,
    /// What it has offered.
    pub offer: PublicKey,
}

/// Takes a keyring from another device of the security domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyringTake<'a> {
    /// The keyring.
    pub id: KeyringId,
    /// The other device's static key.
    pub giver: PublicKey,
    /// What it has shared.
    pub share: &'a [u8],
}

/// Answer to [`KeyringTake`]: the keyring exists here, durably, with the same key as there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyringTaken {
    /// False when it existed before.
    pub created: bool,
}

impl Command for ShareOffer {
    const SPEC: Spec = Spec {
        code: 0x0801,
        name: "share-offer",
        idempotent: true,
        roles: USERS,
        states: States::SERVING,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = ShareOffered;
}

impl Command for DomainShare {
    const SPEC: Spec = Spec {
        code: 0x0802,
        name: "domain-share",
        idempotent: true,
        roles: Roles::OFFICER,
        states: States::READY,
        pin: true,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}

impl Command for DomainJoin<'_> {
    const SPEC: Spec = Spec {
        code: 0x0803,
        name: "domain-join",
        idempotent: false,
        roles: Roles::OFFICER,
        states: States::READY,
        pin: true,
        audited: Audited::Each,
    };
    type Answer<'a> = DomainJoined;
}

impl Command for KeyringShare {
    const SPEC: Spec = Spec {
        code: 0x0104,
        name: "keyring-share",
        idempotent: true,
        roles: USERS,
        states: States::SERVING,
        pin: false,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}

impl Command for KeyringTake<'_> {
    const SPEC: Spec = Spec {
        code: 0x0105,
        name: "keyring-take",
        idempotent: false,
        roles: USERS,
        states: States::SERVING,
        pin: false,
        audited: Audited::Each,
    };
    type Answer<'a> = KeyringTaken;
}
