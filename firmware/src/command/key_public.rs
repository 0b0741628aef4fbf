use crate::device::{Body, Vault};
use crate::keys;
use crate::platform::Platform;
use casemate_common::command::KeyPublic;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    KeyPublic { keyring, blob }: KeyPublic<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let (attributes, spki) = keys::describe(vault, &keyring, blob)?;
    answer.encode(&attributes)?;
    answer.append(&spki)?;
    Ok(())
}
