use crate::crypto::{Crypto, Key256, X25519};
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
    // No host has the private half of such a key: as an officer it would let the last real one go.
    let throwaway = Key256::new([1; Key256::LEN]);
    <P::Crypto as Crypto>::X25519::agree(&throwaway, key.as_bytes()).ok_or(ErrorCode::ValueInvalid)?;
    worker.vault()?.enroll(Host { key, roles, name })?;
    worker.refresh_roles();
    Ok(())
}
