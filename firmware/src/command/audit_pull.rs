use crate::device::{Body, Worker};
use crate::flash::CounterId;
use crate::platform::Platform;
use casemate_common::command::{AuditPage, AuditPull};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    AuditPull { after }: AuditPull,
    worker: &mut Worker<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    worker.flush_uses()?;
    let vault = worker.vault()?;
    answer.encode(&AuditPage {
        before: vault.audit.head_before(after)?,
        newest: vault.audit.newest(),
        drained: vault.counters.value(CounterId::AuditDrained),
    })?;
    vault
        .audit
        .entries(after, |entry| answer.append(entry).map(|_| ()))
}
