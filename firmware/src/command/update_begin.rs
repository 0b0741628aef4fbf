use crate::device::Vault;
use crate::image::Images;
use crate::platform::Platform;
use casemate_common::command::UpdateBegin;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    UpdateBegin { header }: UpdateBegin<'_>,
    vault: &mut Vault<P>,
) -> Result<(), ErrorCode> {
    let floor = vault.security_floor();
    vault.images.begin(header, floor)
}
