use crate::device::Worker;
use crate::platform::Platform;
use casemate_common::command::DeviceRestart;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    DeviceRestart {}: DeviceRestart,
    worker: &mut Worker<P>,
) -> Result<(), ErrorCode> {
    worker.restart();
    Ok(())
}
