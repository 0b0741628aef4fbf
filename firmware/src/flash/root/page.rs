//! A sector is a row of slots of 80 bytes: a magic of 12 bytes, the CRC-32 of what is kept, that itself, 48 bytes, and a mark of
//! 16 bytes, programmed last. What is kept is a secret of 32 bytes, and 16 bytes that what a board makes of it is checked by: both
//! are there, or neither. Nothing is ever erased: a slot whose writing was cut is left behind and the next one taken. So a slot
//! that does not check but has something for a mark was complete once, and is damaged.

use super::super::layout::{UNIT, committed_mark};
use super::slot::{CONTENT_LEN, Kept, PageKind, SLOT_LEN, Slot, content};
use crate::platform::RootError;
use embedded_storage::nor_flash::NorFlash;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// As many as fit 4 KiB.
const SLOTS: u32 = 51;

/// See the module.
pub struct RootPage<F> {
    flash: F,
    kind: PageKind,
}

impl<F: NorFlash> RootPage<F> {
    const LAYOUT_FITS: () = assert!(
        UNIT.is_multiple_of(F::WRITE_SIZE)
            && UNIT.is_multiple_of(F::READ_SIZE)
            && F::ERASE_SIZE >= SLOT_LEN * SLOTS as usize,
        "words must divide 16 bytes, sectors have at least 4 KiB"
    );

    /// What this region keeps, if it is of this kind.
    pub const fn new(flash: F, kind: PageKind) -> Self {
        let () = Self::LAYOUT_FITS;
        Self { flash, kind }
    }

    /// What all sound slots hold; `None` when no slot was ever finished.
    ///
    /// # Errors
    /// [`RootError::OtherKind`]; [`RootError::Failed`] when it can't be read, or what is there is damaged.
    pub fn find(&mut self) -> Result<Option<Kept>, RootError> {
        let mut found: Option<Kept> = None;
        let mut is_damaged = false;
        for at in self.sectors().flat_map(slots) {
            match self.slot(at)? {
                Slot::Sound(kept) => {
                    let held = found.get_or_insert_with(|| kept.clone());
                    if !bool::from(held.ct_eq(&kept)) {
                        return Err(RootError::Failed);
                    }
                }
                Slot::OtherKind => return Err(RootError::OtherKind),
                Slot::Damaged => is_damaged = true,
                Slot::Blank | Slot::Unfinished => {}
            }
        }
        if is_damaged && found.is_none() {
            return Err(RootError::Failed);
        }
        Ok(found)
    }

    /// Sees to it that this is in every sector, and what the next start finds.
    ///
    /// # Errors
    /// As [`Self::find`], and when it can't be written, or something else is there.
    pub fn keep(&mut self, kept: &Kept) -> Result<(), RootError> {
        for sector in self.sectors() {
            self.ensure_copy(sector, kept)?;
        }
        let stored = self.find()?.ok_or(RootError::Failed)?;
        let is_same = bool::from(stored.ct_eq(kept));
        is_same.then_some(()).ok_or(RootError::Failed)
    }

    fn sectors(&self) -> impl Iterator<Item = u32> + use<F> {
        (0..self.flash.capacity() as u32).step_by(F::ERASE_SIZE)
    }

    /// Sees to it that the sector has a finished copy, unless all of its slots are used up. Slots that look blank and can't be
    /// programmed, as cuts leave them on parts with ECC, are passed over.
    fn ensure_copy(&mut self, sector: u32, kept: &Kept) -> Result<(), RootError> {
        for at in slots(sector) {
            if matches!(self.slot(at)?, Slot::Sound(_)) && self.finish(at).is_ok() {
                return Ok(());
            }
        }
        let mut ensured = Ok(());
        for at in slots(sector) {
            if matches!(self.slot(at)?, Slot::Blank) {
                ensured = self.make_copy(at, kept);
                if ensured.is_ok() {
                    break;
                }
            }
        }
        ensured
    }

    fn make_copy(&mut self, slot: u32, kept: &Kept) -> Result<(), RootError> {
        let content = Zeroizing::new(content(self.kind, kept));
        self.flash.write(slot, &*content).map_err(|_| RootError::Failed)?;
        self.finish(slot)
    }

    /// Programs the mark of a slot, if it has none.
    fn finish(&mut self, slot: u32) -> Result<(), RootError> {
        let at = slot.saturating_add(CONTENT_LEN as u32);
        let mut mark = [0; UNIT];
        self.flash.read(at, &mut mark).map_err(|_| RootError::Failed)?;
        if mark != [0xFF; UNIT] {
            return Ok(());
        }
        self.flash
            .write(at, &committed_mark())
            .map_err(|_| RootError::Failed)
    }

    fn slot(&mut self, at: u32) -> Result<Slot, RootError> {
        let mut bytes = Zeroizing::new([0; SLOT_LEN]);
        self.flash.read(at, &mut *bytes).map_err(|_| RootError::Failed)?;
        Ok(Slot::parse(self.kind, &bytes))
    }
}

fn slots(sector: u32) -> impl Iterator<Item = u32> {
    (0..SLOTS).map(move |slot| sector.saturating_add(slot.saturating_mul(SLOT_LEN as u32)))
}
