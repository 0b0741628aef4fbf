//! Finding the entries at start.

use super::{Ring, Span};
use crate::flash::error::FlashError;
use crate::flash::medium::Medium;
use crate::flash::sectors::SectorId;
use embedded_storage::nor_flash::NorFlash;
use heapless::Vec;

impl<F: NorFlash, const LEN: usize> Ring<F, LEN> {
    /// Finds the entries: the slots for which `number` gives one, which must not be 0. Answers the ring, and the newest
    /// entry.
    ///
    /// # Errors
    /// [`FlashError::Geometry`] for a region of fewer than two or too many sectors, [`FlashError::Device`].
    pub fn mount(
        flash: F,
        number: impl Fn(&[u8; LEN]) -> Option<u64>,
    ) -> Result<(Self, Option<[u8; LEN]>), FlashError> {
        let medium = Medium::new(flash)?;
        let count = medium.sector_count();
        let last = SectorId(count.saturating_sub(1) as u16);
        let mut spans = Vec::new();
        let grown = spans.resize(count, Span::default());
        grown.map_err(|_| FlashError::Geometry)?;
        let mut ring = Self {
            // As if the last sector were full: the first one is taken next.
            next: medium.range(last).end,
            sector: last,
            medium,
            spans,
            newest: 0,
            released: 0,
            free: 0,
            failed: false,
        };
        let mut newest = None;
        for sector in (0..count as u16).map(SectorId) {
            ring.survey(sector, &number, &mut newest)?;
        }
        ring.free = ring.count_free();
        Ok((ring, newest))
    }

    fn survey(
        &mut self,
        sector: SectorId,
        number: impl Fn(&[u8; LEN]) -> Option<u64>,
        newest: &mut Option<[u8; LEN]>,
    ) -> Result<(), FlashError> {
        let mut span = Span::default();
        let mut last_written = None;
        for at in self.slots(sector) {
            let slot = self.medium.read(at)?;
            if slot == [0xFF; LEN] {
                continue;
            }
            last_written = Some(at);
            let Some(number) = number(&slot) else {
                continue;
            };
            span.include(number);
            if number > self.newest {
                self.newest = number;
                self.sector = sector;
                *newest = Some(slot);
            }
        }
        if self.sector == sector
            && let Some(last) = last_written
        {
            // The next slot may have been hit by a cut that left it blank to the eye; parts with ECC would not take it.
            let skipped = Self::SLOT_LEN.saturating_mul(2);
            self.next = last.saturating_add(skipped);
        }
        if let Some(held) = self.spans.get_mut(usize::from(sector.0)) {
            *held = span;
        }
        Ok(())
    }
}
