use crate::device::Worker;
use crate::platform::Platform;
use casemate_common::command::PinVerify;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    PinVerify { pin }: PinVerify<'_>,
    worker: &mut Worker<P>,
) -> Result<(), ErrorCode> {
    let uptime_ms = worker.uptime_ms();
    let verified = worker.vault()?.verify_pin(pin, uptime_ms);
    worker.pin_was(verified.is_ok());
    verified
}
