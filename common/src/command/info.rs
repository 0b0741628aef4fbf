use super::{Audited, Command, Roles, Spec, States};
use crate::domain::DomainId;
use crate::session::noise::PublicKey;
use serde::{Deserialize, Serialize};

/// Who are you, and how are you? The one command that a device answers in every state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {}

/// What a device says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InfoAnswer<'a> {
    /// Version of the firmware, as in its `Cargo.toml`.
    pub firmware: &'a str,
    /// The board it runs on.
    pub board: &'a str,
    /// Names this device for good: derived from its root secret, changed only by erasing it.
    pub device_id: [u8; 16],
    /// Whether it serves.
    pub state: DeviceState,
    /// What the host that asks may be: whose key it proved is enrolled, or not.
    pub roles: Roles,
    /// Whether the officer PIN was verified in this session.
    pub pin_verified: bool,
    /// PINs that may still be wrong before the device locks; 0 where none is set or it is locked.
    pub pin_tries: u8,
    /// The static key that it proves in the handshake; zeros in the error state.
    pub identity: PublicKey,
    /// Where its root secret lives.
    pub root: RootKind,
    /// Keyrings it holds.
    pub keyrings: u32,
    /// Keyrings it has room for in all.
    pub keyring_capacity: u32,
    /// Times it was started since it was made; resetting it does not turn this back.
    pub starts: u64,
    /// Milliseconds since it started.
    pub uptime_ms: u64,
    /// Most bytes of stack the worker has used since it started; 0 where the board does not measure.
    pub stack_high_water: u32,
    /// Bytes of the link that were lost since it started because they came faster than they were taken. Stays 0 as long
    /// as the host keeps to the window.
    pub receive_overruns: u32,
    /// The security domain that it is in.
    pub domain: Option<DomainId>,
    /// Whether a debugger is kept out.
    pub protection: Protection,
}

/// Whether a device serves, and whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceState {
    /// No host is enrolled: the first to connect may initialise it.
    Uninitialised,
    /// It serves all commands.
    Ready,
    /// The tries for the officer PIN are used up: operators are served, officers are not.
    Locked,
    /// A self-test or the entropy source failed: it answers only [`Info`] until it is restarted.
    Error,
}

impl DeviceState {
    /// Every state, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Uninitialised, Self::Ready, Self::Locked, Self::Error];
}

/// Where the secret lives that seals all that a device keeps in its flash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RootKind {
    /// In a page of the same flash: whoever copies the flash has the keys. For simulators, emulators, and boards that are not
    /// provisioned.
    FlashPage,
    /// In one-time-programmable memory.
    Otp,
    /// Bound to a hardware unique key that no software can read; what runs on the chip can use it.
    HardwareUniqueKey,
    /// As [`Self::HardwareUniqueKey`], and half of it in registers that a tamper input erases.
    HardwareUniqueKeyAndTamper,
}

/// How well the chip keeps a debugger from its flash and memory. A device says this of itself: it is for those who set it up,
/// and no proof to anybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protection {
    /// There is no chip to protect, as in the simulator, or it has nothing of the kind.
    NotApplicable,
    /// A debugger reads and writes everything.
    Open,
    /// A debugger reads no flash; whoever lifts this erases all. What it reads of the memory while the device runs depends on
    /// the chip.
    ReadOut,
    /// A debugger gets nowhere, for good.
    Locked,
}

impl Protection {
    /// Each of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::NotApplicable, Self::Open, Self::ReadOut, Self::Locked];
}

impl Command for Info {
    const SPEC: Spec = Spec {
        code: 0x0001,
        name: "info",
        idempotent: true,
        roles: Roles::ANYONE,
        states: States::ANY,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = InfoAnswer<'a>;
}
