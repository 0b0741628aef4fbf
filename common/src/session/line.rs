use super::noise::{Secure, Suite};
use super::{Channel, Plain};
use crate::link::{FrameKind, Header, LinkError};

/// What protects the frames of one end of the link, from one session to the next.
///
/// The handshake's own frames, and `NoSession`, are in the clear and say nothing that is believed: the handshake
/// authenticates itself. Everything else is in the session's channel; while there is none, nothing else is accepted.
pub struct Line<S: Suite> {
    session: Option<u32>,
    protection: Protection<S>,
}

#[allow(
    clippy::large_enum_variant,
    reason = "there is no heap to move the larger one to, and one of each side; it depends on the target whether it is large"
)]
enum Protection<S: Suite> {
    /// No session, or its handshake is not finished.
    Closed,
    /// The device has no keys, because it failed a test: frames are checked for accidents only.
    Plain,
    Secure(Secure<S>),
}

impl<S: Suite> Default for Line<S> {
    fn default() -> Self {
        Self::closed()
    }
}

impl<S: Suite> Line<S> {
    /// A line without a session.
    pub const fn closed() -> Self {
        Self {
            session: None,
            protection: Protection::Closed,
        }
    }

    /// Forgets the session's keys; until its channel is opened this one only shakes hands.
    pub fn close(&mut self, session: u32) {
        self.session = Some(session);
        self.protection = Protection::Closed;
    }

    /// Protects this session's frames against accidents only.
    pub fn open_plain(&mut self, session: u32) {
        self.session = Some(session);
        self.protection = Protection::Plain;
    }

    /// Protects this session's frames from here on.
    pub fn open(&mut self, session: u32, channel: Secure<S>) {
        self.session = Some(session);
        self.protection = Protection::Secure(channel);
    }

    /// Frames sent or received under the present keys; 0 where there are none.
    pub fn frames_under_key(&self) -> u64 {
        match &self.protection {
            Protection::Secure(channel) => channel.frames_under_key(),
            Protection::Closed | Protection::Plain => 0,
        }
    }
}

impl<S: Suite> Channel for Line<S> {
    fn tag_len(&self, kind: FrameKind) -> usize {
        match &self.protection {
            Protection::Secure(channel) if !kind.is_clear() => channel.tag_len(kind),
            _ => Plain.tag_len(kind),
        }
    }

    fn protect(&mut self, header: Header, body: &mut [u8], tag: &mut [u8]) -> Result<(), LinkError> {
        match &mut self.protection {
            Protection::Secure(channel)
                if !header.kind.is_clear() && self.session == Some(header.session) =>
            {
                channel.protect(header, body, tag)
            }
            _ => Plain.protect(header, body, tag),
        }
    }

    /// As [`Channel::verify`]. A frame of another session can't be checked here: its payload comes out empty, and its
    /// header must not be believed.
    fn verify<'f>(&mut self, header: Header, frame: &'f mut [u8]) -> Result<&'f mut [u8], LinkError> {
        if header.kind.is_clear() {
            return Plain.verify(header, frame);
        }
        if self.session != Some(header.session) {
            return Ok(&mut []);
        }
        match &mut self.protection {
            Protection::Closed => Err(LinkError::Garbled),
            Protection::Plain => Plain.verify(header, frame),
            Protection::Secure(channel) => channel.verify(header, frame),
        }
    }
}
