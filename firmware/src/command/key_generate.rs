use crate::crypto::ec::EcKey;
use crate::device::{Body, Vault};
use crate::keys::{self, Family, Material};
use crate::platform::Platform;
use casemate_common::blob::Origin;
use casemate_common::command::{Generated, KeyGenerate};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    KeyGenerate { keyring, template }: KeyGenerate,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let material = match Family::of(template.key_type()) {
        Family::Secret => Material::secret_from(&mut vault.rng)?,
        Family::Ec(curve) => Material::Ec(EcKey::generate::<P::Crypto>(curve, &mut vault.rng)?),
        Family::Rsa(_) => return Err(ErrorCode::UnsupportedAlgorithm),
    };
    let blob = keys::seal(vault, &keyring, Origin::Generated, template, &material)?;
    answer.encode(&Generated::Blob)?;
    answer.append(&blob)?;
    Ok(())
}
