use super::{Failure, Target};
use crate::cli::print::table;
use crate::hsm::device::fingerprint;
use casemate_common::command::{DeviceState, Role, Roles};
use serde_json::json;

/// Shows what the device says of itself.
pub(super) async fn show(target: &Target) -> Result<String, Failure> {
    let status = target.open()?.hsm.device_status().await?;
    let shown = json!({
        "board": status.board,
        "firmware": status.firmware,
        "device_id": hex::encode(status.device_id),
        "fingerprint": fingerprint(&status.identity).to_string(),
        "state": state(status.state),
        "this_host": names(status.roles),
        "pin_tries_left": status.pin_tries,
        "root_secret": crate::hsm::device::root_in_words(status.root),
        "keyrings": status.keyrings,
        "keyring_capacity": status.keyring_capacity,
        "starts": status.starts,
        "uptime_ms": status.uptime_ms,
    });
    Ok(if target.json {
        format!("{shown:#}\n")
    } else {
        table(&shown)
    })
}

fn state(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Uninitialised => "uninitialised",
        DeviceState::Ready => "ready",
        DeviceState::Locked => "locked",
        DeviceState::Error => "error",
    }
}

/// What a host may be, without what everybody is.
pub(super) fn names(roles: Roles) -> Vec<&'static str> {
    let enrolled = Role::ALL.into_iter().filter(|role| *role != Role::Guest);
    enrolled
        .filter(|role| roles.contains(*role))
        .map(Role::name)
        .collect()
}
