use super::Trust;
use super::marks::Marks;
use crate::crypto::{Crypto, Hash};
use crate::flash::FlashError;
use casemate_common::image::{HEADER_LEN, Header, Manifest, SlotAddress, WORD_LEN};
use embedded_storage::nor_flash::NorFlash;

/// Bytes read at once.
const PIECE: usize = 512;

/// A region of flash for one image: header, image, and in the last sector its marks.
pub struct Slot<F> {
    pub(super) flash: F,
    address: SlotAddress,
}

impl<F: NorFlash> Slot<F> {
    const LAYOUT_FITS: () = assert!(
        WORD_LEN.is_multiple_of(F::WRITE_SIZE)
            && WORD_LEN.is_multiple_of(F::READ_SIZE)
            && F::ERASE_SIZE.is_multiple_of(HEADER_LEN),
        "words must divide 16 bytes, and headers sectors"
    );

    /// The slot in this region of two sectors or more, which the processor sees at `address`.
    pub const fn new(flash: F, address: SlotAddress) -> Self {
        let () = Self::LAYOUT_FITS;
        Self { flash, address }
    }

    /// Where the processor sees it.
    pub const fn address(&self) -> SlotAddress {
        self.address
    }

    /// Bytes of the longest image that it takes.
    pub fn room(&self) -> u32 {
        self.marks_at().saturating_sub(HEADER_LEN as u32)
    }

    /// What it claims to hold; nothing where there is no whole header.
    pub(super) fn claim(&mut self) -> Option<Header> {
        if !self.marks().ok()?.is_whole() {
            return None;
        }
        let mut bytes = [0; HEADER_LEN];
        self.flash.read(0, &mut bytes).ok()?;
        let header = Header::parse(&bytes).ok()?;
        (header.manifest.slot == self.address && header.manifest.len <= self.room()).then_some(header)
    }

    /// What it holds, if that is whole and signed by whom it should be.
    pub(super) fn sound<C: Crypto>(&mut self, trust: &Trust<'_>) -> Option<Manifest> {
        let header = self.claim()?;
        let manifest = trust.check::<C>(&header, self.address).ok()?;
        let digest = self.digest::<C>(manifest.len).ok()?;
        (digest == manifest.digest).then_some(manifest)
    }

    /// SHA-256 of an image of this length, as it lies in the flash.
    pub(super) fn digest<C: Crypto>(&mut self, len: u32) -> Result<[u8; 32], FlashError> {
        let mut hash = C::Sha256::default();
        let mut buffer = [0; PIECE];
        let end = (HEADER_LEN as u32).saturating_add(len);
        for at in (HEADER_LEN as u32..end).step_by(PIECE) {
            let left = end.saturating_sub(at) as usize;
            let whole = left.next_multiple_of(WORD_LEN).min(PIECE);
            let piece = buffer.get_mut(..whole).unwrap_or_default();
            self.flash.read(at, piece).map_err(|_| FlashError::Device)?;
            hash.update(piece.get(..left.min(PIECE)).unwrap_or_default());
        }
        Ok(hash.finish())
    }

    pub(super) fn marks(&mut self) -> Result<Marks, FlashError> {
        let at = self.marks_at();
        Marks::read(&mut self.flash, at)
    }

    pub(super) fn count_try(&mut self, marks: &Marks) -> Result<(), FlashError> {
        let at = self.marks_at();
        marks.count_try(&mut self.flash, at)
    }

    pub(super) fn complete(&mut self) -> Result<(), FlashError> {
        let at = self.marks_at();
        Marks::complete(&mut self.flash, at)
    }

    pub(super) fn confirm(&mut self) -> Result<(), FlashError> {
        let at = self.marks_at();
        Marks::confirm(&mut self.flash, at)
    }

    pub(super) fn number_it(&mut self, number: u64) -> Result<(), FlashError> {
        let at = self.marks_at();
        Marks::number_it(&mut self.flash, at, number)
    }

    /// Erases the sector that begins at `at`.
    pub(super) fn erase(&mut self, at: u32) -> Result<(), FlashError> {
        let end = at.saturating_add(F::ERASE_SIZE as u32);
        self.flash.erase(at, end).map_err(|_| FlashError::Device)
    }

    pub(super) fn program(&mut self, at: u32, words: &[u8]) -> Result<(), FlashError> {
        self.flash.write(at, words).map_err(|_| FlashError::Device)
    }

    /// Where its last sector begins.
    pub(super) fn marks_at(&self) -> u32 {
        (self.flash.capacity() as u32).saturating_sub(F::ERASE_SIZE as u32)
    }
}
