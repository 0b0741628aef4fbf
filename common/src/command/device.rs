use super::{Audited, Command, Roles, Spec, States};
use serde::{Deserialize, Serialize};

/// Longest officer PIN, in bytes.
pub const MAX_PIN: usize = 64;

/// Shortest officer PIN, in bytes.
pub const MIN_PIN: usize = 6;

/// Takes a device into service: enrols the host that asks as officer, operator and auditor, and sets the officer PIN.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInit<'a> {
    /// The officer PIN, [`MIN_PIN`] to [`MAX_PIN`] bytes.
    pub pin: &'a [u8],
    /// How often it may be wrong.
    pub limits: PinLimits,
    /// The host's name, for people; 1 to [`MAX_HOST_NAME`](super::MAX_HOST_NAME) bytes.
    pub name: &'a str,
}

/// How often the officer PIN may be wrong before something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinLimits {
    /// Wrong PINs in a row after which the device locks, 1 to 100. The lock ends when the device has run for
    /// [`PinLimits::LOCKOUT_MS`] without a break; then as many tries again.
    pub tries: u8,
    /// Lock-outs in a row after which it erases itself, 1 to 100.
    pub lockouts: u8,
}

impl PinLimits {
    /// Milliseconds that a lock-out lasts: a quarter of an hour.
    pub const LOCKOUT_MS: u64 = 15 * 60 * 1000;

    /// What a host asks for that says nothing else.
    pub const DEFAULT: Self = Self {
        tries: 8,
        lockouts: 3,
    };

    /// Whether both are in their ranges.
    pub const fn are_valid(self) -> bool {
        matches!(self.tries, 1..=100) && matches!(self.lockouts, 1..=100)
    }
}

/// Proves in this session that the officer is there. Counts as a try before it is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinVerify<'a> {
    /// The officer PIN.
    pub pin: &'a [u8],
}

/// Changes the officer PIN. Counts as a try before it is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinChange<'a> {
    /// The present PIN.
    pub old: &'a [u8],
    /// The next one, [`MIN_PIN`] to [`MAX_PIN`] bytes.
    pub new: &'a [u8],
}

/// Erases everything that the device holds, roles and PIN included. What it is, its static key, stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceReset {}

/// Asks every algorithm for its known answers again. A device that fails goes into the error state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfTest {}

/// Starts the device anew, once its answer has left: what an update has brought is tried then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRestart {}

impl Command for DeviceInit<'_> {
    const SPEC: Spec = Spec {
        code: 0x0601,
        name: "device-init",
        idempotent: false,
        roles: Roles::ANYONE,
        states: States::UNINITIALISED,
        pin: false,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}

impl Command for PinVerify<'_> {
    const SPEC: Spec = Spec {
        code: 0x0602,
        name: "pin-verify",
        idempotent: false,
        roles: Roles::OFFICER,
        states: States::READY,
        pin: false,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}

impl Command for PinChange<'_> {
    const SPEC: Spec = Spec {
        code: 0x0603,
        name: "pin-change",
        idempotent: false,
        roles: Roles::OFFICER,
        states: States::READY,
        pin: false,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}

impl Command for DeviceReset {
    const SPEC: Spec = Spec {
        code: 0x0604,
        name: "device-reset",
        idempotent: false,
        roles: Roles::OFFICER,
        states: States::SERVING,
        pin: true,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}

impl Command for SelfTest {
    const SPEC: Spec = Spec {
        code: 0x0605,
        name: "self-test",
        idempotent: true,
        roles: Roles::OFFICER.and(Roles::OPERATOR).and(Roles::AUDITOR),
        states: States::SERVING,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = ();
}

impl Command for DeviceRestart {
    const SPEC: Spec = Spec {
        code: 0x0606,
        name: "device-restart",
        idempotent: false,
        roles: Roles::OFFICER,
        states: States::SERVING,
        // Nothing is lost or gained by it that pulling the plug would not bring about.
        pin: false,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}
