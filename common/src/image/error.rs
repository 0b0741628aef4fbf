use super::{HEADER_LEN, MAX_IMAGE_LEN, WORD_LEN};
use core::fmt;

/// What is wrong with a header, by its first field that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageError {
    /// The board's name is none.
    Board,
    /// The length is 0, or more than any board has room for.
    Length,
    /// The magic is another: this is no signed image, or one of another version of the format.
    Magic,
    /// Bytes behind the signature are not 0xFF.
    Padding,
    /// A field that is kept for later is not zero.
    Reserved,
    /// The security version is over 255.
    SecurityVersion,
    /// The slot's address is not a multiple of 1024.
    Slot,
    /// The bytes end within the header.
    Truncated,
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Board => f.write_str("the board's name is not 1 to 16 visible characters of ASCII"),
            Self::Length => write!(f, "the image's length is not 1 to {MAX_IMAGE_LEN} bytes"),
            Self::Magic => f.write_str("it does not begin with CMIMAGE1, as signed images do"),
            Self::Padding => f.write_str("what fills up the header is not 0xFF"),
            Self::Reserved => f.write_str("bytes that are kept for later are not zero"),
            Self::SecurityVersion => f.write_str("the security version is over 255"),
            Self::Slot => write!(f, "the slot's address is not a multiple of {HEADER_LEN}"),
            Self::Truncated => write!(f, "it ends before its header of {HEADER_LEN} bytes does"),
        }
    }
}

impl core::error::Error for ImageError {}

/// What is wrong with a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageError {
    /// Its images are not of one board, one version, one security version and one signer.
    Differ,
    /// There is nothing in it.
    Empty,
    /// The header that begins here is none.
    Header {
        /// Bytes in front of the header.
        at: usize,
        /// What is wrong with it.
        error: ImageError,
    },
    /// What an image is filled up with is not 0xFF.
    Padding,
    /// Two images are linked for the same slot.
    SameSlot,
    /// Bytes follow the second image.
    TooMany,
    /// The bytes end within the image whose header begins here.
    Truncated {
        /// Bytes in front of the header.
        at: usize,
    },
}

impl fmt::Display for PackageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differ => f.write_str(
                "its images are not of one board, one version, one security version and one signer",
            ),
            Self::Empty => f.write_str("it is empty"),
            Self::Header { at, error } => write!(f, "at byte {at} there is no signed image: {error}"),
            Self::Padding => write!(
                f,
                "an image is not filled up with 0xFF to a multiple of {WORD_LEN} bytes"
            ),
            Self::SameSlot => f.write_str("both of its images are linked for the same slot"),
            Self::TooMany => f.write_str("bytes follow its second image"),
            Self::Truncated { at } => write!(f, "it ends within the image that begins at byte {at}"),
        }
    }
}

impl core::error::Error for PackageError {}
