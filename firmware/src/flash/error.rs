//! What can go wrong with records on flash.

use casemate_common::error::ErrorCode;

/// Why the log could not do what it was asked. Except after [`FlashError::Device`], nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashError {
    /// The flash driver reported an error. The log refuses every further change until it is mounted anew, because it
    /// can't know what the flash holds now.
    Device,
    /// No room for one more record; removing one makes room.
    Full,
    /// The record is there, but its bytes are not those that were put: it can be removed or replaced. Of a whole region:
    /// what it held is lost, or it never was one of this kind.
    Damaged,
    /// The body is longer than a sector holds, or longer than the buffer given.
    TooLong,
    /// The region has fewer than two or more than [`MAX_SECTORS`](super::MAX_SECTORS) sectors, or holds more records
    /// than this log's capacity.
    Geometry,
}

impl From<FlashError> for ErrorCode {
    fn from(error: FlashError) -> Self {
        match error {
            FlashError::Full => Self::StoreFull,
            FlashError::TooLong => Self::TooLarge,
            FlashError::Device | FlashError::Damaged | FlashError::Geometry => Self::FlashFailed,
        }
    }
}
