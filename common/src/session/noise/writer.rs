use super::HandshakeError;

/// Writes a message from the front of a buffer.
pub(super) struct Writer<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl<'b> Writer<'b> {
    pub(super) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Appends a copy of `bytes` and gives it, to be encrypted in place.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<&mut [u8], HandshakeError> {
        let free = self.buffer.get_mut(self.len..).unwrap_or_default();
        let (target, _) = free
            .split_at_mut_checked(bytes.len())
            .ok_or(HandshakeError::Malformed)?;
        target.copy_from_slice(bytes);
        self.len = self.len.saturating_add(bytes.len());
        Ok(target)
    }
}
