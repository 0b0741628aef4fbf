use crate::device::{Body, Worker};
use crate::platform::Platform;
use casemate_common::command::Info;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    Info {}: Info,
    worker: &Worker<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    answer.encode(&worker.info())
}
