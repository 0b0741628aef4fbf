use super::install::{Installing, MAX_PIECE};
use super::{Slot, Trust};
use crate::crypto::Crypto;
use casemate_common::error::ErrorCode;
use casemate_common::image::{Header, Manifest, Signer, SlotAddress};
use embedded_storage::nor_flash::NorFlash;

/// What of its images a device tells and changes; `()` where it has no slots.
pub trait Images {
    /// What is known of the image that runs and of the slot beside it; `None` on a board without slots.
    fn running(&mut self) -> Option<Running>;

    /// Notes that the image that runs has served. Answers its security version, below which none may go from now
    /// on.
    ///
    /// # Errors
    /// [`ErrorCode::FlashFailed`].
    fn confirm(&mut self) -> Result<u64, ErrorCode>;

    /// Begins to take the image with this header; what was in the free slot is gone then.
    ///
    /// # Errors
    /// [`ErrorCode::ImageInvalid`], [`ErrorCode::ImageForeign`], [`ErrorCode::ImageSigner`],
    /// [`ErrorCode::ImageOutdated`] for one below `floor`, [`ErrorCode::TooLarge`], [`ErrorCode::NoSlots`],
    /// [`ErrorCode::FlashFailed`]. Nothing was changed, but for the last: an image that is on its way stays so.
    fn begin(&mut self, header: &[u8], floor: u64) -> Result<(), ErrorCode>;

    /// Takes the next bytes of it, from `offset` on: a multiple of 16, or the last.
    ///
    /// # Errors
    /// [`ErrorCode::NoInstallation`], [`ErrorCode::OutOfOrder`], [`ErrorCode::TooLarge`],
    /// [`ErrorCode::FlashFailed`].
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), ErrorCode>;

    /// Checks it. The next start tries it.
    ///
    /// # Errors
    /// [`ErrorCode::NoInstallation`], [`ErrorCode::ImageInvalid`], [`ErrorCode::FlashFailed`]: the slot holds nothing
    /// that starts then.
    fn finish(&mut self) -> Result<(), ErrorCode>;

    /// Gives up what was begun.
    fn abandon(&mut self);
}

/// See [`Images::running`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    /// The image that runs; `None` where it was put there without a header, as for debugging.
    pub manifest: Option<Manifest>,
    /// Whether it has served.
    pub is_confirmed: bool,
    /// Whether it is being tried: it has not served, and starting anew may bring another.
    pub is_on_trial: bool,
    /// What the other slot claims to hold.
    pub other: Option<Manifest>,
    /// Where the other slot is, which takes the next image.
    pub free: SlotAddress,
    /// Bytes of the longest image that it takes.
    pub room: u32,
    /// Whose images are taken.
    pub signer: Signer,
}

impl Running {
    /// Whether its header names another signer than the image takes images from: the first stage has started it, and would
    /// start nothing that it takes.
    pub(crate) fn is_misbuilt(&self) -> bool {
        self.manifest.is_some_and(|own| own.signer != self.signer)
    }
}

/// A board that has no slots.
impl Images for () {
    fn running(&mut self) -> Option<Running> {
        None
    }

    fn confirm(&mut self) -> Result<u64, ErrorCode> {
        Ok(0)
    }

    fn begin(&mut self, _: &[u8], _: u64) -> Result<(), ErrorCode> {
        Err(ErrorCode::NoSlots)
    }

    fn write(&mut self, _: u32, _: &[u8]) -> Result<(), ErrorCode> {
        Err(ErrorCode::NoInstallation)
    }

    fn finish(&mut self) -> Result<(), ErrorCode> {
        Err(ErrorCode::NoInstallation)
    }

    fn abandon(&mut self) {}
}

/// The two slots, as the image that runs from the first of them sees them.
pub struct Slots<F, C: Crypto> {
    own: Slot<F>,
    free: Slot<F>,
    trust: Trust<'static>,
    installing: Option<Installing<C>>,
}

impl<F: NorFlash, C: Crypto> Slots<F, C> {
    /// Of these two slots, the one that runs is the second or else the first.
    pub fn new(slots: [Slot<F>; 2], runs_second: bool, trust: Trust<'static>) -> Self {
        let [first, second] = slots;
        let (own, free) = if runs_second {
            (second, first)
        } else {
            (first, second)
        };
        Self {
            own,
            free,
            trust,
            installing: None,
        }
    }

    fn own(&mut self) -> Option<Manifest> {
        self.own.claim().map(|header| header.manifest)
    }
}

impl<F: NorFlash, C: Crypto> Images for Slots<F, C> {
    fn running(&mut self) -> Option<Running> {
        let (manifest, marks) = (self.own(), self.own.marks());
        Some(Running {
            manifest,
            is_confirmed: marks.is_ok_and(|marks| marks.is_confirmed()),
            is_on_trial: manifest.is_some() && marks.is_ok_and(|marks| marks.is_on_trial()),
            other: self.free.claim().map(|header| header.manifest),
            free: self.free.address(),
            room: self.free.room(),
            signer: self.trust.signer::<C>(),
        })
    }

    fn confirm(&mut self) -> Result<u64, ErrorCode> {
        let Some(own) = self.own() else {
            return Ok(0);
        };
        if !self.own.marks()?.is_confirmed() {
            self.own.confirm()?;
        }
        Ok(own.security_version.into())
    }

    fn begin(&mut self, header: &[u8], floor: u64) -> Result<(), ErrorCode> {
        let header = Header::parse(header).map_err(|_| ErrorCode::ImageInvalid)?;
        let manifest = self.trust.check::<C>(&header, self.free.address())?;
        if u64::from(manifest.security_version) < floor {
            return Err(ErrorCode::ImageOutdated);
        }
        if manifest.len > self.free.room() {
            return Err(ErrorCode::TooLarge);
        }
        self.installing = None;
        self.installing = Some(Installing::begin(&mut self.free, header)?);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), ErrorCode> {
        let installing = self.installing.as_mut().ok_or(ErrorCode::NoInstallation)?;
        if bytes.len() > MAX_PIECE {
            return Err(ErrorCode::TooLarge);
        }
        installing.write(&mut self.free, offset, bytes)
    }

    fn finish(&mut self) -> Result<(), ErrorCode> {
        let installing = self.installing.take().ok_or(ErrorCode::NoInstallation)?;
        let number = self.own.marks()?.number().saturating_add(1);
        installing.finish(&mut self.free, number)
    }

    fn abandon(&mut self) {
        self.installing = None;
    }
}
