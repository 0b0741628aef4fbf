//! What each sector is used for, in memory.

use super::error::FlashError;
use heapless::Vec;

/// Most sectors of a region.
pub const MAX_SECTORS: usize = 64;

/// The number of a sector in its region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SectorId(pub(super) u16);

/// What a sector is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Reads as blank, but perhaps only because an erase was cut just before its end: erase before use.
    Blank,
    /// Erased by this log since it was mounted.
    Erased,
    /// Neither blank nor with a header that checks: half erased, half opened or damaged.
    Unclear,
    /// Holds records.
    Open {
        /// When it was opened, counted in openings; 0 for a sector whose header is damaged.
        epoch: u32,
    },
}

/// A sector.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sector {
    pub(super) usage: Use,
    /// Bytes in records that the index points to.
    pub(super) live: u32,
    /// Bytes that can still be appended.
    pub(super) room: u32,
}

impl Sector {
    const fn is_free(&self) -> bool {
        matches!(self.usage, Use::Blank | Use::Erased)
    }

    const fn epoch(&self) -> Option<u32> {
        match self.usage {
            Use::Open { epoch } => Some(epoch),
            _ => None,
        }
    }
}

/// All sectors of the region.
pub(super) struct Sectors {
    sectors: Vec<Sector, MAX_SECTORS>,
}

impl Sectors {
    /// `count` sectors of which nothing is known yet.
    ///
    /// # Errors
    /// [`FlashError::Geometry`] for more than [`MAX_SECTORS`].
    pub(super) fn new(count: usize) -> Result<Self, FlashError> {
        let unknown = Sector {
            usage: Use::Unclear,
            live: 0,
            room: 0,
        };
        let mut sectors = Vec::new();
        let grown = sectors.resize(count, unknown);
        grown.map_err(|_| FlashError::Geometry)?;
        Ok(Self { sectors })
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = SectorId> + use<> {
        (0..self.sectors.len() as u16).map(SectorId)
    }

    pub(super) fn sector(&self, id: SectorId) -> Option<&Sector> {
        self.sectors.get(usize::from(id.0))
    }

    pub(super) fn set(&mut self, id: SectorId, usage: Use, room: u32) {
        if let Some(sector) = self.sectors.get_mut(usize::from(id.0)) {
            *sector = Sector { usage, live: 0, room };
        }
    }

    pub(super) fn set_room(&mut self, id: SectorId, room: u32) {
        if let Some(sector) = self.sectors.get_mut(usize::from(id.0)) {
            sector.room = room;
        }
    }

    pub(super) fn add_live(&mut self, id: SectorId, len: u32) {
        if let Some(sector) = self.sectors.get_mut(usize::from(id.0)) {
            sector.live = sector.live.saturating_add(len);
        }
    }

    pub(super) fn subtract_live(&mut self, id: SectorId, len: u32) {
        if let Some(sector) = self.sectors.get_mut(usize::from(id.0)) {
            sector.live = sector.live.saturating_sub(len);
        }
    }

    pub(super) fn epoch(&self, id: SectorId) -> u32 {
        self.sector(id).and_then(Sector::epoch).unwrap_or(0)
    }

    /// The epoch of the sector opened last.
    pub(super) fn newest_epoch(&self) -> u32 {
        self.sectors.iter().filter_map(Sector::epoch).max().unwrap_or(0)
    }

    pub(super) fn free_count(&self) -> usize {
        self.sectors.iter().filter(|sector| sector.is_free()).count()
    }

    /// The free sector that follows the one opened last, so that all take their turn.
    pub(super) fn next_free(&self) -> Option<SectorId> {
        let newest = self.newest_epoch();
        let last = self.open().find(|(_, sector)| sector.epoch() == Some(newest));
        let last = last.map_or(0, |(id, _)| id.0);
        let free = self
            .all()
            .filter(|(_, sector)| sector.is_free())
            .map(|(id, _)| id);
        free.min_by_key(|id| (id.0 <= last, id.0))
    }

    /// An open sector with room for `len` bytes more: the newest.
    pub(super) fn with_room(&self, len: u32) -> Option<SectorId> {
        let fitting = self.open().filter(|(_, sector)| sector.room >= len);
        fitting.max_by_key(|(_, sector)| sector.epoch()).map(|(id, _)| id)
    }

    /// The open sector with the fewest live bytes, if they are at most `live`; among equals, the oldest.
    pub(super) fn emptiest(&self, live: u32) -> Option<SectorId> {
        let fitting = self.open().filter(|(_, sector)| sector.live <= live);
        fitting
            .min_by_key(|(_, sector)| (sector.live, sector.epoch()))
            .map(|(id, _)| id)
    }

    /// The open sector that was opened longest ago.
    pub(super) fn oldest(&self) -> Option<SectorId> {
        self.open()
            .min_by_key(|(_, sector)| sector.epoch())
            .map(|(id, _)| id)
    }

    fn open(&self) -> impl Iterator<Item = (SectorId, &Sector)> {
        self.all().filter(|(_, sector)| sector.epoch().is_some())
    }

    fn all(&self) -> impl Iterator<Item = (SectorId, &Sector)> {
        self.ids().zip(&self.sectors)
    }
}
