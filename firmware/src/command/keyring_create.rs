use crate::device::{Body, Vault};
use crate::platform::Platform;
use casemate_common::command::{KeyringCreate, KeyringCreated};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    KeyringCreate { id }: KeyringCreate,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    vault.audit.note(id.as_bytes());
    let created = vault.keyrings.create(&id, &mut vault.rng)?;
    answer.encode(&KeyringCreated { created })
}
