//! Finding the records at start, and finishing what a power cut left half done.
//!
//! What a cut leaves, and what is done about it:
//!
//! | cut in | left behind | mended by |
//! | --- | --- | --- |
//! | putting a record | a torn header, or a record without its mark | wiping it; nothing is appended to the sector |
//! | replacing one | both records | wiping the one with the lower sequence number |
//! | removing one | a record without its mark | wiping it again |
//! | opening a sector | a header that does not check | erasing the sector: it holds no records |
//! | moving a sector's records | copies, with the same sequence number | wiping those in the newer sector |
//! | erasing a sector | anything at all, but no header | erasing it again: all its records are elsewhere |
//!
//! A sector whose header is damaged looks like the last one, except that some of its records are nowhere else; such a
//! sector is kept. And a cut never leaves more than one sector without header: when there are more, and most of what
//! is written is not even in part a sector of this log, the region holds something else or is broken, and none of it
//! is erased.

use super::error::FlashError;
use super::layout::{Header, SECTOR_HEADER_LEN, sector_epoch};
use super::log::Log;
use super::scan::Scan;
use super::sectors::{SectorId, Use};
use core::ops::Range;
use embedded_storage::nor_flash::NorFlash;

impl<'m, F: NorFlash, const CAPACITY: usize> Log<'m, F, CAPACITY> {
    pub(super) fn recover(&mut self) -> Result<(), FlashError> {
        for sector in self.sectors.ids() {
            let usage = self.find_usage(sector)?;
            self.sectors.set(sector, usage, 0);
        }
        for sector in self.sectors.ids() {
            if let Some(Use::Open { .. }) = self.usage(sector) {
                let room = self.adopt(sector)?;
                self.sectors.set_room(sector, room);
            }
        }
        self.refuse_noise()?;
        for sector in self.sectors.ids() {
            if self.usage(sector) == Some(Use::Unclear) {
                self.resolve(sector)?;
            }
        }
        self.restore_spare()
    }

    fn usage(&self, sector: SectorId) -> Option<Use> {
        self.sectors.sector(sector).map(|sector| sector.usage)
    }

    fn find_usage(&mut self, sector: SectorId) -> Result<Use, FlashError> {
        let range = self.medium.range(sector);
        if let Some(epoch) = sector_epoch(&self.medium.read(range.start)?) {
            return Ok(Use::Open { epoch });
        }
        let written = self.medium.next_written(range)?;
        Ok(written.map_or(Use::Blank, |_| Use::Unclear))
    }

    fn refuse_noise(&mut self) -> Result<(), FlashError> {
        let (mut noise, mut readable) = (0_usize, 0_usize);
        for sector in self.sectors.ids() {
            match self.usage(sector) {
                Some(Use::Open { .. }) => readable = readable.saturating_add(1),
                Some(Use::Unclear) if self.holds_records(sector)? => readable = readable.saturating_add(1),
                Some(Use::Unclear) => noise = noise.saturating_add(1),
                Some(Use::Blank | Use::Erased) | None => {}
            }
        }
        if noise > 1 && noise > readable {
            return Err(FlashError::Damaged);
        }
        Ok(())
    }

    /// Whether a sector without header holds records, be they removed or not.
    fn holds_records(&mut self, sector: SectorId) -> Result<bool, FlashError> {
        let mut scan = Scan::new(self.records(sector));
        Ok(scan.next(&mut self.medium)?.is_some())
    }

    /// Erases a sector without header, unless it holds a record that is nowhere else.
    fn resolve(&mut self, sector: SectorId) -> Result<(), FlashError> {
        if self.is_redundant(sector)? {
            return self.release(sector);
        }
        self.sectors.set(sector, Use::Open { epoch: 0 }, 0);
        self.damaged = self.damaged.saturating_add(1);
        self.adopt(sector).map(|_room| ())
    }

    fn is_redundant(&mut self, sector: SectorId) -> Result<bool, FlashError> {
        let mut scan = Scan::new(self.records(sector));
        while let Some((at, header)) = scan.next(&mut self.medium)? {
            if self.medium.is_committed(at, &header)? && !self.is_elsewhere(&header)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_elsewhere(&mut self, header: &Header) -> Result<bool, FlashError> {
        let Some(at) = self.index.place((header.kind, &header.name)) else {
            return Ok(false);
        };
        let held = self.medium.header(at)?;
        Ok(held.is_some_and(|held| held.sequence >= header.sequence))
    }

    /// Takes the records of a sector into the index and tells how much can still be appended to it.
    fn adopt(&mut self, sector: SectorId) -> Result<u32, FlashError> {
        let mut scan = Scan::new(self.records(sector));
        while let Some((at, header)) = scan.next(&mut self.medium)? {
            self.sequence = self.sequence.max(header.sequence);
            self.sectors.add_live(sector, header.record_len());
            if self.medium.is_committed(at, &header)? {
                self.adopt_record(at, &header)?;
            } else {
                self.wipe(at)?;
            }
        }
        let (damaged, room) = scan.finish();
        self.damaged = self.damaged.saturating_add(damaged);
        Ok(room)
    }

    fn adopt_record(&mut self, at: u32, header: &Header) -> Result<(), FlashError> {
        let key = (header.kind, &header.name);
        let held = self.index.place(key);
        if let Some(held) = held
            && !self.supersedes(at, held)?
        {
            return self.wipe(at);
        }
        self.index.set(key, at).map_err(|_| FlashError::Geometry)?;
        if !self.medium.is_intact(at, header)? {
            self.damaged = self.damaged.saturating_add(1);
        }
        held.map_or(Ok(()), |held| self.wipe(held))
    }

    /// Whether the record at `at` is the one to keep of two with the same name.
    fn supersedes(&mut self, at: u32, held: u32) -> Result<bool, FlashError> {
        Ok(self.rank(at)? > self.rank(held)?)
    }

    /// Later puts come first, then sound copies, then those in the older sector: a move that was cut is undone, not
    /// finished, because what it moved to may have lost room to a torn record.
    fn rank(&mut self, at: u32) -> Result<impl PartialOrd + use<'m, F, CAPACITY>, FlashError> {
        let header = self.medium.header(at)?.ok_or(FlashError::Device)?;
        let intact = self.medium.is_intact(at, &header)?;
        let epoch = self.sectors.epoch(self.medium.sector_of(at));
        Ok((header.sequence, intact, core::cmp::Reverse(epoch)))
    }

    fn records(&self, sector: SectorId) -> Range<u32> {
        let range = self.medium.range(sector);
        range.start.saturating_add(SECTOR_HEADER_LEN)..range.end
    }
}
