use crate::device::{Body, Worker};
use crate::platform::Platform;
use casemate_common::command::{RoleRevoke, RoleRevoked};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    RoleRevoke { key }: RoleRevoke,
    worker: &mut Worker<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let existed = worker.vault()?.revoke(&key)?;
    worker.refresh_roles();
    answer.encode(&RoleRevoked { existed })
}
