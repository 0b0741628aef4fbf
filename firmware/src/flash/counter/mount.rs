//! Finding the values at start.

use super::slot::Slot;
use super::{CounterId, Counters, Values};
use crate::flash::error::FlashError;
use crate::flash::layout::{UNIT, is_cleared};
use crate::flash::medium::Medium;
use crate::flash::sectors::SectorId;
use embedded_storage::nor_flash::NorFlash;

/// What a sector holds beside values.
struct Found {
    is_blank: bool,
    epoch: Option<u64>,
    /// How many slots say that it was opened.
    opened: u32,
    /// Where its last slot begins that is not blank, the end's left out.
    last: Option<u32>,
    has_ended: bool,
}

/// What the region holds beside values.
struct Region {
    /// The sector that was opened last.
    newest: Option<Found>,
    /// Behind this offset of its sector, each sector is blank.
    written: u32,
    is_blank: bool,
}

impl<F: NorFlash> Counters<F> {
    /// Finds the values. In a blank region all of them are 0.
    ///
    /// # Errors
    /// [`FlashError::Damaged`] when values must have been lost, [`FlashError::Geometry`] for a region of fewer than two
    /// or too many sectors, [`FlashError::Device`].
    pub fn mount(flash: F) -> Result<Self, FlashError> {
        let mut counters = Self::unmounted(flash)?;
        let region = counters.find()?;
        match region.newest {
            Some(newest) => counters.resume(&newest)?,
            None => counters.begin(region.written)?,
        }
        Ok(counters)
    }

    /// Where a counter stands, for first stages: writes nothing, whatever it finds. In a blank region it is 0.
    ///
    /// # Errors
    /// As [`Self::mount`], and [`FlashError::Damaged`] also for a region that is neither blank nor has an opened sector, as
    /// one has that was cut when it was first used, and one that is written otherwise than this knows.
    pub fn look(flash: F, id: CounterId) -> Result<u64, FlashError> {
        let mut counters = Self::unmounted(flash)?;
        let region = counters.find()?;
        match region.newest {
            Some(newest) if !newest.has_ended => Ok(counters.value(id)),
            None if region.is_blank => Ok(0),
            _ => Err(FlashError::Damaged),
        }
    }

    fn unmounted(flash: F) -> Result<Self, FlashError> {
        Ok(Self {
            medium: Medium::new(flash)?,
            values: Values::default(),
            sector: SectorId(0),
            epoch: 0,
            next: 0,
            failed: false,
        })
    }

    /// Takes all values, and the sector that was opened last.
    fn find(&mut self) -> Result<Region, FlashError> {
        let mut region = Region {
            newest: None,
            written: 0,
            is_blank: true,
        };
        for sector in (0..self.medium.sector_count() as u16).map(SectorId) {
            let found = self.survey(sector)?;
            region.is_blank &= found.is_blank;
            region.written = region.written.max(found.last.map_or(0, after));
            if found.epoch > region.newest.as_ref().and_then(|newest| newest.epoch) {
                self.sector = sector;
                region.newest = Some(found);
            }
        }
        Ok(region)
    }

    fn survey(&mut self, sector: SectorId) -> Result<Found, FlashError> {
        let end = self.end_of(sector);
        let last_slot = self.medium.read(end)?;
        let mut found = Found {
            is_blank: last_slot == [0xFF; UNIT],
            epoch: None,
            opened: 0,
            last: None,
            has_ended: is_cleared(&last_slot),
        };
        let Self { medium, values, .. } = self;
        medium.visit(medium.range(sector).start..end, |at, piece| {
            for (bytes, at) in piece.chunks(UNIT).zip((at..).step_by(UNIT)) {
                if bytes != [0xFF; UNIT] {
                    found.is_blank = false;
                    found.last = Some(at);
                }
                match Slot::parse(bytes) {
                    Some(Slot::Value(number, value)) => values.raise(number, value),
                    Some(Slot::Opened(epoch)) => {
                        found.epoch = Some(epoch);
                        found.opened = found.opened.saturating_add(1);
                    }
                    None => {}
                }
            }
            true
        })?;
        Ok(found)
    }

    /// Goes on in the newest sector.
    fn resume(&mut self, newest: &Found) -> Result<(), FlashError> {
        if newest.has_ended {
            // The one that took over can't be found.
            return Err(FlashError::Damaged);
        }
        self.epoch = newest.epoch.unwrap_or(0);
        self.next = newest.last.map_or(0, after);
        if newest.opened < 2 && self.next < self.end_of(self.sector) {
            // A cut may have left the only one so that it does not read like this the next time.
            self.append(Slot::Opened(self.epoch))?;
        }
        for sector in (0..self.medium.sector_count() as u16).map(SectorId) {
            if sector != self.sector && self.holds_older(sector)? {
                self.end(sector)?;
            }
        }
        Ok(())
    }

    /// Whether a sector was in use before the newest and has not been told its end.
    fn holds_older(&mut self, sector: SectorId) -> Result<bool, FlashError> {
        let found = self.survey(sector)?;
        Ok(found.epoch.is_some() && !found.has_ended)
    }

    /// Opens the first sector of a region that was never used. Behind `written` all of it is blank; what comes before
    /// was left by starts that were cut here.
    fn begin(&mut self, written: u32) -> Result<(), FlashError> {
        let is_used = self.values.counted().next().is_some();
        if is_used || written > Medium::<F>::SECTOR_LEN / 2 {
            return Err(FlashError::Damaged);
        }
        self.epoch = 1;
        self.next = written;
        self.open()
    }
}

/// Where to go on behind the slot at `last`: the next one may have been hit by a cut that left it blank to the eye, and
/// parts with ECC would not take it.
const fn after(last: u32) -> u32 {
    last.saturating_add(2_u32.saturating_mul(UNIT as u32))
}
