//! The record log: what the rest of the firmware sees.

use super::error::FlashError;
use super::index::{Index, Memory};
use super::layout::{Header, Kind, NAME_LEN, SECTOR_HEADER_LEN, record_len};
use super::medium::{Medium, body_range};
use super::sectors::Sectors;
use embedded_storage::nor_flash::NorFlash;

/// Named records of up to a sector's length on the flash `F`, at most `CAPACITY` of them.
///
/// One sector is always kept free to move records to. A record with a body of n bytes takes 48 + n bytes of flash, n
/// rounded up to 16; while one is replaced, both are there.
pub struct Log<'m, F, const CAPACITY: usize> {
    pub(super) medium: Medium<F>,
    pub(super) index: Index<'m, CAPACITY>,
    pub(super) sectors: Sectors,
    /// The sequence number given out last.
    pub(super) sequence: u32,
    pub(super) damaged: u32,
    /// A change failed half-way: what is in memory may not be what is on flash.
    failed: bool,
}

impl<'m, F: NorFlash, const CAPACITY: usize> Log<'m, F, CAPACITY> {
    /// Opens the region, whose size `flash.capacity()` tells: finds all records and finishes what a power cut left
    /// half done. A blank region is an empty log.
    ///
    /// # Errors
    /// [`FlashError::Geometry`] when the region is too small or large or holds more than `CAPACITY` records,
    /// [`FlashError::Damaged`] when it holds mostly something else, [`FlashError::Device`] when the driver fails.
    pub fn mount(flash: F, memory: &'m mut Memory<CAPACITY>) -> Result<Self, FlashError> {
        let medium = Medium::new(flash)?;
        let mut log = Self {
            sectors: Sectors::new(medium.sector_count())?,
            medium,
            index: Index::new(memory),
            sequence: 0,
            damaged: 0,
            failed: false,
        };
        log.recover()?;
        Ok(log)
    }

    /// Stores the record, in place of one with the same kind and name. Durable when it returns, and the bits of the one
    /// it replaces are gone.
    ///
    /// # Errors
    /// [`FlashError::Full`], [`FlashError::TooLong`] or [`FlashError::Device`].
    pub fn put(&mut self, kind: Kind, name: &[u8; NAME_LEN], body: &[u8]) -> Result<(), FlashError> {
        self.change(|log| log.store(kind, name, body))
    }

    /// Copies the record's body to the front of `body` and tells its length; `None` when there is no such record.
    ///
    /// # Errors
    /// [`FlashError::Damaged`] when the body is not what was put (`body` is garbage then), [`FlashError::TooLong`] when
    /// it does not fit, [`FlashError::Device`].
    pub fn read(
        &mut self,
        kind: Kind,
        name: &[u8; NAME_LEN],
        body: &mut [u8],
    ) -> Result<Option<usize>, FlashError> {
        let Some(at) = self.index.place((kind, name)) else {
            return Ok(None);
        };
        let header = self.medium.header(at)?.ok_or(FlashError::Damaged)?;
        let len = usize::from(header.body_len);
        let body = body.get_mut(..len).ok_or(FlashError::TooLong)?;
        let mut slots = body.iter_mut();
        self.medium.visit(body_range(at, &header), |_, piece| {
            piece
                .iter()
                .zip(&mut slots)
                .for_each(|(byte, slot)| *slot = *byte);
            true
        })?;
        if crc32fast::hash(body) != header.body_crc {
            return Err(FlashError::Damaged);
        }
        Ok(Some(len))
    }

    /// Removes the record and tells whether there was one. Its bits are gone when this returns.
    ///
    /// # Errors
    /// [`FlashError::Device`].
    pub fn remove(&mut self, kind: Kind, name: &[u8; NAME_LEN]) -> Result<bool, FlashError> {
        self.change(|log| {
            let Some(at) = log.index.place((kind, name)) else {
                return Ok(false);
            };
            log.wipe(at)?;
            log.index.remove((kind, name));
            Ok(true)
        })
    }

    /// Removes every record of another kind than this. Their bits are gone when this returns; a cut leaves some.
    ///
    /// # Errors
    /// [`FlashError::Device`].
    pub fn remove_all_but(&mut self, kept: Kind) -> Result<(), FlashError> {
        while let Some((kind, name)) = self.index.first_but(kept) {
            self.remove(kind, &name)?;
        }
        Ok(())
    }

