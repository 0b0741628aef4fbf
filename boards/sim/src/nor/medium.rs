//! What keeps the contents of a flash.

use std::io;

/// Bytes that a [`Nor`](super::Nor) is made of: a `Vec` in tests, a file in the simulator.
pub trait Medium {
    /// All of the contents.
    fn bytes(&self) -> &[u8];

    /// Replaces the contents from `offset` on with `bytes`; they are there for whoever opens the medium next.
    ///
    /// # Errors
    /// When the file can't be written.
    fn store(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()>;
}

impl Medium for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn store(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        self[offset..offset + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
}
