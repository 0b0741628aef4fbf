use crate::link::{FrameKind, Header, LinkError};

/// Longest tag of any channel: AES-GCM's.
pub const MAX_TAG_LEN: usize = 16;

/// What protects the frames of one session. [`Plain`] finds accidents only; the secure channel, which also keeps
/// secrets and stops forgers, takes its place behind the same two calls.
pub trait Channel {
    /// Bytes that this channel adds to a frame of this kind, at most [`MAX_TAG_LEN`].
    fn tag_len(&self, kind: FrameKind) -> usize;

    /// Protects `body` (header and payload; the payload may be replaced in place) and fills `tag`.
    ///
    /// # Errors
    /// [`LinkError`] when the channel can't protect any more frames.
    fn protect(&mut self, header: Header, body: &mut [u8], tag: &mut [u8]) -> Result<(), LinkError>;

    /// Checks a received frame (header, payload, tag) and gives its payload, readable.
    ///
    /// # Errors
    /// [`LinkError::Garbled`] when it does not check.
    fn verify<'f>(&mut self, header: Header, frame: &'f mut [u8]) -> Result<&'f mut [u8], LinkError>;
}

/// No secrecy; a CRC-32 (IEEE 802.3) over header and payload, little endian.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plain;

impl Channel for Plain {
    fn tag_len(&self, _: FrameKind) -> usize {
        4
    }

    fn protect(&mut self, _: Header, body: &mut [u8], tag: &mut [u8]) -> Result<(), LinkError> {
        *tag.first_chunk_mut().ok_or(LinkError::TooLong)? = crc32fast::hash(body).to_le_bytes();
        Ok(())
    }

    fn verify<'f>(&mut self, _: Header, frame: &'f mut [u8]) -> Result<&'f mut [u8], LinkError> {
        let (body, tag) = frame.split_last_chunk_mut::<4>().ok_or(LinkError::Garbled)?;
        if crc32fast::hash(body) != u32::from_le_bytes(*tag) {
            return Err(LinkError::Garbled);
        }
        body.get_mut(crate::link::HEADER_LEN..).ok_or(LinkError::Garbled)
    }
}
