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
    let (KeyMac { keyring, blob }, data) = request.with_data()?;
    let key = keys::open_for(vault, &keyring, blob, Usage::Mac)?;
    let input = Input::mac(key.for_codes()?);
    keys::begin(input, keyring, (request, data), vault, answer)
}
