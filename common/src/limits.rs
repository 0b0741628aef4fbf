//! Sizes that both sides rely on, in bytes unless said otherwise.

use crate::record::{CHUNK_LEN, HEADER_LEN, TAG_LEN};

/// The version of everything in this crate that travels; exchanged in the hello.
pub const PROTOCOL_VERSION: u16 = 3;

/// Longest context (associated data) of a record.
pub const MAX_CONTEXT: usize = 512;

/// Longest plaintext of one record: 1 MiB.
pub const MAX_PLAINTEXT: usize = 1024 * 1024;

/// Most random bytes one `Random` command answers.
pub const MAX_RANDOM: usize = 4096;

/// Longest message (exchange header and body): one record chunk beside the longest fixed part of a command.
pub const MAX_MESSAGE: usize = HEADER_LEN + CHUNK_LEN + TAG_LEN + MAX_CONTEXT + 256;

/// Longest frame before COBS: link header, message, checksum or tag.
pub const MAX_FRAME: usize = crate::link::HEADER_LEN + MAX_MESSAGE + crate::session::MAX_TAG_LEN;

/// Longest frame on the wire: COBS adds a byte for each 254, and the delimiter.
pub const MAX_ENCODED_FRAME: usize = crate::link::cobs::max_encoded_len(MAX_FRAME) + 1;
