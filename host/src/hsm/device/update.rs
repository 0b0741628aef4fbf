//! Bringing a device another image.

use super::{Data, DeviceHsm, answer};
use crate::hsm::HsmError;
use casemate_common::command::{
    DeviceRestart, MAX_IMAGE_PIECE, UpdateBegin, UpdateFinish, UpdateStatus, UpdateStatusAnswer, UpdateWrite,
};
use casemate_common::image::SignedImage;

impl DeviceHsm {
    /// Which image runs, and what the device takes in its place.
    ///
    /// # Errors
    /// The device's; also where it has no slots for images.
    pub async fn update_status(&self) -> Result<UpdateStatusAnswer, HsmError> {
        Ok(answer(&self.ask(&UpdateStatus {}, 128).await?)?.0)
    }

    /// Puts an image into the slot that does not run; the next start tries it. `progress` is told the bytes so far.
    ///
    /// # Errors
    /// The device's. What runs is as it was then, and what lay in the other slot may be gone.
    pub async fn install(&self, signed: &SignedImage<'_>, progress: impl Fn(usize)) -> Result<(), HsmError> {
        let header = &signed.header.encode();
        self.order(&UpdateBegin { header }).await?;
        let pieces = signed.image().chunks(MAX_IMAGE_PIECE);
        for (piece, offset) in pieces.zip((0..).step_by(MAX_IMAGE_PIECE)) {
            let data = Data {
                bytes: piece,
                first_len: piece.len(),
                part_len: piece.len(),
            };
            self.call(&UpdateWrite { offset }, data, 0).await?;
            progress(offset as usize + piece.len());
        }
        self.order(&UpdateFinish {}).await
    }

    /// Starts the device anew.
    ///
    /// # Errors
    /// The device's.
    pub async fn restart(&self) -> Result<(), HsmError> {
        self.order(&DeviceRestart {}).await
    }
}
