use crate::device::Worker;
use crate::platform::Platform;
use casemate_common::command::PinChange;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    PinChange { old, new }: PinChange<'_>,
    worker: &mut Worker<P>,
) -> Result<(), ErrorCode> {
    let uptime_ms = worker.uptime_ms();
    let vault = worker.vault()?;
    let verified = vault.verify_pin(old, uptime_ms);
    let limits = vault.pin_limits();
    let changed = verified.and_then(|()| vault.set_pin(new, limits, uptime_ms));
    worker.pin_was(verified.is_ok());
    changed
}
