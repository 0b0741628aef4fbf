use super::Request;
use crate::crypto::{Aes256Gcm, Crypto};
use crate::device::{Body, Vault};
use crate::keys;
use crate::platform::Platform;
use casemate_common::blob::Usage;
use casemate_common::command::{KeyDecrypt, MAX_ENCRYPTED};
use casemate_common::error::ErrorCode;
use casemate_common::limits::MAX_CONTEXT;

pub(super) fn run<P: Platform>(
    request: &Request<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let (command, sealed) = request.with_all_data()?;
    let KeyDecrypt {
        keyring,
        blob,
        associated,
    } = command;
    let (nonce, sealed) = sealed.split_first_chunk().ok_or(ErrorCode::CiphertextInvalid)?;
    let (ciphertext, tag) = sealed.split_last_chunk().ok_or(ErrorCode::CiphertextInvalid)?;
    if ciphertext.len() > MAX_ENCRYPTED || associated.len() > MAX_CONTEXT {
        return Err(ErrorCode::TooLarge);
    }
    let key = keys::open_for(vault, &keyring, blob, Usage::Decrypt)?;
    let gcm = <P::Crypto as Crypto>::Aes256Gcm::new(key.secret()?);
    gcm.open(nonce, associated, answer.append(ciphertext)?, tag)
        .map_err(|_| ErrorCode::CiphertextInvalid)
}
