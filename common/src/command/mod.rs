//! The commands: each a pair of types, request and answer, with a fixed code that is never reused.
//!
//! A request's body is the command's postcard encoding, followed by *data* for the commands that take some; an
//! answer's body likewise. [`COMMANDS`] says as data what the dispatcher has to know about each of them.

mod access;
mod audit;
mod audited;
mod device;
mod domain;
mod image;
mod info;
mod key;
mod keyring;
mod random;
mod record;
mod role;

pub use access::{Role, Roles, States};
pub use audit::{AuditAcknowledge, AuditAcknowledged, AuditHead, AuditHeadAnswer, AuditPage, AuditPull};
pub use audited::Audited;
pub use device::{
    DeviceInit, DeviceReset, DeviceRestart, MAX_PIN, MIN_PIN, PinChange, PinLimits, PinVerify, SelfTest,
};
pub use domain::{
    DomainJoin, DomainJoined, DomainShare, KeyringShare, KeyringTake, KeyringTaken, ShareOffer, ShareOffered,
};
pub use image::{
    ImageSummary, MAX_IMAGE_PIECE, UpdateBegin, UpdateFinish, UpdateStatus, UpdateStatusAnswer, UpdateWrite,
};
pub use info::{DeviceState, Info, InfoAnswer, Protection, RootKind};
pub use key::{
    ExportPolicy, ExportPolicyGet, ExportPolicySet, ExportRules, FINGERPRINT_LEN, Generated, JobStatus,
    KeyAttest, KeyDecipher, KeyDecrypt, KeyEncrypt, KeyGenerate, KeyImport, KeyJobCancel, KeyJobCancelled,
    KeyJobStatus, KeyMac, KeyPublic, KeyUnwrap, KeyWrap, MAX_ENCRYPTED, MAX_MAC_LABELS, MAX_RECIPIENTS,
    OaepHash, Recipient, Sign, SignInput, SignatureHash, SignatureScheme, WrapScheme,
};
pub use keyring::{
    KeyringCreate, KeyringCreated, KeyringDestroy, KeyringDestroyed, KeyringList, KeyringPage, PAGE_LEN,
};
pub use random::Random;
pub use record::{Open, Seal};
pub use role::{HostEntry, MAX_HOST_NAME, MAX_HOSTS, RoleEnroll, RoleList, RoleRevoke, RoleRevoked};

use serde::{Deserialize, Serialize};

/// A request that a device understands, with the answer that belongs to it.
pub trait Command: Serialize {
    /// The row of [`COMMANDS`] that describes it.
    const SPEC: Spec;

    /// The typed part of its answer; `()` where the answer is data alone.
    type Answer<'a>: Serialize + Deserialize<'a>;
}

/// What there is to know about a command before its body is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// The number that travels.
    pub code: u16,
    /// For logs and tables.
    pub name: &'static str,
    /// Whether repeating it after it has succeeded changes nothing and answers something the host can use, so that
    /// the host may send it again when it does not know whether it arrived.
    pub idempotent: bool,
    /// Who may use it: a host that has any of these roles.
    pub roles: Roles,
    /// The states in which the device serves it.
    pub states: States,
    /// Whether the officer PIN must have been verified in the same session. A locked device, which takes no PIN, does
    /// not ask for it: what is served then is served without.
    pub pin: bool,
    /// What it leaves in the audit log.
    pub audited: Audited,
}

/// Every command. Codes of one family share their high byte.
pub const COMMANDS: &[Spec] = &[
    Info::SPEC,
    Random::SPEC,
    KeyringCreate::SPEC,
    KeyringList::SPEC,
    KeyringDestroy::SPEC,
    Seal::SPEC,
    Open::SPEC,
    KeyGenerate::SPEC,
    KeyJobStatus::SPEC,
    KeyJobCancel::SPEC,
    KeyImport::SPEC,
    Sign::SPEC,
    KeyEncrypt::SPEC,
    KeyDecrypt::SPEC,
    KeyMac::SPEC,
    KeyPublic::SPEC,
    KeyDecipher::SPEC,
    KeyWrap::SPEC,
    KeyUnwrap::SPEC,
    ExportPolicySet::SPEC,
    ExportPolicyGet::SPEC,
    KeyAttest::SPEC,
    AuditPull::SPEC,
    AuditAcknowledge::SPEC,
    AuditHead::SPEC,
    DeviceInit::SPEC,
    PinVerify::SPEC,
    PinChange::SPEC,
    DeviceReset::SPEC,
    SelfTest::SPEC,
    RoleEnroll::SPEC,
    RoleList::SPEC,
    RoleRevoke::SPEC,
    ShareOffer::SPEC,
    DomainShare::SPEC,
    DomainJoin::SPEC,
    KeyringShare::SPEC,
    KeyringTake::SPEC,
    DeviceRestart::SPEC,
    UpdateStatus::SPEC,
    UpdateBegin::SPEC,
    UpdateWrite::SPEC,
    UpdateFinish::SPEC,
];

/// The row with this code.
pub fn spec(code: u16) -> Option<&'static Spec> {
    COMMANDS.iter().find(|spec| spec.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_and_names_are_unique() {
        let codes: BTreeSet<_> = COMMANDS.iter().map(|spec| spec.code).collect();
        let names: BTreeSet<_> = COMMANDS.iter().map(|spec| spec.name).collect();
        assert_eq!((codes.len(), names.len()), (COMMANDS.len(), COMMANDS.len()));
    }
}
