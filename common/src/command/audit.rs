use super::{Audited, Command, Role, Roles, Spec, States};
use crate::audit::{CHALLENGE_LEN, HEAD_LEN};
use serde::{Deserialize, Serialize};

/// Who may read the log: it holds no secrets, and the daemon keeps it for the auditor.
const READERS: Roles = Roles::of(&[Role::Officer, Role::Operator, Role::Auditor]);

/// Who may let the device forget entries: the daemon, which drains it all the time, and the auditor. A dishonest one
/// can lose entries by that, but not unseen: the chain tells that they are missing.
const DRAINERS: Roles = Roles::of(&[Role::Operator, Role::Auditor]);

/// Entries of the audit log, the oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPull {
    /// Only entries with a higher sequence number than this.
    pub after: u64,
}

/// Answer to [`AuditPull`]; its data are entries of [`ENTRY_LEN`](crate::audit::ENTRY_LEN) bytes each, none when there
/// are no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The chain's head before the first of them.
    pub before: [u8; HEAD_LEN],
    /// Sequence number of the newest entry there is.
    pub newest: u64,
    /// Up to where entries have been acknowledged.
    pub drained: u64,
}

/// Tells the device that entries are kept elsewhere, so that it may forget them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditAcknowledge {
    /// Sequence number of the last one.
    pub through: u64,
}

/// Answer to [`AuditAcknowledge`]: they may be forgotten, durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditAcknowledged {
    /// Up to where entries have been acknowledged.
    pub drained: u64,
}

/// The chain's head, signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// Whatever the verifier has just made up, so that the answer can't be an old one.
    pub challenge: [u8; CHALLENGE_LEN],
}

/// Answer to [`AuditHead`]; its data are the signature over [`head_message`](crate::audit::head_message), r and s of 32
/// bytes each, big endian, then the key that it is by: an uncompressed point of 65 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHeadAnswer {
    /// Sequence number of the newest entry.
    pub sequence: u64,
    /// The head behind it.
    pub head: [u8; HEAD_LEN],
}

impl Command for AuditPull {
    const SPEC: Spec = Spec {
        code: 0x0501,
        name: "audit-pull",
        idempotent: true,
        roles: READERS,
        states: States::FIT,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = AuditPage;
}

impl Command for AuditAcknowledge {
    const SPEC: Spec = Spec {
        code: 0x0502,
        name: "audit-acknowledge",
        idempotent: true,
        roles: DRAINERS,
        states: States::FIT,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = AuditAcknowledged;
}

impl Command for AuditHead {
    const SPEC: Spec = Spec {
        code: 0x0503,
        name: "audit-head",
        idempotent: true,
        roles: READERS,
        states: States::FIT,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = AuditHeadAnswer;
}
