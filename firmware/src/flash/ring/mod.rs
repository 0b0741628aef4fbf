//! A ring of numbered entries of one length, of which the newest are always there.
//!
//! A sector is a row of slots, one entry each, programmed once. When the newest sector is full, the one that follows it,
//! which holds the oldest entries, is erased: that is refused unless all of them have been released. There are no
//! headers: an entry carries its number, and whoever uses the ring says which slots hold one.
//!
//! A cut leaves at most the newest entry torn, or the oldest sector half erased; both are told by their slots.

mod mount;
mod read;

use super::error::FlashError;
use super::layout::UNIT;
use super::medium::Medium;
use super::sectors::{MAX_SECTORS, SectorId};
use embedded_storage::nor_flash::NorFlash;
use heapless::Vec;

/// The numbers of the entries in a sector; zeros when there are none.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    first: u64,
    last: u64,
    count: u64,
}

/// A ring of entries of `LEN` bytes, a multiple of 16, on the flash `F`.
pub struct Ring<F, const LEN: usize> {
    medium: Medium<F>,
    spans: Vec<Span, MAX_SECTORS>,
    /// The sector that is appended to.
    sector: SectorId,
    /// Where the next slot goes.
    next: u32,
    newest: u64,
    released: u64,
    free: u32,
    /// A change failed half-way: what the flash holds is not known.
    failed: bool,
}

impl<F: NorFlash, const LEN: usize> Ring<F, LEN> {
    const SLOT_LEN: u32 = LEN as u32;

    /// Slots of a sector.
    const SLOTS: u32 = match Medium::<F>::SECTOR_LEN.checked_div(Self::SLOT_LEN) {
        Some(slots) => slots,
        None => 0,
    };

    /// Number of the newest entry; 0 when there is none.
    pub const fn newest(&self) -> u64 {
        self.newest
    }

    /// How many entries can be appended before one has to be released.
    pub const fn free(&self) -> u32 {
        self.free
    }

    /// Appends the entry with this number, which is higher than the newest one's. Durable when it returns.
    ///
    /// # Errors
    /// [`FlashError::Full`] when the oldest entries have not been released, [`FlashError::Device`].
    pub fn append(&mut self, number: u64, entry: &[u8; LEN]) -> Result<(), FlashError> {
        if self.failed {
            return Err(FlashError::Device);
        }
        let result = self.write(number, entry);
        self.failed = matches!(result, Err(FlashError::Device));
        result
    }

    /// Allows entries up to this number to be overwritten.
    pub fn release(&mut self, through: u64) {
        self.released = self.released.max(through);
        for span in &mut self.spans {
            if span.last <= self.released && span.has_gaps() {
                // A cut while it was erased left some of them; nobody should miss the others.
                *span = Span::default();
            }
        }
        self.free = self.count_free();
    }

    /// Erases all entries, which must have been released. A cut leaves some of them, and no newest that was not there.
    ///
    /// # Errors
    /// [`FlashError::Device`].
    pub fn clear(&mut self) -> Result<(), FlashError> {
        for sector in (0..self.medium.sector_count() as u16).map(SectorId) {
            self.medium.erase(sector)?;
        }
        self.spans.fill(Span::default());
        self.sector = SectorId(self.medium.sector_count().saturating_sub(1) as u16);
        self.next = self.medium.range(self.sector).end;
        self.newest = 0;
        self.free = self.count_free();
        Ok(())
    }

    fn write(&mut self, number: u64, entry: &[u8; LEN]) -> Result<(), FlashError> {
        self.program_next(entry)?;
        self.newest = number;
        if let Some(span) = self.spans.get_mut(usize::from(self.sector.0)) {
            span.include(number);
        }
        self.free = self.count_free();
        Ok(())
    }

    /// Programs the next slot that can be: a cut may have left some that are blank to the eye, and parts with ECC do not
    /// take them.
    fn program_next(&mut self, entry: &[u8; LEN]) -> Result<(), FlashError> {
        loop {
            if self.left(self.next) == 0 {
                self.take_next_sector()?;
            }
            let at = self.next;
            self.next = at.saturating_add(Self::SLOT_LEN);
            let programmed = self.medium.program(at, entry);
            let is_there = !self.medium.read::<LEN>(at)?.ends_with(&[0xFF; UNIT]);
            if programmed.is_ok() || is_there {
                return programmed;
            }
        }
    }

    fn take_next_sector(&mut self) -> Result<(), FlashError> {
        let target = self.following(self.sector);
        if !self.is_released(target) {
            return Err(FlashError::Full);
        }
        self.medium.erase(target)?;
        self.sector = target;
        self.next = self.medium.range(target).start;
        if let Some(span) = self.spans.get_mut(usize::from(target.0)) {
            *span = Span::default();
        }
        Ok(())
    }

    fn count_free(&self) -> u32 {
        let mut free = self.left(self.next);
        let mut sector = self.following(self.sector);
        while sector != self.sector && self.is_released(sector) {
            free = free.saturating_add(Self::SLOTS);
            sector = self.following(sector);
        }
        free
    }

    /// Slots that are left in the newest sector from `next` on.
    fn left(&self, next: u32) -> u32 {
        let end = self.medium.range(self.sector).end;
        end.saturating_sub(next).checked_div(Self::SLOT_LEN).unwrap_or(0)
    }

    fn is_released(&self, sector: SectorId) -> bool {
        let span = self.spans.get(usize::from(sector.0));
        span.is_some_and(|span| span.last <= self.released)
    }

    fn following(&self, sector: SectorId) -> SectorId {
        let count = self.medium.sector_count() as u16;
        SectorId(sector.0.saturating_add(1).checked_rem(count).unwrap_or(0))
    }
}

impl Span {
    fn include(&mut self, number: u64) {
        if self.last == 0 {
            self.first = number;
        }
        self.first = self.first.min(number);
        self.last = self.last.max(number);
        self.count = self.count.saturating_add(1);
    }

    fn has_gaps(&self) -> bool {
        self.last.saturating_sub(self.first) >= self.count
    }
}
