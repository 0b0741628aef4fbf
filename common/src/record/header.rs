use super::HEADER_LEN;
use crate::error::ErrorCode;

/// The format of a record, its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Version {
    /// XAES-256-GCM derivation and STREAM, as specified in [`crate::record`].
    V1 = 1,
}

/// The clear first bytes of a record: version, salt and nonce prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    bytes: [u8; HEADER_LEN],
}

impl Header {
    /// Length of the random part: salt and prefix.
    pub const RANDOM_LEN: usize = HEADER_LEN - 1;

    /// A version 1 header around fresh random bytes.
    pub const fn v1(random: &[u8; Self::RANDOM_LEN]) -> Self {
        let mut bytes = [Version::V1 as u8; HEADER_LEN];
        let (_, rest) = bytes.split_at_mut(1);
        rest.copy_from_slice(random);
        Self { bytes }
    }

    /// Splits a record into its header and its chunks.
    ///
    /// # Errors
    /// [`ErrorCode::RecordVersion`] for a format this code does not know, [`ErrorCode::RecordInvalid`] when the bytes
    /// end within the header.
    pub fn split(record: &[u8]) -> Result<(Self, &[u8]), ErrorCode> {
        match record.first() {
            Some(&version) if version != Version::V1 as u8 => return Err(ErrorCode::RecordVersion),
            _ => {}
        }
        let (bytes, chunks) = record.split_first_chunk().ok_or(ErrorCode::RecordInvalid)?;
        Ok((Self { bytes: *bytes }, chunks))
    }

    /// All bytes, as they stand at the front of the record and in the first chunk's associated data.
    pub const fn as_bytes(&self) -> &[u8; HEADER_LEN] {
        &self.bytes
    }

    /// The 12 bytes that XAES-256-GCM derives the record's key from.
    pub fn salt(&self) -> [u8; 12] {
        let [_, salt @ .., _, _, _, _, _, _, _] = self.bytes;
        salt
    }

    /// The 7 bytes that every chunk's nonce starts with.
    pub fn prefix(&self) -> [u8; 7] {
        let [_, _, _, _, _, _, _, _, _, _, _, _, _, prefix @ ..] = self.bytes;
        prefix
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_where_the_format_says() {
        let mut random = [0; Header::RANDOM_LEN];
        random.iter_mut().zip(1..).for_each(|(byte, n)| *byte = n);
        let header = Header::v1(&random);
        assert_eq!(header.as_bytes()[0], 1);
        assert_eq!(header.salt(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(header.prefix(), [13, 14, 15, 16, 17, 18, 19]);
    }

    #[test]
    fn unknown_versions_and_short_records_are_told_apart() {
        assert_eq!(Header::split(&[2; 40]), Err(ErrorCode::RecordVersion));
        assert_eq!(Header::split(&[1; 19]), Err(ErrorCode::RecordInvalid));
        assert_eq!(Header::split(&[]), Err(ErrorCode::RecordInvalid));
    }
}
