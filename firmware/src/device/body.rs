use casemate_common::error::ErrorCode;
use serde::Serialize;

/// The body of an answer, written from the front.
pub(crate) struct Body<'b> {
    space: &'b mut [u8],
    len: usize,
}

impl<'b> Body<'b> {
    pub(super) fn new(space: &'b mut [u8]) -> Self {
        Self { space, len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Appends the answer's typed part.
    pub(crate) fn encode(&mut self, answer: &impl Serialize) -> Result<(), ErrorCode> {
        let free = self.space.get_mut(self.len..).unwrap_or_default();
        let written = postcard::to_slice(answer, free).map_err(|_| ErrorCode::TooLarge)?;
        self.len = self.len.saturating_add(written.len());
        Ok(())
    }

    /// Appends a copy of `bytes` and gives it, to be worked on in place.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<&mut [u8], ErrorCode> {
        let target = self.extend(bytes.len())?;
        target.copy_from_slice(bytes);
        Ok(target)
    }

    /// Appends `len` bytes, to be filled.
    pub(crate) fn extend(&mut self, len: usize) -> Result<&mut [u8], ErrorCode> {
        let free = self.space.get_mut(self.len..).unwrap_or_default();
        let (target, _) = free.split_at_mut_checked(len).ok_or(ErrorCode::TooLarge)?;
        self.len = self.len.saturating_add(len);
        Ok(target)
    }
}