    /// Whether the record is there, damaged or not.
    pub fn contains(&self, kind: Kind, name: &[u8; NAME_LEN]) -> bool {
        self.index.place((kind, name)).is_some()
    }

    /// The names of all records of a kind in order, from the first one behind `after`.
    pub fn names_after(
        &self,
        kind: Kind,
        after: Option<&[u8; NAME_LEN]>,
    ) -> impl Iterator<Item = &[u8; NAME_LEN]> {
        self.index.names_after(kind, after)
    }

    /// Number of records of a kind.
    pub fn len(&self, kind: Kind) -> usize {
        self.names_after(kind, None).count()
    }

    /// Whether there is no record of a kind.
    pub fn is_empty(&self, kind: Kind) -> bool {
        self.names_after(kind, None).next().is_none()
    }

    /// Number of records with a body of `body_len` bytes that a region like this holds when it holds nothing else.
    pub fn capacity(&self, body_len: usize) -> usize {
        let sectors = self.medium.sector_count().saturating_sub(1);
        let a_sector = Self::SECTOR_ROOM.checked_div(record_len(body_len)).unwrap_or(0);
        sectors.saturating_mul(a_sector as usize).min(CAPACITY)
    }

    /// Number of places where mounting met damage: records whose body is not what was put, which are still listed and
    /// can be removed or replaced, and unreadable stretches, of which nothing is known.
    pub const fn damaged(&self) -> u32 {
        self.damaged
    }

    /// Bytes for records in a sector.
    pub(super) const SECTOR_ROOM: u32 = Medium::<F>::SECTOR_LEN.saturating_sub(SECTOR_HEADER_LEN);

    fn change<T>(
        &mut self,
        change: impl FnOnce(&mut Self) -> Result<T, FlashError>,
    ) -> Result<T, FlashError> {
        if self.failed {
            return Err(FlashError::Device);
        }
        let result = change(self);
        self.failed = matches!(result, Err(FlashError::Device));
        result
    }

    fn store(&mut self, kind: Kind, name: &[u8; NAME_LEN], body: &[u8]) -> Result<(), FlashError> {
        let header = self.next_header(kind, name, body)?;
        if self.index.is_full() && !self.contains(kind, name) {
            return Err(FlashError::Full);
        }
        let at = self.write(&header, body)?;
        // Only now: making room may have moved it.
        let replaced = self.index.place((kind, name));
        self.index.set((kind, name), at)?;
        replaced.map_or(Ok(()), |old| self.wipe(old))
    }

    /// Writes a record where there is room, and answers its place.
    fn write(&mut self, header: &Header, body: &[u8]) -> Result<u32, FlashError> {
        loop {
            let sector = self.make_room(header.record_len())?;
            let written = self.append(sector, header, |medium, at| medium.write_record(at, header, body));
            if written != Err(FlashError::Device) || !self.is_blank_behind(sector)? {
                return written;
            }
            // A cut may have left a word there that looks blank, and parts with ECC do not take it.
            self.sectors.set_room(sector, 0);
        }
    }

    fn next_header(&mut self, kind: Kind, name: &[u8; NAME_LEN], body: &[u8]) -> Result<Header, FlashError> {
        let body_len = u16::try_from(body.len()).map_err(|_| FlashError::TooLong)?;
        if record_len(body.len()) > Self::SECTOR_ROOM {
            return Err(FlashError::TooLong);
        }
        // Flash wears out long before 2^32 records; only damage gets here.
        self.sequence = self.sequence.checked_add(1).ok_or(FlashError::Device)?;
        Ok(Header {
            kind,
            body_len,
            sequence: self.sequence,
            body_crc: crc32fast::hash(body),
            name: *name,
        })
    }

    /// Clears the record at `at`, which the index does not point to any more or will not.
    pub(super) fn wipe(&mut self, at: u32) -> Result<(), FlashError> {
        let header = self.medium.header(at)?.ok_or(FlashError::Device)?;
        self.medium.wipe_record(at, &header)?;
        self.sectors
            .subtract_live(self.medium.sector_of(at), header.record_len());
        Ok(())
    }
}
