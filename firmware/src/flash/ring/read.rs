//! Reading the entries back.

use super::Ring;
use crate::flash::error::FlashError;
use crate::flash::sectors::SectorId;
use embedded_storage::nor_flash::NorFlash;

impl<F: NorFlash, const LEN: usize> Ring<F, LEN> {
    /// Hands the slots of one sector to `visit`, in the order of their numbers and until it returns `false`: of the
    /// sector with the oldest entry that has at least this number. Slots without an entry, and entries with a lower
    /// number, are among them. Nothing is visited when there is no such entry.
    ///
    /// # Errors
    /// [`FlashError::Device`].
    pub fn visit(
        &mut self,
        number: u64,
        mut visit: impl FnMut(&[u8; LEN]) -> bool,
    ) -> Result<(), FlashError> {
        let Some(sector) = self.sector_with(number) else {
            return Ok(());
        };
        for at in self.slots(sector) {
            if !visit(&self.medium.read(at)?) {
                break;
            }
        }
        Ok(())
    }

    fn sector_with(&self, number: u64) -> Option<SectorId> {
        let spans = (0..).map(SectorId).zip(&self.spans);
        let holding = spans.filter(|(_, span)| span.last >= number && span.last > 0);
        holding
            .min_by_key(|(_, span)| span.first)
            .map(|(sector, _)| sector)
    }

    /// Where the slots of a sector begin.
    pub(super) fn slots(&self, sector: SectorId) -> impl Iterator<Item = u32> + use<F, LEN> {
        let start = self.medium.range(sector).start;
        (0..Self::SLOTS).map(move |slot| start.saturating_add(slot.saturating_mul(Self::SLOT_LEN)))
    }
}
