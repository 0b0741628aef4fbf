use super::Request;
use crate::device::{Body, Vault};
use crate::keys::{self, Input};
use crate::platform::Platform;
use casemate_common::blob::Usage;
use casemate_common::command::KeyMac;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    request: &Request<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let (command, data) = request.with_data()?;
    let KeyMac {
        keyring,
        blob,
        labels,
    } = command;
    let key = keys::open_for(vault, &keyring, blob, Usage::Mac)?;
    let input = Input::mac(key.for_codes()?, &labels);
    keys::begin(input, keyring, (request, data), vault, answer)
}
