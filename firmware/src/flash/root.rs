//! The root secret in a flash region of its own, for boards without anything better.
//!
//! A sector is a row of slots of 64 bytes: a magic of 12 bytes, the CRC-32 of the secret, the secret of 32 bytes and a
//! mark of 16 bytes, programmed last. Nothing is ever erased: a slot whose writing was cut is left behind and the next
//! one taken. So a slot that does not check but has something for a mark was complete once, and is damaged.

use super::layout::{UNIT, committed_mark};
use crate::platform::{RootError, RootSource};
use casemate_common::command::RootKind;
use embedded_storage::nor_flash::NorFlash;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes that a slot begins with.
const MAGIC_LEN: usize = 12;
const MAGIC: &[u8; MAGIC_LEN] = b"CASEMATEROOT";
const SECRET_LEN: usize = 32;
const MARK_AT: u32 = 48;
const SLOT_LEN: u32 = 64;
const SLOTS: u32 = 64;

/// Keeps the root secret in a flash region of one sector, or of two for a second copy. Whoever copies this flash has
/// the keys.
pub struct FlashRoot<F> {
    flash: F,
    magic: &'static [u8; MAGIC_LEN],
}

impl<F: NorFlash> FlashRoot<F> {
    const LAYOUT_FITS: () = assert!(
        UNIT.is_multiple_of(F::WRITE_SIZE)
            && UNIT.is_multiple_of(F::READ_SIZE)
            && F::ERASE_SIZE >= (SLOT_LEN * SLOTS) as usize,
        "words must divide 16 bytes, sectors have at least 4 KiB"
    );

    /// The root secret in this region.
    pub const fn new(flash: F) -> Self {
        Self::with_magic(flash, MAGIC)
    }

    /// As [`Self::new`], for something else than the root secret itself: one finds the other's damaged and never replaces it.
    pub const fn with_magic(flash: F, magic: &'static [u8; MAGIC_LEN]) -> Self {
        let () = Self::LAYOUT_FITS;
        Self { flash, magic }
    }

    /// Whether the secret was made, wholly.
    ///
    /// # Errors
    /// [`RootError::Failed`] when that can't be read, or what is there is damaged.
    pub fn is_made(&mut self) -> Result<bool, RootError> {
        Ok(self.find()?.is_some())
    }

    fn sectors(&self) -> impl Iterator<Item = u32> + use<F> {
        (0..self.flash.capacity() as u32).step_by(F::ERASE_SIZE)
    }

    /// The secret that all sound slots hold; `None` when no slot was ever finished.
    fn find(&mut self) -> Result<Option<Zeroizing<[u8; SECRET_LEN]>>, RootError> {
        let mut found: Option<Zeroizing<[u8; SECRET_LEN]>> = None;
        let mut is_damaged = false;
        for slot in self.sectors().flat_map(slots) {
            match self.slot(slot)? {
                Slot::Sound(secret) => {
                    let held = found.get_or_insert_with(|| secret.clone());
                    if !bool::from(held.ct_eq(&*secret)) {
                        return Err(RootError::Failed);
                    }
                }
                Slot::Damaged => is_damaged = true,
                Slot::Blank | Slot::Unfinished => {}
            }
        }
        if is_damaged && found.is_none() {
            return Err(RootError::Failed);
        }
        Ok(found)
    }

    /// Sees to it that the sector has a finished copy of `secret`, unless all of its slots are used up. Slots that look blank
    /// and can't be programmed, as cuts leave them on parts with ECC, are passed over.
    fn ensure_copy(&mut self, sector: u32, secret: &[u8; SECRET_LEN]) -> Result<(), RootError> {
        for at in slots(sector) {
            if matches!(self.slot(at)?, Slot::Sound(_)) && self.finish(at).is_ok() {
                return Ok(());
            }
        }
        let mut ensured = Ok(());
        for at in slots(sector) {
            if matches!(self.slot(at)?, Slot::Blank) {
                ensured = self.make_copy(at, secret);
                if ensured.is_ok() {
                    break;
                }
            }
        }
        ensured
    }

    fn make_copy(&mut self, slot: u32, secret: &[u8; SECRET_LEN]) -> Result<(), RootError> {
        self.flash
            .write(slot, &*content(self.magic, secret))
            .map_err(|_| RootError::Failed)?;
        self.finish(slot)
    }

    /// Programs the mark of a slot, if it has none.
    fn finish(&mut self, slot: u32) -> Result<(), RootError> {
        let at = slot.saturating_add(MARK_AT);
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
        let mut bytes = Zeroizing::new([0; SLOT_LEN as usize]);
        self.flash.read(at, &mut *bytes).map_err(|_| RootError::Failed)?;
        Ok(Slot::parse(self.magic, &bytes))
    }
}

impl<F: NorFlash> RootSource for FlashRoot<F> {
    const KIND: RootKind = RootKind::FlashPage;

    fn load_or_create(&mut self, fresh: &[u8; 32], root: &mut [u8; 32]) -> Result<(), RootError> {
        let secret = self.find()?.unwrap_or_else(|| Zeroizing::new(*fresh));
        for sector in self.sectors() {
            self.ensure_copy(sector, &secret)?;
        }
        // What is used has to be what the next start will find.
        let stored = self.find()?.ok_or(RootError::Failed)?;
        root.copy_from_slice(&*stored);
        Ok(())
    }
}

enum Slot {
    Blank,
    /// Its writing was cut before the mark.
    Unfinished,
    Sound(Zeroizing<[u8; SECRET_LEN]>),
    Damaged,
}

impl Slot {
    fn parse(magic: &[u8; MAGIC_LEN], bytes: &[u8; SLOT_LEN as usize]) -> Self {
        if bytes.iter().all(|byte| *byte == 0xFF) {
            return Self::Blank;
        }
        if let Some(secret) = secret(magic, bytes) {
            return Self::Sound(secret);
        }
        if bytes.ends_with(&[0xFF; UNIT]) {
            Self::Unfinished
        } else {
            Self::Damaged
        }
    }
}

fn slots(sector: u32) -> impl Iterator<Item = u32> {
    (0..SLOTS).map(move |slot| sector.saturating_add(slot.saturating_mul(SLOT_LEN)))
}

fn secret(magic: &[u8; MAGIC_LEN], slot: &[u8]) -> Option<Zeroizing<[u8; SECRET_LEN]>> {
    let (crc, rest) = slot.strip_prefix(magic)?.split_first_chunk()?;
    let secret = rest.first_chunk::<SECRET_LEN>()?;
    (crc32fast::hash(secret).to_le_bytes() == *crc).then(|| Zeroizing::new(*secret))
}

/// What comes before the mark.
fn content(magic: &[u8; MAGIC_LEN], secret: &[u8; SECRET_LEN]) -> Zeroizing<[u8; MARK_AT as usize]> {
    let mut bytes = Zeroizing::new([0; MARK_AT as usize]);
    let crc = crc32fast::hash(secret).to_le_bytes();
    let values = magic.iter().chain(&crc).chain(secret);
    bytes
        .iter_mut()
        .zip(values)
        .for_each(|(byte, value)| *byte = *value);
    bytes
}
