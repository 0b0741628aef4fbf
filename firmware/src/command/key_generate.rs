use crate::crypto::ec::EcKey;
use crate::device::{Body, Worker};
use crate::keys::{self, Family, Material};
use crate::platform::Platform;
use casemate_common::blob::{Attributes, Origin};
use casemate_common::command::{Generated, KeyGenerate};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    KeyGenerate { keyring, template }: KeyGenerate,
    worker: &mut Worker<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let now_ms = worker.uptime_ms();
    let vault = worker.vault()?;
    // Whether there is such a keyring must not show only when a long search is over.
    vault.keyrings.key(&keyring)?;
    vault.require_tested(template.key_type())?;
    let attributes = Attributes {
        id: keys::new_id(vault)?,
        origin: Origin::Generated,
        template,
    };
    let material = match Family::of(template.key_type()) {
        Family::Secret => Material::secret_from(&mut vault.rng)?,
        Family::Hmac => Material::code_key_from(&mut vault.rng)?,
        Family::Ec(curve) => Material::Ec(EcKey::generate::<P::Crypto>(curve, &mut vault.rng)?),
        Family::Rsa(size) => {
            vault.job.begin(size, keyring, attributes, now_ms)?;
            return answer.encode(&Generated::Job(attributes.id));
        }
    };
    let blob = keys::seal(vault, &keyring, attributes, &material)?;
    answer.encode(&Generated::Blob)?;
    answer.append(&blob)?;
    Ok(())
}
