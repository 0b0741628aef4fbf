//! Regions of one flash part that are used independently of each other.

use core::{cell::RefCell, ops::Range};
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// A region of a part, whose addresses begin at 0.
pub struct Partition<'p, F> {
    part: &'p RefCell<F>,
    start: u32,
    len: u32,
}

/// Why a partition did not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionError<E> {
    /// The part's own error.
    Part(E),
    /// Not within the partition, or not in the part's units.
    Refused(NorFlashErrorKind),
    /// The part is in use: a partition was called from within a call to another one.
    Busy,
}

impl<E: NorFlashError> NorFlashError for PartitionError<E> {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Part(error) => error.kind(),
            Self::Refused(kind) => *kind,
            Self::Busy => NorFlashErrorKind::Other,
        }
    }
}

impl<'p, F: NorFlash> Partition<'p, F> {
    /// The region of `part` at these addresses, which must be whole erase sectors.
    ///
    /// # Panics
    /// At compile time, when used in a `const`; at start otherwise: when they are not.
    pub const fn new(part: &'p RefCell<F>, region: Range<u32>) -> Self {
        let sector = F::ERASE_SIZE as u32;
        assert!(region.start.is_multiple_of(sector) && region.end.is_multiple_of(sector));
        Self {
            part,
            start: region.start,
            len: region.end - region.start,
        }
    }

    fn with_part<T>(
        &self,
        act: impl FnOnce(&mut F) -> Result<T, F::Error>,
    ) -> Result<T, PartitionError<F::Error>> {
        let mut part = self.part.try_borrow_mut().map_err(|_| PartitionError::Busy)?;
        act(&mut part).map_err(PartitionError::Part)
    }
}

impl<F: NorFlash> ErrorType for Partition<'_, F> {
    type Error = PartitionError<F::Error>;
}

impl<F: NorFlash> ReadNorFlash for Partition<'_, F> {
    const READ_SIZE: usize = F::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        check_read(self, offset, bytes.len()).map_err(PartitionError::Refused)?;
        self.with_part(|part| part.read(self.start + offset, bytes))
    }

    fn capacity(&self) -> usize {
        self.len as usize
    }
}

impl<F: NorFlash> NorFlash for Partition<'_, F> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to).map_err(PartitionError::Refused)?;
        self.with_part(|part| part.erase(self.start + from, self.start + to))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len()).map_err(PartitionError::Refused)?;
        self.with_part(|part| part.write(self.start + offset, bytes))
    }
}
