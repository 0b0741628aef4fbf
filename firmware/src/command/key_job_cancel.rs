use crate::device::{Body, Vault};
use crate::platform::Platform;
use casemate_common::command::{KeyJobCancel, KeyJobCancelled};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    KeyJobCancel { job }: KeyJobCancel,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let existed = vault.job.cancel(&job);
    answer.encode(&KeyJobCancelled { existed })
}
