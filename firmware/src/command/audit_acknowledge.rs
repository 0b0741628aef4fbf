use crate::device::{Body, Vault};
use crate::flash::CounterId;
use crate::platform::Platform;
use casemate_common::command::{AuditAcknowledge, AuditAcknowledged};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    AuditAcknowledge { through }: AuditAcknowledge,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    if through > vault.audit.newest() {
        return Err(ErrorCode::MalformedRequest);
    }
    vault.counters.raise(CounterId::AuditDrained, through)?;
    let drained = vault.counters.value(CounterId::AuditDrained);
    vault.audit.release(drained);
    answer.encode(&AuditAcknowledged { drained })
}
