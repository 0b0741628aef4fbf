use crate::device::{Body, Vault};
use crate::keys::{self, Material};
use crate::platform::Platform;
use casemate_common::blob::Origin;
use casemate_common::command::{Generated, KeyGenerate};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    KeyGenerate { keyring, template }: KeyGenerate,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let material = Material::generate::<P::Crypto>(template.key_type(), &mut vault.rng)?;
    let blob = keys::seal(vault, &keyring, Origin::Generated, template, &material)?;
    answer.encode(&Generated::Blob)?;
    answer.append(&blob)?;
    Ok(())
}
