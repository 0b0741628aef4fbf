use super::Request;
use crate::crypto::{Aes256Gcm, Crypto};
use crate::device::{Body, Vault};
use crate::keys;
use crate::platform::Platform;
use casemate_common::blob::Usage;
use casemate_common::command::{KeyEncrypt, MAX_ENCRYPTED};
use casemate_common::error::ErrorCode;
use casemate_common::limits::MAX_CONTEXT;
use casemate_common::record::NONCE_LEN;

pub(super) fn run<P: Platform>(
    request: &Request<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let (command, plaintext) = request.with_all_data()?;
    let KeyEncrypt {
        keyring,
        blob,
        associated,
    } = command;
    if plaintext.len() > MAX_ENCRYPTED || associated.len() > MAX_CONTEXT {
        return Err(ErrorCode::TooLarge);
    }
    let key = keys::open_for(vault, &keyring, blob, Usage::Encrypt)?;
    let nonce: [u8; NONCE_LEN] = vault.rng.array()?;
    answer.append(&nonce)?;
    let gcm = <P::Crypto as Crypto>::Aes256Gcm::new(key.secret()?);
    let tag = gcm.seal(&nonce, associated, answer.append(plaintext)?)?;
    answer.append(&tag)?;
    Ok(())
}
