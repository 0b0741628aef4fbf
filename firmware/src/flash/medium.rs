//! The flash region in terms of sectors and units.

use super::error::FlashError;
use super::layout::{HEADER_LEN, Header, MARK_LEN, UNIT, committed_mark, is_committed};
use super::sectors::{MAX_SECTORS, SectorId};
use core::ops::Range;
use embedded_storage::nor_flash::NorFlash;

/// Bytes read or programmed at once: a page of common SPI NOR parts.
const CHUNK: usize = 256;

/// The flash, with every error of the driver turned into [`FlashError::Device`].
pub(super) struct Medium<F> {
    flash: F,
}

impl<F: NorFlash> Medium<F> {
    const LAYOUT_FITS: () = assert!(
        UNIT.is_multiple_of(F::WRITE_SIZE)
            && UNIT.is_multiple_of(F::READ_SIZE)
            && F::ERASE_SIZE.is_multiple_of(UNIT)
            && F::ERASE_SIZE >= 4096
            && F::ERASE_SIZE <= 1 << 20,
        "words must divide 16 bytes, sectors have 4 KiB to 1 MiB"
    );

    /// Length of a sector.
    pub(super) const SECTOR_LEN: u32 = F::ERASE_SIZE as u32;

    pub(super) fn new(flash: F) -> Result<Self, FlashError> {
        let () = Self::LAYOUT_FITS;
        let medium = Self { flash };
        if (2..=MAX_SECTORS).contains(&medium.sector_count()) {
            return Ok(medium);
        }
        Err(FlashError::Geometry)
    }

    /// Whole sectors in the region.
    pub(super) fn sector_count(&self) -> usize {
        self.flash.capacity().checked_div(F::ERASE_SIZE).unwrap_or(0)
    }

    /// The region's offsets that `sector` covers.
    pub(super) fn range(&self, sector: SectorId) -> Range<u32> {
        let start = u32::from(sector.0).saturating_mul(Self::SECTOR_LEN);
        start..start.saturating_add(Self::SECTOR_LEN)
    }

    /// The sector that the offset lies in.
    pub(super) fn sector_of(&self, at: u32) -> SectorId {
        let number = at.checked_div(Self::SECTOR_LEN).unwrap_or(0);
        SectorId(u16::try_from(number).unwrap_or(u16::MAX))
    }

    pub(super) fn erase(&mut self, sector: SectorId) -> Result<(), FlashError> {
        let range = self.range(sector);
        self.flash
            .erase(range.start, range.end)
            .map_err(|_| FlashError::Device)
    }

    pub(super) fn program(&mut self, at: u32, units: &[u8]) -> Result<(), FlashError> {
        self.flash.write(at, units).map_err(|_| FlashError::Device)
    }

    pub(super) fn read<const N: usize>(&mut self, at: u32) -> Result<[u8; N], FlashError> {
        let mut bytes = [0; N];
        self.flash.read(at, &mut bytes).map_err(|_| FlashError::Device)?;
        Ok(bytes)
    }

    /// Hands the contents of `range` to `visit` in order, in pieces of whole units, until it returns `false`.
    pub(super) fn visit(
        &mut self,
        range: Range<u32>,
        mut visit: impl FnMut(u32, &[u8]) -> bool,
    ) -> Result<(), FlashError> {
        let mut buffer = [0; CHUNK];
        let mut at = range.start;
        while at < range.end {
            let len = (range.end.saturating_sub(at) as usize).min(CHUNK);
            let piece = buffer.get_mut(..len).unwrap_or_default();
            self.flash.read(at, piece).map_err(|_| FlashError::Device)?;
            if !visit(at, piece) {
                break;
            }
            at = at.saturating_add(len as u32);
        }
        Ok(())
    }

    /// The first unit in `range` that is not blank.
    pub(super) fn next_written(&mut self, range: Range<u32>) -> Result<Option<u32>, FlashError> {
        let mut found = None;
        self.visit(range, |at, piece| {
            let position = piece.chunks(UNIT).position(|unit| unit != [0xFF; UNIT]);
            found = position.map(|unit| at.saturating_add(unit.saturating_mul(UNIT) as u32));
            found.is_none()
        })?;
        Ok(found)
    }

