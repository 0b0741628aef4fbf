use super::Request;
use crate::device::{Body, Vault};
use crate::keys::{self, Material};
use crate::platform::Platform;
use casemate_common::command::KeyUnwrap;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    request: &Request<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let (command, wrapped) = request.with_all_data()?;
    let KeyUnwrap {
        keyring,
        template,
        transport,
        scheme,
    } = command;
    let unwrapped = keys::unwrap(vault, (&keyring, transport), scheme, wrapped)?;
    vault.reaches(template.key_type());
    vault.require_tested(template.key_type())?;
    let material = Material::import::<P::Crypto>(template.key_type(), &unwrapped)?;
    answer.append(&keys::seal_imported(vault, &keyring, template, &material)?)?;
    Ok(())
}
