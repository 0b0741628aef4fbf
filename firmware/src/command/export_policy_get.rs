use crate::device::{Body, Vault};
use crate::flash::CounterId;
use crate::platform::Platform;
use casemate_common::command::{ExportPolicyGet, ExportRules};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    ExportPolicyGet {}: ExportPolicyGet,
    vault: &Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    answer.encode(&ExportRules {
        policy: vault.exports.policy(),
        exports: vault.counters.value(CounterId::Exports),
    })?;
    vault
        .exports
        .recipients()
        .iter()
        .try_for_each(|fingerprint| answer.append(fingerprint).map(|_| ()))
}
