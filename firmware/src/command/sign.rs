use super::Request;
use crate::crypto::Digest;
use crate::device::{Body, Vault};
use crate::keys::{self, Input};
use crate::platform::Platform;
use casemate_common::command::{Sign, SignInput};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    request: &Request<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let (command, data) = request.with_data()?;
    let Sign {
        keyring,
        blob,
        scheme,
        input,
    } = command;
    match input {
        SignInput::Digest if request.last => {
            let digest = Digest::new(keys::hash_of(scheme), data)?;
            keys::sign(vault, &keyring, blob, scheme, &digest, answer)
        }
        SignInput::Digest => Err(ErrorCode::MalformedRequest),
        SignInput::Message => {
            let input = Input::message(blob, scheme)?;
            keys::begin(input, keyring, (request, data), vault, answer)
        }
    }
}
