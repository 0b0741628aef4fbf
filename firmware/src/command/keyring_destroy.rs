use crate::device::{Body, Vault};
use crate::platform::Platform;
use casemate_common::command::{KeyringDestroy, KeyringDestroyed};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    KeyringDestroy { id }: KeyringDestroy,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    vault.audit.note(id.as_bytes());
    vault.streams.revoke(&id);
    // A share made before this must not bring it back.
    vault.domain.withdraw();
    let existed = vault.keyrings.destroy(&id)?;
    answer.encode(&KeyringDestroyed { existed })
}