    /// The header at `at`, if there is one.
    pub(super) fn header(&mut self, at: u32) -> Result<Option<Header>, FlashError> {
        Ok(Header::parse(&self.read::<{ HEADER_LEN as usize }>(at)?))
    }

    /// Whether the record at `at` is committed.
    pub(super) fn is_committed(&mut self, at: u32, header: &Header) -> Result<bool, FlashError> {
        Ok(is_committed(self.read(mark_range(at, header).start)?))
    }

    /// Whether the body is what was put.
    pub(super) fn is_intact(&mut self, at: u32, header: &Header) -> Result<bool, FlashError> {
        let mut crc = crc32fast::Hasher::new();
        let mut left = usize::from(header.body_len);
        self.visit(body_range(at, header), |_, piece| {
            let body = piece.get(..left.min(piece.len())).unwrap_or_default();
            crc.update(body);
            left = left.saturating_sub(body.len());
            true
        })?;
        Ok(crc.finalize() == header.body_crc)
    }

    /// Programs a record at `at`, its mark last.
    pub(super) fn write_record(&mut self, at: u32, header: &Header, body: &[u8]) -> Result<(), FlashError> {
        self.program(at, &header.encode())?;
        let mut to = body_range(at, header).start;
        for piece in body.chunks(CHUNK) {
            let mut padded = [0; CHUNK];
            padded
                .iter_mut()
                .zip(piece)
                .for_each(|(slot, byte)| *slot = *byte);
            let units = padded
                .get(..piece.len().next_multiple_of(UNIT))
                .unwrap_or_default();
            self.program(to, units)?;
            to = to.saturating_add(units.len() as u32);
        }
        self.program(mark_range(at, header).start, &committed_mark())
    }

    /// Copies the record at `from` to `to`, as it is, even if its body is damaged.
    pub(super) fn copy_record(&mut self, from: u32, to: u32, header: &Header) -> Result<(), FlashError> {
        self.program(to, &header.encode())?;
        let source = body_range(from, header);
        let mut at = body_range(to, header).start;
        let mut left = header.padded_len() as usize;
        let mut buffer = [0; CHUNK];
        for offset in source.step_by(CHUNK) {
            let units = buffer.get_mut(..left.min(CHUNK)).unwrap_or_default();
            self.flash.read(offset, units).map_err(|_| FlashError::Device)?;
            self.flash.write(at, units).map_err(|_| FlashError::Device)?;
            at = at.saturating_add(units.len() as u32);
            left = left.saturating_sub(units.len());
        }
        self.program(mark_range(to, header).start, &committed_mark())
    }

    /// Clears a record for good: its mark first, so that it is never there in part, then its body.
    pub(super) fn wipe_record(&mut self, at: u32, header: &Header) -> Result<(), FlashError> {
        self.wipe(mark_range(at, header))?;
        self.wipe(body_range(at, header))
    }

    /// Programs to zeros what of `range` is not.
    fn wipe(&mut self, range: Range<u32>) -> Result<(), FlashError> {
        let mut left = range.end.saturating_sub(range.start) as usize;
        for at in range.step_by(CHUNK) {
            let mut buffer = [0; CHUNK];
            let units = buffer.get_mut(..left.min(CHUNK)).unwrap_or_default();
            self.flash.read(at, units).map_err(|_| FlashError::Device)?;
            if units.iter().any(|byte| *byte != 0) {
                units.fill(0);
                self.flash.write(at, units).map_err(|_| FlashError::Device)?;
            }
            left = left.saturating_sub(units.len());
        }
        Ok(())
    }
}

/// Where the body of the record at `at` lies, padding included.
pub(super) fn body_range(at: u32, header: &Header) -> Range<u32> {
    let start = at.saturating_add(HEADER_LEN);
    start..start.saturating_add(header.padded_len())
}

fn mark_range(at: u32, header: &Header) -> Range<u32> {
    let start = body_range(at, header).end;
    start..start.saturating_add(MARK_LEN)
}
