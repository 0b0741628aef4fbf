use crate::device::Worker;
use crate::platform::Platform;
use crate::roles::{Host, HostName};
use casemate_common::command::RoleEnroll;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    RoleEnroll { key, roles, name }: RoleEnroll<'_>,
    worker: &mut Worker<P>,
) -> Result<(), ErrorCode> {
    let name = HostName::parse(name)?;
    worker.vault()?.enroll(Host { key, roles, name })?;
    worker.refresh_roles();
    Ok(())
}
