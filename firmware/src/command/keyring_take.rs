use crate::device::{Body, Vault};
use crate::domain;
use crate::platform::Platform;
use casemate_common::command::{KeyringTake, KeyringTaken};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    KeyringTake { id, giver, share }: KeyringTake<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    vault.audit.note(id.as_bytes());
    let created = domain::take_keyring(vault, id, giver, share)?;
    answer.encode(&KeyringTaken { created })
}
