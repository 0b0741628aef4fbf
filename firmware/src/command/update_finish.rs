use crate::device::Vault;
use crate::image::Images;
use crate::platform::Platform;
use casemate_common::command::UpdateFinish;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(UpdateFinish {}: UpdateFinish, vault: &mut Vault<P>) -> Result<(), ErrorCode> {
    vault.images.finish()
}
