//! The chip's flash by its rules (RM0456, section 7.3): words of 16 bytes with error correction, each programmed once
//! between erases except to all zeros, pages of 8 KiB.
//!
//! What a cut leaves of a word is anybody's guess. One that fails its error correction is read as zeros, which is neither
//! blank nor anything that was written. One may look blank though it can't be programmed, which the firmware finds out by
//! trying. One may read in another way each time: slots and counters get along with that, the logs have not been shown to.

#[cfg(test)]
mod model;
mod reading;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod updates;

pub use reading::{DoubleError, Reading};

use crate::layout::{FLASH_LEN, PAGE_LEN};
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// Bytes that are programmed at once.
pub const WORD_LEN: usize = 16;

/// Two bits or more of a word are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EccError;

/// The controller refused or failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ControllerError;

/// The chip's flash controller.
pub trait Controller {
    /// The word at this offset.
    ///
    /// # Errors
    /// [`EccError`].
    fn read(&mut self, at: u32) -> Result<[u8; WORD_LEN], EccError>;

    /// Programs the word at this offset.
    ///
    /// # Errors
    /// [`ControllerError`].
    fn program(&mut self, at: u32, word: &[u8; WORD_LEN]) -> Result<(), ControllerError>;

    /// Erases the page at this offset.
    ///
    /// # Errors
    /// [`ControllerError`].
    fn erase(&mut self, page: u32) -> Result<(), ControllerError>;
}

/// Why the flash did not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashError {
    /// The controller's own error.
    Controller,
    /// Out of bounds or not aligned.
    Refused(NorFlashErrorKind),
}

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Controller => NorFlashErrorKind::Other,
            Self::Refused(kind) => *kind,
        }
    }
}

impl From<ControllerError> for FlashError {
    fn from(ControllerError: ControllerError) -> Self {
        Self::Controller
    }
}

/// Both banks.
pub struct U5Flash<C> {
    controller: C,
}

impl<C: Controller> U5Flash<C> {
    /// The flash behind this controller.
    pub const fn new(controller: C) -> Self {
        Self { controller }
    }
}

impl<C> ErrorType for U5Flash<C> {
    type Error = FlashError;
}

impl<C: Controller> ReadNorFlash for U5Flash<C> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        check_read(self, offset, bytes.len()).map_err(FlashError::Refused)?;
        let mut at = offset as usize;
        let mut rest = bytes;
        while !rest.is_empty() {
            let within = at % WORD_LEN;
            let word = self.controller.read((at - within) as u32);
            let word = word.unwrap_or([0; WORD_LEN]);
            let (piece, after) = rest.split_at_mut(rest.len().min(WORD_LEN - within));
            piece.copy_from_slice(&word[within..within + piece.len()]);
            at += piece.len();
            rest = after;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        FLASH_LEN as usize
    }
}

impl<C: Controller> NorFlash for U5Flash<C> {
    const WRITE_SIZE: usize = WORD_LEN;
    const ERASE_SIZE: usize = PAGE_LEN as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        check_erase(self, from, to).map_err(FlashError::Refused)?;
        (from..to)
            .step_by(Self::ERASE_SIZE)
            .try_for_each(|page| Ok(self.controller.erase(page)?))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        check_write(self, offset, bytes.len()).map_err(FlashError::Refused)?;
        let (words, _none) = bytes.as_chunks();
        for (at, word) in (offset..).step_by(WORD_LEN).zip(words) {
            self.controller.program(at, word)?;
        }
        Ok(())
    }
}
