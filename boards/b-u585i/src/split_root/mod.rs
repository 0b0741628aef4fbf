//! The root secret in two halves, for images with the feature `tamper`: a seed in the flash and 32 bytes in backup registers,
//! which the hardware erases when the tamper input fires. The root secret is what AES-256 makes of both, added bit by bit,
//! under the key that SAES derives from the chip's own (DHUK): the flash is worth nothing without the registers, and
//! neither without the chip.
//!
//! *Choose this knowing that* the registers are lost whenever neither VDD nor VBAT is supplied, and all keys with them. A
//! board whose VBAT hangs on the same supply as the rest loses its keys when it is unplugged; give VBAT a battery of its own
//! first. And the input has to be wired as [`crate::tamper`] tells before the first start: an open one is tampering.
//!
//! Which kind of root a device has stands in its flash, so that an image without the feature refuses one with it, and the
//! other way round, instead of making another. At level 0 of read-out protection neither makes one: see [`crate::level_root`]. When a half is gone nothing is made in its place: the device stays in the
//! error state, tells its host why, and begins anew once what it keeps is erased (`openocd.cfg`, `erase_kept`).

#[cfg(test)]
mod tests;

use crate::wrapped_root::{HardwareKey, Wrapped};
use casemate_common::command::RootKind;
use casemate_firmware::crypto::{HmacSha256, Key256, SoftwareHmacSha256};
use casemate_firmware::flash::{Kept, PageKind};
use casemate_firmware::platform::{RootError, RootSource};
use embedded_storage::nor_flash::NorFlash;
use zeroize::Zeroizing;

/// Where the other half lies.
pub trait SecondHalf {
    /// The half; `None` when it is gone or was never made.
    fn read(&mut self) -> Option<Zeroizing<[u8; 32]>>;

    /// Puts a new one in the place of whatever was there.
    ///
    /// # Errors
    /// [`RootError`] when it does not stay there.
    fn make(&mut self, half: &[u8; 32]) -> Result<(), RootError>;
}

/// See the module.
pub struct SplitRoot<F, K, H> {
    wrapped: Wrapped<F, K>,
    half: H,
}

impl<F: NorFlash, K: HardwareKey, H: SecondHalf> SplitRoot<F, K, H> {
    /// The root made of what is in this region and of this half, by this key.
    pub const fn new(region: F, key: K, half: H) -> Self {
        Self {
            wrapped: Wrapped::new(region, PageKind::Half, key),
            half,
        }
    }

    /// Looks twice before there is none: then the half would be made.
    fn find(&mut self) -> Result<Option<Kept>, RootError> {
        match self.wrapped.find()? {
            Some(found) => Ok(Some(found)),
            None => self.wrapped.find(),
        }
    }

    /// The half that is there, or a new one where there is none and never was. One that a cut start has made is as good as
    /// any, and nothing that is there is written over.
    fn second_half(
        &mut self,
        was_made: bool,
        fresh: &SoftwareHmacSha256,
    ) -> Result<Zeroizing<[u8; 32]>, RootError> {
        if !was_made && self.half.read().is_none() {
            let half = fresh.mac(&[b"casemate tamper half v1"]);
            self.half.make(half.as_bytes())?;
        }
        self.half.read().ok_or(RootError::Tampered)
    }
}

impl<F: NorFlash, K: HardwareKey, H: SecondHalf> RootSource for SplitRoot<F, K, H> {
    fn kind(&self) -> RootKind {
        RootKind::HardwareUniqueKeyAndTamper
    }

    /// The half is made first: a seed in the flash says that there was one.
    fn load_or_create(&mut self, fresh: &[u8; 32], root: &mut [u8; 32]) -> Result<(), RootError> {
        let fresh = SoftwareHmacSha256::new(&Key256::new(*fresh));
        let found = self.find()?;
        let half = self.second_half(found.is_some(), &fresh)?;
        let seed = fresh.mac(&[b"casemate root seed v1"]);
        self.wrapped.load(found, seed.as_bytes(), &half, root)
    }
}
