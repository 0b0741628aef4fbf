use super::cobs;
use crate::limits::MAX_FRAME;
use crate::session::Channel;

/// Bytes of a [`Header`] on the wire.
pub const HEADER_LEN: usize = 9;

/// Why a frame was not understood or could not be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkError {
    /// The bytes are no frame, or the tag does not check.
    Garbled,
    /// Longer than the limits allow, or than the buffer given.
    TooLong,
    /// The channel's key has protected as many frames as it may.
    KeyUsedUp,
}

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FrameKind {
    /// Host to device: begins a session; payload [`crate::session::Hello`].
    Hello = 1,
    /// Device to host: the session stands; payload [`crate::session::Welcome`].
    Welcome = 2,
    /// Either way: one message of the exchange layer.
    Message = 3,
    /// Host to device: are you there? Answered by an [`FrameKind::Ack`].
    Probe = 4,
    /// Device to host: carries nothing but its header's `ack`.
    Ack = 5,
    /// Device to host: the session is over; `ack` tells which frames had been taken.
    Reset = 6,
    /// Device to host: there is no session of this number; what became of its frames is not known.
    NoSession = 7,
    /// Host to device: the third message of the handshake; the session is secure from here on.
    Finish = 8,
    /// Either way: the last frame under its direction's key. The host sends it, the device answers with its own.
    Rekey = 9,
}

impl FrameKind {
    /// Whether frames of this kind are outside the secure channel: those of the handshake, and what a device says
    /// that has forgotten the session.
    pub const fn is_clear(self) -> bool {
        matches!(self, Self::Hello | Self::Welcome | Self::Finish | Self::NoSession)
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Hello),
            2 => Some(Self::Welcome),
            3 => Some(Self::Message),
            4 => Some(Self::Probe),
            5 => Some(Self::Ack),
            6 => Some(Self::Reset),
            7 => Some(Self::NoSession),
            8 => Some(Self::Finish),
            9 => Some(Self::Rekey),
            _ => None,
        }
    }
}

/// The head of every frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What the frame is for.
    pub kind: FrameKind,
    /// The session it belongs to, chosen at random by the host in its hello.
    pub session: u32,
    /// Counts the frames of this direction in this session, from 0, wrapping.
    pub sequence: u16,
    /// The sequence number expected next from the peer: everything before it has been taken from the buffers.
    pub ack: u16,
}

impl Header {
    /// The bytes of the header.
    pub const fn to_bytes(self) -> [u8; HEADER_LEN] {
        let [s0, s1, s2, s3] = self.session.to_le_bytes();
        let [q0, q1] = self.sequence.to_le_bytes();
        let [a0, a1] = self.ack.to_le_bytes();
        [self.kind as u8, s0, s1, s2, s3, q0, q1, a0, a1]
    }

    /// Splits a frame's bytes into its header and the rest.
    ///
    /// # Errors
    /// [`LinkError::Garbled`] for a short frame or an unknown kind.
    pub fn split(frame: &[u8]) -> Result<(Self, &[u8]), LinkError> {
        let (head, rest) = frame
            .split_first_chunk::<HEADER_LEN>()
            .ok_or(LinkError::Garbled)?;
        let [kind, s0, s1, s2, s3, q0, q1, a0, a1] = *head;
        let header = Self {
            kind: FrameKind::from_byte(kind).ok_or(LinkError::Garbled)?,
            session: u32::from_le_bytes([s0, s1, s2, s3]),
            sequence: u16::from_le_bytes([q0, q1]),
            ack: u16::from_le_bytes([a0, a1]),
        };
        Ok((header, rest))
    }
}

/// Builds one frame in `frame` and its wire bytes, delimiter included, in `wire`; tells the number of wire bytes.
///
/// The payload must already stand in `frame` from [`HEADER_LEN`] on, so that a large one is never copied twice.
///
/// # Errors
/// [`LinkError::TooLong`] when the payload or a buffer does not fit.
pub fn encode(
    header: Header,
    payload_len: usize,
    channel: &mut impl Channel,
    frame: &mut [u8],
    wire: &mut [u8],
) -> Result<usize, LinkError> {
    let body = HEADER_LEN.saturating_add(payload_len);
    let total = body.saturating_add(channel.tag_len(header.kind));
    if total > MAX_FRAME {
        return Err(LinkError::TooLong);
    }
    let frame = frame.get_mut(..total).ok_or(LinkError::TooLong)?;
    *frame.first_chunk_mut().ok_or(LinkError::TooLong)? = header.to_bytes();
    let (body, tag) = frame.split_at_mut_checked(body).ok_or(LinkError::TooLong)?;
    channel.protect(header, body, tag)?;
    let len = cobs::encode(frame, wire)?;
    *wire.get_mut(len).ok_or(LinkError::TooLong)? = 0;
    Ok(len.saturating_add(1))
}
