use crate::device::{Body, Worker};
use crate::platform::Platform;
use casemate_common::audit::head_message;
use casemate_common::command::{AuditHead, AuditHeadAnswer};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    AuditHead { challenge }: AuditHead,
    worker: &mut Worker<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    worker.flush_uses()?;
    let vault = worker.vault()?;
    let (sequence, head) = (vault.audit.newest(), *vault.audit.head());
    let message = head_message(&vault.identity.device_id, sequence, &head, &challenge);
    answer.encode(&AuditHeadAnswer { sequence, head })?;
    vault.identity.sign::<P::Crypto>(&message, &mut vault.rng, answer)
}
