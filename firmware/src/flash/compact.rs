//! Making room: opening free sectors while there are two, then moving the live records of a sector into the last free
//! one and erasing the sector they came from.

use super::error::FlashError;
use super::layout::{Header, UNIT, sector_header};
use super::log::Log;
use super::medium::Medium;
use super::sectors::{SectorId, Use};
use embedded_storage::nor_flash::NorFlash;

/// Each time this many sectors have been opened, the oldest is moved too, full or not, so that records that never
/// change do not keep a sector from taking its share of the wear.
const LEVEL_EVERY: u32 = 16;

impl<F: NorFlash, const CAPACITY: usize> Log<'_, F, CAPACITY> {
    /// A sector with room for `len` bytes.
    pub(super) fn make_room(&mut self, len: u32) -> Result<SectorId, FlashError> {
        if let Some(sector) = self.sectors.with_room(len) {
            return Ok(sector);
        }
        self.restore_spare()?;
        match self.sectors.free_count() {
            0 => Err(FlashError::Full),
            1 => self.compact_for(len),
            _ => self.open_next(),
        }
    }

    /// Sees to it that a sector is free, if one holds nothing live. Only a cut or damage leaves none free.
    pub(super) fn restore_spare(&mut self) -> Result<(), FlashError> {
        if self.sectors.free_count() > 0 {
            return Ok(());
        }
        match self.sectors.emptiest(0) {
            Some(empty) => self.release(empty),
            None => Ok(()),
        }
    }

    fn compact_for(&mut self, len: u32) -> Result<SectorId, FlashError> {
        let most_live = Self::SECTOR_ROOM.saturating_sub(len);
        let victim = self.sectors.emptiest(most_live).ok_or(FlashError::Full)?;
        let is_due = self.sectors.newest_epoch().is_multiple_of(LEVEL_EVERY);
        match self.sectors.oldest() {
            Some(oldest) if is_due && oldest != victim => self.compact(oldest)?,
            _ => return self.compact(victim),
        };
        self.compact(victim)
    }

    /// Moves what is live in `victim` into the free sector, erases `victim`, and answers the sector moved to.
    fn compact(&mut self, victim: SectorId) -> Result<SectorId, FlashError> {
        let target = self.open_next()?;
        let mut position = 0_usize;
        while let Some(at) = self.index.place_at(position) {
            if self.medium.sector_of(at) == victim {
                let copy = self.copy(at, target)?;
                self.index.relocate(position, copy);
            }
            position = position.saturating_add(1);
        }
        self.release(victim)?;
        Ok(target)
    }

    fn copy(&mut self, at: u32, target: SectorId) -> Result<u32, FlashError> {
        let header = self.medium.header(at)?.ok_or(FlashError::Device)?;
        self.append(target, &header, |medium, to| medium.copy_record(at, to, &header))
    }

    /// Lets `write` program a record at the end of `sector`, and answers its place.
    pub(super) fn append(
        &mut self,
        sector: SectorId,
        header: &Header,
        write: impl FnOnce(&mut Medium<F>, u32) -> Result<(), FlashError>,
    ) -> Result<u32, FlashError> {
        let room = self.room(sector);
        let len = header.record_len();
        let left = room.checked_sub(len).ok_or(FlashError::Full)?;
        let at = self.medium.range(sector).end.saturating_sub(room);
        write(&mut self.medium, at)?;
        self.sectors.set_room(sector, left);
        self.sectors.add_live(sector, len);
        Ok(at)
    }

    /// Whether `sector` holds no more than one unit behind its last record: what was to be appended was refused at its
    /// first or second, and is not there.
    pub(super) fn is_blank_behind(&mut self, sector: SectorId) -> Result<bool, FlashError> {
        let end = self.medium.range(sector).end;
        let first = end.saturating_sub(self.room(sector));
        let behind = first.saturating_add(UNIT as u32)..end;
        Ok(self.medium.next_written(behind)?.is_none())
    }

    fn room(&self, sector: SectorId) -> u32 {
        self.sectors.sector(sector).map_or(0, |sector| sector.room)
    }

    fn open_next(&mut self) -> Result<SectorId, FlashError> {
        let sector = self.sectors.next_free().ok_or(FlashError::Full)?;
        if self.sectors.sector(sector).map(|sector| sector.usage) == Some(Use::Blank) {
            self.medium.erase(sector)?;
        }
        let epoch = self
            .sectors
            .newest_epoch()
            .checked_add(1)
            .ok_or(FlashError::Device)?;
        self.medium
            .program(self.medium.range(sector).start, &sector_header(epoch))?;
        self.sectors.set(sector, Use::Open { epoch }, Self::SECTOR_ROOM);
        Ok(sector)
    }

    /// Erases a sector whose records are all elsewhere. Its header goes first: a sector half erased is known by that.
    pub(super) fn release(&mut self, sector: SectorId) -> Result<(), FlashError> {
        let start = self.medium.range(sector).start;
        self.medium.program(start, &[0; UNIT])?;
        self.medium.erase(sector)?;
        self.sectors.set(sector, Use::Erased, 0);
        Ok(())
    }
}
