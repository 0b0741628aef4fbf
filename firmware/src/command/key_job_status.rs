use crate::device::{Body, Worker};
use crate::platform::Platform;
use casemate_common::command::KeyJobStatus;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    KeyJobStatus { job }: KeyJobStatus,
    worker: &mut Worker<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let now_ms = worker.uptime_ms();
    let (status, blob) = worker.vault()?.job.status(&job, now_ms)?;
    answer.encode(&status)?;
    if let Some(blob) = blob {
        answer.append(blob)?;
    }
    Ok(())
}
