use super::Request;
use crate::device::Vault;
use crate::platform::Platform;
use casemate_common::command::ExportPolicySet;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(request: &Request<'_>, vault: &mut Vault<P>) -> Result<(), ErrorCode> {
    let (ExportPolicySet { policy }, recipients) = request.with_all_data()?;
    vault.set_exports(policy, recipients)
}
