use crate::device::Worker;
use crate::platform::Platform;
use crate::roles::{Host, HostName};
use casemate_common::command::{DeviceInit, Roles};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    DeviceInit { pin, limits, name }: DeviceInit<'_>,
    worker: &mut Worker<P>,
) -> Result<(), ErrorCode> {
    let uptime_ms = worker.uptime_ms();
    let host = Host {
        key: worker.caller().ok_or(ErrorCode::NotPermitted)?,
        roles: Roles::ALL,
        name: HostName::parse(name)?,
    };
    let vault = worker.vault()?;
    vault.begin_era()?;
    // The PIN first: as long as nobody is enrolled, it can be set again.
    vault.set_pin(pin, limits, uptime_ms)?;
    vault.enroll(host)?;
    worker.refresh_roles();
    Ok(())
}
