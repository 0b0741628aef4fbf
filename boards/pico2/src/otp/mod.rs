//! The root secret in one-time-programmable memory.
//!
//! One page of 64 rows is ours. It has three slots of 20 rows, each row 16 bits with the chip's own error correction: a
//! magic, the secret of 32 bytes, its CRC-32, and a mark that is written last. A row can be written once. A slot whose
//! writing was cut is left behind and the next one taken, so that provisioning can be tried three times. After the
//! secret is read the page is closed until OTP is reset, so that nothing that gets hold of the firmware later can
//! read it again without a restart (`restart`).
//!
//! *What this trusts:* that the page's permanent lock was set when it was provisioned, so that the boot loader and
//! non-secure code never could read it.

#[cfg(test)]
pub(crate) mod model;
mod root;
mod slot;

pub use root::OtpRoot;
pub use slot::Page;

/// The page of the 64 that holds the secret: among those that the data sheet (section 13.5) leaves to users.
pub const PAGE: u8 = 32;
/// Rows of a page.
pub const ROWS: u8 = 64;

/// The row could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtpError;

/// The rows of the page, 16 bits each, as the chip's error correction gives them.
pub trait Rows {
    /// Row `row` of the page; 0 when it was never written.
    ///
    /// # Errors
    /// [`OtpError`] when the page is locked.
    fn read(&mut self, row: u8) -> Result<u16, OtpError>;

    /// Writes a row that was never written.
    ///
    /// # Errors
    /// [`OtpError`] when it was, or the page is locked.
    fn write(&mut self, row: u8, value: u16) -> Result<(), OtpError>;

    /// Closes the page to reads and writes until OTP is reset.
    fn close(&mut self);

    /// Locks the page for good: from now on secure code may read it, nobody else, and nobody may write it.
    ///
    /// # Errors
    /// [`OtpError`] when the lock can't be written.
    fn lock_forever(&mut self) -> Result<(), OtpError>;

    /// Whether [`Self::lock_forever`] was done.
    ///
    /// # Errors
    /// [`OtpError`] when the lock can't be read.
    fn is_locked_forever(&mut self) -> Result<bool, OtpError>;
}
