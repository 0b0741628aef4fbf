use super::Request;
use crate::device::Vault;
use crate::image::Images;
use crate::platform::Platform;
use casemate_common::command::UpdateWrite;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(request: &Request<'_>, vault: &mut Vault<P>) -> Result<(), ErrorCode> {
    let (UpdateWrite { offset }, piece) = request.with_all_data()?;
    vault.images.write(offset, piece)
}
