use super::{BIT_STRING, INTEGER};
use crate::crypto::CryptoError;

/// Writes elements from the last to the first, so that each length is known when its turn comes.
pub(in super::super) struct Writer<'a> {
    buffer: &'a mut [u8],
    /// Bytes of the buffer that are still free.
    free: usize,
}

impl<'a> Writer<'a> {
    pub(in super::super) const fn new(buffer: &'a mut [u8]) -> Self {
        let free = buffer.len();
        Self { buffer, free }
    }

    /// Puts bytes in front.
    pub(in super::super) fn raw(&mut self, bytes: &[u8]) -> Result<(), CryptoError> {
        let start = self.free.checked_sub(bytes.len()).ok_or(CryptoError::TooLong)?;
        let place = self
            .buffer
            .get_mut(start..self.free)
            .ok_or(CryptoError::TooLong)?;
        place.copy_from_slice(bytes);
        self.free = start;
        Ok(())
    }

    /// Puts an element in front.
    pub(in super::super) fn element(&mut self, tag: u8, content: &[u8]) -> Result<(), CryptoError> {
        self.nested(tag, |writer| writer.raw(content))
    }

    /// Puts an element in front whose content `write` puts there, the last part first.
    pub(in super::super) fn nested(
        &mut self,
        tag: u8,
        write: impl FnOnce(&mut Self) -> Result<(), CryptoError>,
    ) -> Result<(), CryptoError> {
        let end = self.free;
        write(self)?;
        let len = u16::try_from(end.saturating_sub(self.free)).map_err(|_| CryptoError::TooLong)?;
        match len.to_be_bytes() {
            [0, low @ 0..=0x7F] => self.raw(&[tag, low]),
            [0, low] => self.raw(&[tag, 0x81, low]),
            [high, low] => self.raw(&[tag, 0x82, high, low]),
        }
    }

    /// Puts a non-negative integer in front, given with any number of leading zeros.
    pub(in super::super) fn integer(&mut self, bytes: &[u8]) -> Result<(), CryptoError> {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let bytes = bytes.get(zeros..).unwrap_or_default();
        self.nested(INTEGER, |writer| {
            writer.raw(bytes)?;
            match bytes.first() {
                Some(0..=0x7F) => Ok(()),
                _ => writer.raw(&[0]),
            }
        })
    }

    /// Puts a bit string of whole bytes in front.
    pub(in super::super) fn bit_string(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<(), CryptoError>,
    ) -> Result<(), CryptoError> {
        self.nested(BIT_STRING, |writer| {
            write(writer)?;
            writer.raw(&[0])
        })
    }

    /// Moves what was written to the front of the buffer, wipes the rest and tells how many bytes it is.
    pub(in super::super) fn finish(self) -> usize {
        // Never more than there is, but the compiler can't know, and would keep a panic.
        let start = self.free.min(self.buffer.len());
        let len = self.buffer.len().saturating_sub(start);
        self.buffer.copy_within(start.., 0);
        self.buffer.iter_mut().skip(len).for_each(|byte| *byte = 0);
        len
    }
}
