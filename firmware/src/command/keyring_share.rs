use crate::device::{Body, Vault};
use crate::domain;
use crate::platform::Platform;
use casemate_common::command::KeyringShare;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    KeyringShare { id, taker, offer }: KeyringShare,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    vault.audit.note(id.as_bytes());
    answer.append(&domain::give_keyring(vault, id, taker, offer)?)?;
    Ok(())
}
