use crate::command::{Audited, Command, Roles, Spec, States};
use serde::{Deserialize, Serialize};

/// Bytes that name a recipient: SHA-256 of its SubjectPublicKeyInfo in DER.
pub const FINGERPRINT_LEN: usize = 32;

/// Most recipients in a device's list.
pub const MAX_RECIPIENTS: usize = 16;

/// For whom distributable keys may be wrapped at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExportPolicy {
    /// For nobody: how a device begins.
    Never,
    /// For those in the device's list.
    Approved,
    /// For whoever the operator says.
    Any,
}

/// Sets the export policy. The request's data: the fingerprints of the approved recipients, at most [`MAX_RECIPIENTS`],
/// in place of those before; none where the policy is another than [`ExportPolicy::Approved`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPolicySet {
    /// The policy from now on.
    pub policy: ExportPolicy,
}

/// Tells the export policy. The answer's data: the fingerprints of the approved recipients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPolicyGet {}

/// Answer to [`ExportPolicyGet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRules {
    /// The policy.
    pub policy: ExportPolicy,
    /// Keys that this device has ever wrapped for somebody.
    pub exports: u64,
}

impl Command for ExportPolicySet {
    const SPEC: Spec = Spec {
        code: 0x030d,
        name: "export-policy-set",
        idempotent: true,
        roles: Roles::OFFICER,
        states: States::READY,
        pin: true,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}

impl Command for ExportPolicyGet {
    const SPEC: Spec = Spec {
        code: 0x030e,
        name: "export-policy-get",
        idempotent: true,
        roles: Roles::OFFICER.and(Roles::OPERATOR).and(Roles::AUDITOR),
        states: States::SERVING,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = ExportRules;
}
