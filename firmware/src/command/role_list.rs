use crate::device::{Body, Vault};
use crate::platform::Platform;
use casemate_common::command::RoleList;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    RoleList {}: RoleList,
    vault: &Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    vault
        .hosts
        .all()
        .try_for_each(|host| answer.encode(&host.entry()))
}
