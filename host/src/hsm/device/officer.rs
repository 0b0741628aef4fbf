//! What governs a device: taking it into service, hosts and roles, the officer PIN, erasing it.

use super::{DeviceHsm, answer, unreadable};
use crate::hsm::HsmError;
use casemate_common::command::{
    Command, DeviceInit, DeviceReset, DeviceState, HostEntry, Info, InfoAnswer, MAX_HOST_NAME, MAX_HOSTS,
    PinChange, PinLimits, PinVerify, Protection, RoleEnroll, RoleList, RoleRevoke, RoleRevoked, Roles,
    RootKind, SelfTest,
};
use casemate_common::domain::DomainId;
use casemate_common::session::noise::PublicKey;

/// Longest answer to [`RoleList`].
const LIST_LEN: usize = MAX_HOSTS * (PublicKey::LEN + MAX_HOST_NAME + 8);

/// What a device says of itself and of the host that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceStatus {
    /// Version of the firmware.
    pub firmware: String,
    /// The board it runs on.
    pub board: String,
    /// Names it for good.
    pub device_id: [u8; 16],
    /// The key that it proves in every handshake; zeros in the error state.
    pub identity: PublicKey,
    /// Whether it serves, and whom.
    pub state: DeviceState,
    /// What this host may be.
    pub roles: Roles,
    /// PINs that may be wrong until it locks.
    pub pin_tries: u8,
    /// Where its root secret lives.
    pub root: RootKind,
    /// Keyrings it holds.
    pub keyrings: u32,
    /// Keyrings it has room for.
    pub keyring_capacity: u32,
    /// Times it was started.
    pub starts: u64,
    /// Milliseconds since it started.
    pub uptime_ms: u64,
    /// The security domain that it is in.
    pub domain: Option<DomainId>,
    /// Whether it keeps a debugger out, as it says.
    pub protection: Protection,
}

/// A host that a device has enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledHost {
    /// Its static key.
    pub key: PublicKey,
    /// What it may be.
    pub roles: Roles,
    /// For people.
    pub name: String,
}

impl DeviceHsm {
    /// What the device says of itself.
    ///
    /// # Errors
    /// It can't be reached, or is not trusted.
    pub async fn device_status(&self) -> Result<DeviceStatus, HsmError> {
        let bytes = self.ask(&Info {}, 256).await?;
        let info: InfoAnswer<'_> = answer(&bytes)?.0;
        Ok(DeviceStatus {
            firmware: info.firmware.to_owned(),
            board: info.board.to_owned(),
            device_id: info.device_id,
            identity: info.identity,
            state: info.state,
            roles: info.roles,
            pin_tries: info.pin_tries,
            root: info.root,
            protection: info.protection,
            keyrings: info.keyrings,
            keyring_capacity: info.keyring_capacity,
            starts: info.starts,
            uptime_ms: info.uptime_ms,
            domain: info.domain,
        })
    }

    /// Takes a device into service that has no officer yet: this host becomes officer, operator and auditor.
    ///
    /// # Errors
    /// The device's.
    pub async fn initialise(&self, pin: &str, limits: PinLimits, name: &str) -> Result<(), HsmError> {
        let pin = pin.as_bytes();
        self.order(&DeviceInit { pin, limits, name }).await
    }

    /// Proves that the officer is there, for as long as the session lasts.
    ///
    /// # Errors
    /// The device's: the PIN is wrong, or it is locked.
    pub async fn verify_pin(&self, pin: &str) -> Result<(), HsmError> {
        self.order(&PinVerify { pin: pin.as_bytes() }).await
    }

    /// Changes the officer PIN.
    ///
    /// # Errors
    /// The device's: the old PIN is wrong, or the new one is too short or long.
    pub async fn change_pin(&self, old: &str, new: &str) -> Result<(), HsmError> {
        let (old, new) = (old.as_bytes(), new.as_bytes());
        self.order(&PinChange { old, new }).await
    }

    /// Gives a host roles, in the place of those it has.
    ///
    /// # Errors
    /// The device's.
    pub async fn enroll(&self, key: PublicKey, roles: Roles, name: &str) -> Result<(), HsmError> {
        self.order(&RoleEnroll { key, roles, name }).await
    }

    /// All enrolled hosts.
    ///
    /// # Errors
    /// The device's.
    pub async fn enrolled(&self) -> Result<Vec<EnrolledHost>, HsmError> {
        let bytes = self.ask(&RoleList {}, LIST_LEN).await?;
        let mut rest = bytes.as_slice();
        let mut hosts = Vec::new();
        while !rest.is_empty() {
            let (HostEntry { key, roles, name }, after) = answer(rest)?;
            let name = name.to_owned();
            hosts.push(EnrolledHost { key, roles, name });
            rest = after;
        }
        Ok(hosts)
    }

    /// Takes all roles from a host; true when it had some.
    ///
    /// # Errors
    /// The device's.
    pub async fn revoke(&self, key: PublicKey) -> Result<bool, HsmError> {
        let bytes = self.ask(&RoleRevoke { key }, 8).await?;
        Ok(answer::<RoleRevoked>(&bytes)?.0.existed)
    }

    /// Erases everything that the device holds.
    ///
    /// # Errors
    /// The device's.
    pub async fn reset(&self) -> Result<(), HsmError> {
        self.order(&DeviceReset {}).await
    }

    /// Lets the device test its algorithms.
    ///
    /// # Errors
    /// The device's; also when one of them is broken.
    pub async fn self_test(&self) -> Result<(), HsmError> {
        self.order(&SelfTest {}).await
    }

    /// A command that answers nothing but that it was done.
    pub(super) async fn order<C: Command>(&self, command: &C) -> Result<(), HsmError> {
        let bytes = self.ask(command, 0).await?;
        if bytes.is_empty() {
            Ok(())
        } else {
            Err(unreadable())
        }
    }
}
