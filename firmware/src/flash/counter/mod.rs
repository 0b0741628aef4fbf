//! Counters that only go up, in a region of their own.
//!
//! A sector is a row of slots of 16 bytes, each programmed once; the last slot is kept for the sector's end:
//!
//! | slot | bytes |
//! | --- | --- |
//! | tag: 0 for *opened*, else the counter's number | 1 |
//! | its complement, then zeros | 3 |
//! | the counter's value, or the sector's epoch | 8 |
//! | CRC-32 of the above | 4 |
//!
//! A counter's value is the highest that any slot tells of, so older copies never count, wherever they lie. Counting
//! appends a slot. When a sector is full, the next one is erased, given all values and then the slot *opened*; only
//! then the last slot of the full one is cleared, which says that the next one has taken over. So at every moment
//! either the newest opened sector holds all values and is not at its end, or a sector that had taken over is lost,
//! and that is told instead of counting from an older value.
//!
//! *This is an interface with first stages in the field*, which are never replaced and look up the lowest security version here
//! ([`security_floor`](crate::image::security_floor)). Firmware may add counters, up to number 32: what knows a number not
//! carries its value over all the same. One that would encode slots otherwise has to clear the last slot of every sector
//! that was opened like this, and to open none like this: older first stages then know that they don't know.
//!
//! *What this trusts:* as the rest of [`flash`](super), and that nobody but this device writes the region: neither an older
//! image nor single slots. Flash alone can't tell.

mod mount;
mod slot;

use super::error::FlashError;
use super::layout::UNIT;
use super::medium::Medium;
use super::sectors::SectorId;
use embedded_storage::nor_flash::NorFlash;
use slot::Slot;

/// A counter, with the number that stands for it on flash, at most [`NUMBERS`]. Numbers are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum CounterId {
    /// PINs compared.
    PinTries = 1,
    /// Times the device locked because the tries were used up.
    PinLockouts = 2,
    /// Sequence number of the last audit entry that the host has acknowledged.
    AuditDrained = 3,
    /// Keys that left the device.
    Exports = 4,
    /// Starts.
    Boots = 5,
    /// The highest security version of an image that has served.
    SecurityVersion = 6,
}

impl CounterId {
    /// Every counter.
    pub const ALL: [Self; 6] = [
        Self::PinTries,
        Self::PinLockouts,
        Self::AuditDrained,
        Self::Exports,
        Self::Boots,
        Self::SecurityVersion,
    ];
}

/// The highest number that a counter may ever have.
const NUMBERS: u8 = 32;

/// Where each counter stands, by its number less one: also those that newer firmware has counted and this does not know.
#[derive(Debug, Clone, Copy, Default)]
struct Values([u64; NUMBERS as usize]);

impl Values {
    fn value(&self, id: CounterId) -> u64 {
        self.counted()
            .find(|(number, _)| *number == id as u8)
            .map_or(0, |(_, value)| value)
    }

    /// Takes a value for the counter with this number, unless a higher one is known.
    fn raise(&mut self, number: u8, value: u64) {
        for (_, held) in (1..).zip(&mut self.0).filter(|(other, _)| *other == number) {
            *held = value.max(*held);
        }
    }

    /// The number and value of each that was ever raised.
    fn counted(&self) -> impl Iterator<Item = (u8, u64)> + use<> {
        (1..).zip(self.0).filter(|(_, value)| *value > 0)
    }
}

/// The counters of a device, on the flash `F` of two sectors or more.
pub struct Counters<F> {
    medium: Medium<F>,
    values: Values,
    /// The sector that is appended to.
    sector: SectorId,
    epoch: u64,
    /// Where the next slot goes.
    next: u32,
    /// A change failed half-way: what the flash holds is not known.
    failed: bool,
}

impl<F: NorFlash> Counters<F> {
    /// Where the counter stands: 0 until it is first incremented.
    pub fn value(&self, id: CounterId) -> u64 {
        self.values.value(id)
    }

    /// Counts one, and answers the new value. Durable when it returns; a value that was answered is never answered
    /// again, whatever happens to the power.
    ///
    /// # Errors
    /// [`FlashError::Device`]: whether this one was counted is known after the next mount. [`FlashError::Full`] at the
    /// end of all numbers.
    pub fn increment(&mut self, id: CounterId) -> Result<u64, FlashError> {
        let value = self.value(id).checked_add(1).ok_or(FlashError::Full)?;
        self.raise(id, value)?;
        Ok(value)
    }

    /// Raises the counter to `value`; one that is there already stays as it is. Durable when it returns.
    ///
    /// # Errors
    /// [`FlashError::Device`], as for [`Self::increment`].
    pub fn raise(&mut self, id: CounterId, value: u64) -> Result<(), FlashError> {
        if value <= self.value(id) {
            return Ok(());
        }
        if self.failed {
            return Err(FlashError::Device);
        }
        let result = self.record(id, value);
        self.failed = result.is_err();
        result
    }

    fn record(&mut self, id: CounterId, value: u64) -> Result<(), FlashError> {
        if self.next >= self.end_of(self.sector) {
            self.take_next_sector()?;
        }
        let slot = Slot::Value(id as u8, value);
        if self.append(slot).is_err() {
            self.take_next_sector()?;
            self.append(slot)?;
        }
        self.values.raise(id as u8, value);
        Ok(())
    }

    /// Starts the sector that follows the full one.
    fn take_next_sector(&mut self) -> Result<(), FlashError> {
        let full = self.sector;
        let count = self.medium.sector_count() as u16;
        let target = full.0.saturating_add(1).checked_rem(count).unwrap_or(0);
        self.sector = SectorId(target);
        self.medium.erase(self.sector)?;
        self.next = self.medium.range(self.sector).start;
        for (number, value) in self.values.counted() {
            self.append(Slot::Value(number, value))?;
        }
        self.epoch = self.epoch.checked_add(1).ok_or(FlashError::Device)?;
        self.open()?;
        self.end(full)
    }

    /// Says that the sector holds all values: twice, so that a flipped bit does not cost all of them.
    fn open(&mut self) -> Result<(), FlashError> {
        self.append(Slot::Opened(self.epoch))?;
        self.append(Slot::Opened(self.epoch))
    }

    /// Programs the next slot that can be: a cut may have left some that are blank to the eye, and parts with ECC do not
    /// take them.
    fn append(&mut self, slot: Slot) -> Result<(), FlashError> {
        let bytes = slot.encode();
        while self.next < self.end_of(self.sector) {
            let at = self.next;
            self.next = at.saturating_add(UNIT as u32);
            if self.medium.program(at, &bytes).is_ok() {
                return Ok(());
            }
        }
        Err(FlashError::Device)
    }

    /// Says in a sector that a newer one has taken over.
    fn end(&mut self, sector: SectorId) -> Result<(), FlashError> {
        self.medium.program(self.end_of(sector), &[0; UNIT])
    }

    /// Where the last slot of a sector is.
    fn end_of(&self, sector: SectorId) -> u32 {
        self.medium.range(sector).end.saturating_sub(UNIT as u32)
    }
}
