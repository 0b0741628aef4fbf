use crate::device::{Body, Vault};
use crate::keys;
use crate::platform::Platform;
use casemate_common::blob::KeyBlob;
use casemate_common::command::KeyPublic;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    KeyPublic { keyring, blob }: KeyPublic<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let attributes = keys::open(vault, &keyring, blob)?.attributes;
    let public = KeyBlob::parse(blob)?.public;
    answer.encode(&attributes)?;
    answer.append(&keys::spki(attributes.template.key_type(), public)?)?;
    Ok(())
}
