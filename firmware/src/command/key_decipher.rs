use super::Request;
use crate::device::{Body, Vault};
use crate::keys;
use crate::platform::Platform;
use casemate_common::blob::Usage;
use casemate_common::command::KeyDecipher;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    request: &Request<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let (command, ciphertext) = request.with_all_data()?;
    let KeyDecipher { keyring, blob, hash } = command;
    let key = keys::open_for(vault, &keyring, blob, Usage::Decrypt)?;
    let message = keys::decipher::<P::Crypto>((key.rsa()?, hash), ciphertext, &mut vault.rng)?;
    answer.append(&message)?;
    Ok(())
}
