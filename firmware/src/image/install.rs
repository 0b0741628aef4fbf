use super::Slot;
use crate::crypto::{Crypto, Hash};
use casemate_common::error::ErrorCode;
use casemate_common::image::{BLANK, HEADER_LEN, Header, WORD_LEN};
use embedded_storage::nor_flash::NorFlash;

/// Most bytes of an image that are taken at once.
pub(super) const MAX_PIECE: usize = 4096;

/// An image on its way into a slot. Until its end the slot holds nothing that starts.
pub(super) struct Installing<C: Crypto> {
    header: Header,
    hash: C::Sha256,
    /// Bytes of the image so far; a multiple of 16 until the last.
    taken: u32,
    /// Everything below is erased.
    erased: u32,
}

impl<C: Crypto> Installing<C> {
    /// Clears the slot: its header first, so that what was there does not start again.
    pub(super) fn begin<F: NorFlash>(slot: &mut Slot<F>, header: Header) -> Result<Self, ErrorCode> {
        slot.erase(0)?;
        slot.erase(slot.marks_at())?;
        Ok(Self {
            header,
            hash: C::Sha256::default(),
            taken: 0,
            erased: F::ERASE_SIZE as u32,
        })
    }

    /// Takes the next bytes, which begin at `offset` of the image.
    pub(super) fn write<F: NorFlash>(
        &mut self,
        slot: &mut Slot<F>,
        offset: u32,
        bytes: &[u8],
    ) -> Result<(), ErrorCode> {
        let end = offset.saturating_add(bytes.len() as u32);
        let is_last = end == self.header.manifest.len;
        let is_whole = is_last || bytes.len().is_multiple_of(WORD_LEN);
        if offset != self.taken || end > self.header.manifest.len || bytes.is_empty() || !is_whole {
            return Err(ErrorCode::OutOfOrder);
        }
        let at = offset.saturating_add(HEADER_LEN as u32);
        self.erase_below(slot, at.saturating_add(bytes.len() as u32))?;
        program(slot, at, bytes)?;
        self.hash.update(bytes);
        self.taken = end;
        Ok(())
    }

    /// Makes the image one that starts: everything is compared with what was signed, as it lies in the flash, before the
    /// header is written, and the mark that it is whole.
    pub(super) fn finish<F: NorFlash>(self, slot: &mut Slot<F>, number: u64) -> Result<(), ErrorCode> {
        let manifest = &self.header.manifest;
        if self.taken != manifest.len || self.hash.finish() != manifest.digest {
            return Err(ErrorCode::ImageInvalid);
        }
        if slot.digest::<C>(manifest.len)? != manifest.digest {
            return Err(ErrorCode::FlashFailed);
        }
        slot.number_it(number)?;
        program(slot, 0, &self.header.encode())?;
        Ok(slot.complete()?)
    }

    fn erase_below<F: NorFlash>(&mut self, slot: &mut Slot<F>, end: u32) -> Result<(), ErrorCode> {
        while self.erased < end {
            slot.erase(self.erased)?;
            self.erased = self.erased.saturating_add(F::ERASE_SIZE as u32);
        }
        Ok(())
    }
}

/// Programs whole words, the last filled up.
fn program<F: NorFlash>(slot: &mut Slot<F>, at: u32, bytes: &[u8]) -> Result<(), ErrorCode> {
    let (words, rest) = bytes.as_chunks::<WORD_LEN>();
    slot.program(at, words.as_flattened())?;
    if rest.is_empty() {
        return Ok(());
    }
    let mut last = [BLANK; WORD_LEN];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    Ok(slot.program(at.saturating_add(words.as_flattened().len() as u32), &last)?)
}
