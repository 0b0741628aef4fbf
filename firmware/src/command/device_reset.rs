use crate::device::Worker;
use crate::platform::Platform;
use casemate_common::command::DeviceReset;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(DeviceReset {}: DeviceReset, worker: &mut Worker<P>) -> Result<(), ErrorCode> {
    worker.vault()?.reset()?;
    worker.refresh_roles();
    Ok(())
}
