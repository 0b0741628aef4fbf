use super::{Failure, Target};
use crate::cli::board::Board;
use crate::cli::hexadecimal::or_random;
use crate::cli::print::object;
use crate::hsm::device::{DeviceHsm, DeviceStatus, fingerprint};
use crate::hsm::{Address, AuditLog, ErrorKind, HsmInfo};
use casemate_common::command::{DeviceState, Protection, Role, Roles};
use serde_json::json;

/// Shows what the device or token says of itself.
pub(super) async fn show(target: &Target) -> Result<String, Failure> {
    if let Address::Pkcs11(_) = &target.device {
        let info = target.reach()?.hsm.info().await?;
        return token(target.json, &info);
    }
    let opened = target.open()?;
    let hsm = &opened.hsm;
    let status = hsm.device_status().await?;
    let shown = json!({
        "board": status.board,
        "firmware": status.firmware,
        "device_id": hex::encode(status.device_id),
        "fingerprint": identity(&status),
        "signing_key": signing_key(hsm, &status).await?,
        "state": state(status.state),
        "this_host": names(status.roles),
        "pin_tries_left": pin_tries(&status),
        "root_secret": crate::hsm::device::root_in_words(status.root),
        "debugger": protection(&status.board, status.protection),
        "keyrings": status.keyrings,
        "keyring_capacity": status.keyring_capacity,
        "security_domain": status.domain.map(|domain| domain.to_string()),
        "starts": status.starts,
        "uptime_ms": status.uptime_ms,
    });
    Ok(object(target.json, &shown))
}

/// What a token says of itself. What it lacks, scripts are told by names that stay the same and people in words.
fn token(as_json: bool, info: &HsmInfo) -> Result<String, Failure> {
    let mut shown = serde_json::to_value(info)?;
    if !as_json && let Some(fields) = shown.as_object_mut() {
        fields.remove("missing");
        fields.insert("cannot".into(), json!(info.missing_in_words()));
    }
    Ok(object(as_json, &shown))
}

/// The fingerprint of the device's key, which one in the error state does not open.
fn identity(status: &DeviceStatus) -> Option<String> {
    let is_there = status.state != DeviceState::Error;
    is_there.then(|| fingerprint(&status.identity).to_string())
}

/// The key by which the device signs statements about itself, for those whom it tells: enrolled hosts.
async fn signing_key(hsm: &DeviceHsm, status: &DeviceStatus) -> Result<Option<String>, Failure> {
    if !is_in_service(status.state) || names(status.roles).is_empty() {
        return Ok(None);
    }
    match hsm.audit_head(or_random(None)?).await {
        Ok(head) => Ok(Some(hex::encode(head.key))),
        // A device that must not forget entries signs nothing, but says the rest.
        Err(error) if error.kind() == ErrorKind::Full => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// How often a PIN may be wrong, where there is one: a number for a device that has none would be about no PIN, and 0 would
/// look as if it were locked.
fn pin_tries(status: &DeviceStatus) -> Option<u8> {
    is_in_service(status.state).then_some(status.pin_tries)
}

/// Whether a device in this state was taken into service, by which it has an officer PIN.
fn is_in_service(state: DeviceState) -> bool {
    matches!(state, DeviceState::Ready | DeviceState::Locked)
}

fn state(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Uninitialised => "uninitialised",
        DeviceState::Ready => "ready",
        DeviceState::Locked => "locked",
        DeviceState::Error => "error",
    }
}

/// Whether a debugger is kept out, and how to do that on this board; nothing where there is no chip.
fn protection(board: &str, protection: Protection) -> Option<&'static str> {
    match protection {
        Protection::NotApplicable => None,
        Protection::Open if is(Board::BU585I, board) => {
            Some("reads everything: see casemate device provision")
        }
        Protection::Open if is(Board::Pico2, board) => {
            Some("reads everything: see boards/pico2/secure-boot.md")
        }
        Protection::Open => Some("reads everything"),
        Protection::ReadOut if is(Board::BU585I, board) => Some(
            "reads no flash, but most of the memory of a running device, and can erase all: see casemate device provision",
        ),
        Protection::ReadOut => Some("reads nothing, but can erase all"),
        Protection::Locked => Some("locked out for good"),
    }
}

/// Whether a device's board is this one.
fn is(board: Board, named: &str) -> bool {
    board.image_name().is_some_and(|name| name.as_str() == named)
}

/// What a host may be, without what everybody is.
pub(super) fn names(roles: Roles) -> Vec<&'static str> {
    let enrolled = Role::ALL.into_iter().filter(|role| *role != Role::Guest);
    enrolled
        .filter(|role| roles.contains(*role))
        .map(Role::name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_protection_is_told_apart() {
        for board in ["b-u585i-iot02a", "pico2", "another"] {
            let said: std::collections::BTreeSet<_> =
                Protection::ALL.map(|found| protection(board, found)).into();
            assert_eq!(said.len(), Protection::ALL.len());
        }
    }

    #[test]
    fn what_keeps_a_debugger_out_is_told_by_board() {
        let advice = |board| protection(board, Protection::Open).unwrap();
        assert!(advice("b-u585i-iot02a").ends_with("casemate device provision"));
        assert!(advice("pico2").ends_with("boards/pico2/secure-boot.md"));
        assert!(!advice("another").contains("see"));
    }
}
