use crate::device::{Body, Vault};
use crate::image::Images;
use crate::platform::Platform;
use casemate_common::command::{ImageSummary, UpdateStatus, UpdateStatusAnswer};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    UpdateStatus {}: UpdateStatus,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let running = vault.images.running().ok_or(ErrorCode::NoSlots)?;
    answer.encode(&UpdateStatusAnswer {
        running: running.manifest.map(ImageSummary::from),
        is_confirmed: running.is_confirmed,
        other: running.other.map(ImageSummary::from),
        free_slot: running.free.address(),
        room: running.room,
        security_floor: vault.security_floor(),
        signer: running.signer.0,
    })
}
