//! Signed firmware: what stands in front of an image in a board's flash, and the files that images travel in.
//!
//! A board has two *slots* of equal size for images. A slot begins with a header of 1024 bytes; right behind it lies the
//! image, first its vector table, which both of our chips want at a multiple of 1024 bytes. Version 1 of the format,
//! numbers little-endian:
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..8 | `CMIMAGE1` |
//! | 8..24 | the board it is for, as its firmware calls it: ASCII without spaces, filled up with zeros |
//! | 24..28 | where the processor sees the slot that it is linked for, and so this header; a multiple of 1024 |
//! | 28..32 | bytes of the image |
//! | 32..38 | version: major, minor, patch |
//! | 38..40 | zeros |
//! | 40..44 | security version, 0 to 255: a device that has run one refuses images with a lower one |
//! | 44..64 | zeros |
//! | 64..96 | SHA-256 of the image |
//! | 96..128 | SHA-256 of the signer's public key, an uncompressed point of 65 bytes |
//! | 128..192 | signature of bytes 0..128: ECDSA with P-256 and SHA-256, r ‖ s |
//! | 192..1024 | 0xFF, as of blank flash |
//!
//! A *package* is one or two images of the same firmware, each linked for another slot, one behind the other with their
//! headers, each filled up with 0xFF to a multiple of 16 bytes.
//!
//! *What this trusts:* nothing. Whether a hash or a signature is right is found out by who has the key and the
//! algorithms.

mod board_name;
mod error;
mod header;
mod manifest;
mod package;
pub mod vectors;
mod version;

pub use board_name::BoardName;
pub use error::{ImageError, PackageError};
pub use header::Header;
pub use manifest::{Manifest, Signer, SlotAddress};
pub use package::{Package, SignedImage, padded_len};
pub use version::Version;

/// Bytes of a header, and what an image's address is a multiple of.
pub const HEADER_LEN: usize = 1024;

/// Bytes in front of the signature, which it is of.
pub const MANIFEST_LEN: usize = 128;

/// Bytes of a signature.
pub const SIGNATURE_LEN: usize = 64;

/// Most bytes of an image: more than any board's flash.
pub const MAX_IMAGE_LEN: u32 = 16 << 20;

/// What images in a package are filled up to a multiple of: the longest word that a board programs at once.
pub const WORD_LEN: usize = 16;

/// How often a board starts an image that does not serve, before it goes back to the one before it.
pub const TRIES: usize = 3;

/// The byte of blank flash.
pub const BLANK: u8 = 0xFF;
