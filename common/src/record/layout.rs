/// Version, salt and nonce prefix.
pub const HEADER_LEN: usize = 20;
/// Bytes of plaintext in every chunk but the last.
pub const CHUNK_LEN: usize = 4096;
/// Bytes of an AES-GCM tag.
pub const TAG_LEN: usize = 16;
/// Bytes of a full chunk with its tag.
pub const SEALED_CHUNK_LEN: usize = CHUNK_LEN + TAG_LEN;
/// Bytes of an AES-GCM nonce.
pub const NONCE_LEN: usize = 12;
/// Most chunks in a record.
pub const MAX_CHUNKS: u32 = (crate::limits::MAX_PLAINTEXT / CHUNK_LEN) as u32;

/// The nonce of one chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkNonce([u8; NONCE_LEN]);

impl ChunkNonce {
    /// `prefix ‖ index ‖ last`.
    pub const fn new(prefix: [u8; 7], index: u32, last: bool) -> Self {
        let [a, b, c, d, e, f, g] = prefix;
        let [w, x, y, z] = index.to_be_bytes();
        Self([a, b, c, d, e, f, g, w, x, y, z, last as u8])
    }

    /// The 12 bytes for AES-GCM.
    pub const fn as_bytes(&self) -> &[u8; NONCE_LEN] {
        &self.0
    }
}

/// Length of the record that seals `plaintext_len` bytes; `None` where it would not fit in a `usize`.
pub fn sealed_len(plaintext_len: usize) -> Option<usize> {
    let chunks = plaintext_len.div_ceil(CHUNK_LEN).max(1);
    chunks
        .checked_mul(TAG_LEN)?
        .checked_add(plaintext_len)?
        .checked_add(HEADER_LEN)
}

/// Length of the plaintext in a record of `sealed_len` bytes; `None` for lengths that no record has.
pub fn plaintext_len(sealed_len: usize) -> Option<usize> {
    let body = sealed_len.checked_sub(HEADER_LEN)?;
    let tags = body.div_ceil(SEALED_CHUNK_LEN).max(1).checked_mul(TAG_LEN)?;
    let plaintext = body.checked_sub(tags)?;
    (self::sealed_len(plaintext)? == sealed_len).then_some(plaintext)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_agree_both_ways() {
        for (plain, sealed) in [(0, 36), (1, 37), (4096, 4132), (4097, 4149), (8192, 8244)] {
            assert_eq!(sealed_len(plain), Some(sealed));
            assert_eq!(plaintext_len(sealed), Some(plain));
        }
    }

    #[test]
    fn impossible_lengths_are_refused() {
        // A second chunk of a tag alone would be an empty last chunk.
        for sealed in [
            0,
            19,
            20,
            35,
            HEADER_LEN + SEALED_CHUNK_LEN + 1,
            HEADER_LEN + SEALED_CHUNK_LEN + TAG_LEN,
        ] {
            assert_eq!(plaintext_len(sealed), None, "{sealed}");
        }
        assert_eq!(sealed_len(usize::MAX), None);
    }

    #[test]
    fn nonce_is_prefix_index_last() {
        let nonce = ChunkNonce::new([1, 2, 3, 4, 5, 6, 7], 0x0809_0a0b, true);
        assert_eq!(nonce.as_bytes(), &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1]);
    }
}
