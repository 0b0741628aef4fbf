//! NOR flash as it behaves: bits only fall, a word is programmed once between erases except to all zeros, only whole
//! sectors are erased, and power can go in the middle of it.
//!
//! One model serves the simulator (contents in a file) and the fault tests (contents in a `Vec`). It refuses what real
//! parts forbid, so firmware that passes here keeps to the rules of the strictest of them: words of up to 16 bytes
//! with ECC, as on STM32.

mod medium;
mod tear;

pub use medium::Medium;
pub use tear::SplitMix64;

use core::ops::Range;
use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};
use embedded_storage::nor_flash::{check_erase, check_read, check_write};

/// Why the flash refused or failed an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NorError {
    /// Outside the flash, or not aligned to words or sectors.
    Range(NorFlashErrorKind),
    /// A word that holds something was programmed to anything but zeros.
    Overwrite {
        /// Offset of the word.
        word: u32,
    },
    /// Power is off since the cut; see [`Nor::restart`].
    PowerLost,
    /// The file behind the flash could not be written.
    Medium(std::io::ErrorKind),
}

impl NorFlashError for NorError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Range(kind) => *kind,
            _ => NorFlashErrorKind::Other,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Power {
    On,
    /// Goes off during the operation with this number, leaving it torn as the seed says.
    CutAt {
        operation: u64,
        seed: u64,
    },
    Off,
}

/// A NOR flash with words of `WRITE` bytes and sectors of `ERASE` bytes.
#[derive(Debug, Clone)]
pub struct Nor<M, const WRITE: usize, const ERASE: usize> {
    medium: M,
    operations: u64,
    power: Power,
    violation: Option<NorError>,
}

impl<M: Medium, const WRITE: usize, const ERASE: usize> Nor<M, WRITE, ERASE> {
    /// A flash with the contents of `medium`, whose length is a multiple of `ERASE`.
    pub const fn new(medium: M) -> Self {
        Self {
            medium,
            operations: 0,
            power: Power::On,
            violation: None,
        }
    }

    /// Programs and erases so far, refused ones not counted.
    pub const fn operations(&self) -> u64 {
        self.operations
    }

    /// The first operation that broke the rules, if any did.
    pub const fn violation(&self) -> Option<NorError> {
        self.violation
    }

    /// Cuts power in the `nth` operation from now (1 is the next one): it is left torn, in a way that `seed` decides,
    /// and every later one fails until [`Nor::restart`].
    pub const fn cut_power_at(&mut self, nth: u64, seed: u64) {
        self.power = Power::CutAt {
            operation: self.operations.saturating_add(nth),
            seed,
        };
    }

    /// Whether the cut has happened.
    pub const fn is_off(&self) -> bool {
        matches!(self.power, Power::Off)
    }

    /// Power is back, and no cut is planned.
    pub const fn restart(&mut self) {
        self.power = Power::On;
    }

    /// The contents.
    pub fn image(&self) -> &[u8] {
        self.medium.bytes()
    }

    /// The medium, to damage it or to keep it.
    pub const fn medium_mut(&mut self) -> &mut M {
        &mut self.medium
    }

    fn refuse(&mut self, error: NorError) -> NorError {
        self.violation.get_or_insert(error);
        error
    }

    fn check_words(&self, offset: u32, bytes: &[u8]) -> Result<(), NorError> {
        let held = self.slice(offset, bytes.len());
        let words = held.chunks(WRITE).zip(bytes.chunks(WRITE)).zip(0u32..);
        for ((held, new), number) in words {
            let erased = held.iter().all(|byte| *byte == 0xFF);
            if !erased && new.iter().any(|byte| *byte != 0) {
                let word = offset + number * WRITE as u32;
                return Err(NorError::Overwrite { word });
            }
        }
        Ok(())
    }

    fn slice(&self, offset: u32, len: usize) -> &[u8] {
        let start = offset as usize;
        &self.medium.bytes()[start..start + len]
    }

    /// Counts one operation and stores `result` where `held` was, or what is left of it if power goes now.
    fn apply(&mut self, range: Range<u32>, result: &[u8], tear: tear::Tear) -> Result<(), NorError> {
        self.operations += 1;
        match self.power {
            Power::CutAt { operation, seed } if operation <= self.operations => {
                self.power = Power::Off;
                let held = self.slice(range.start, result.len());
                let torn = tear(&mut SplitMix64::new(seed), held, result);
                self.store(range.start, &torn)?;
                Err(NorError::PowerLost)
            }
            _ => self.store(range.start, result),
        }
    }

    fn store(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorError> {
        let stored = self.medium.store(offset as usize, bytes);
        stored.map_err(|error| NorError::Medium(error.kind()))
    }

    fn powered(&self) -> Result<(), NorError> {
        if self.is_off() {
            Err(NorError::PowerLost)
        } else {
            Ok(())
        }
    }
}

impl<M, const WRITE: usize, const ERASE: usize> ErrorType for Nor<M, WRITE, ERASE> {
    type Error = NorError;
}

impl<M: Medium, const WRITE: usize, const ERASE: usize> ReadNorFlash for Nor<M, WRITE, ERASE> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorError> {
        self.powered()?;
        check_read(self, offset, bytes.len()).map_err(|kind| self.refuse(NorError::Range(kind)))?;
        bytes.copy_from_slice(self.slice(offset, bytes.len()));
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.medium.bytes().len()
    }
}

impl<M: Medium, const WRITE: usize, const ERASE: usize> NorFlash for Nor<M, WRITE, ERASE> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorError> {
        self.powered()?;
        check_erase(self, from, to).map_err(|kind| self.refuse(NorError::Range(kind)))?;
        let blank = vec![0xFF; (to - from) as usize];
        self.apply(from..to, &blank, tear::erase)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorError> {
        self.powered()?;
        check_write(self, offset, bytes.len()).map_err(|kind| self.refuse(NorError::Range(kind)))?;
        self.check_words(offset, bytes)
            .map_err(|error| self.refuse(error))?;
        let end = offset + bytes.len() as u32;
        self.apply(offset..end, bytes, tear::program)
    }
}
