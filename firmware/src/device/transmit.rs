use super::body::Body;
use casemate_common::exchange::{MESSAGE_HEADER_LEN, MessageKind};
use casemate_common::limits::{MAX_ENCODED_FRAME, MAX_FRAME};
use casemate_common::link::{HEADER_LEN, Header, LinkError, encode};
use casemate_common::session::Channel;

/// The one frame that is being built or sent. Nothing of it outlives its sending.
pub(super) struct Transmit {
    frame: [u8; MAX_FRAME],
    wire: [u8; MAX_ENCODED_FRAME],
    payload_len: usize,
    /// Bytes of the longest payload since it was wiped: what was refused when it was half written counts too.
    written: usize,
    wire_len: usize,
}

impl Transmit {
    pub(super) const fn new() -> Self {
        Self {
            frame: [0; MAX_FRAME],
            wire: [0; MAX_ENCODED_FRAME],
            payload_len: 0,
            written: 0,
            wire_len: 0,
        }
    }

    /// Makes the payload a message with this head; `fill` writes its body.
    pub(super) fn message<E>(
        &mut self,
        kind: MessageKind,
        id: u16,
        last: bool,
        fill: impl FnOnce(&mut Body<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut head = [0; MESSAGE_HEADER_LEN];
        let head_len = kind.write(id, last, &mut head);
        let payload = self.frame.get_mut(HEADER_LEN..).unwrap_or_default();
        let (target, space) = payload.split_at_mut_checked(head_len).unwrap_or_default();
        target.iter_mut().zip(head).for_each(|(to, from)| *to = from);
        let mut body = Body::new(space);
        let result = fill(&mut body);
        self.payload_len = head_len.saturating_add(body.len());
        self.written = self.written.max(self.payload_len);
        result
    }

    /// Makes the payload what `fill` writes.
    pub(super) fn payload<T, E>(&mut self, fill: impl FnOnce(&mut Body<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut body = Body::new(self.frame.get_mut(HEADER_LEN..).unwrap_or_default());
        let result = fill(&mut body);
        self.payload_len = body.len();
        self.written = self.written.max(self.payload_len);
        result
    }

    /// Makes the payload empty.
    pub(super) fn nothing(&mut self) {
        self.payload_len = 0;
    }

    /// Puts the payload behind this header and gives the bytes for the wire.
    pub(super) fn seal(&mut self, header: Header, line: &mut impl Channel) -> Result<&[u8], LinkError> {
        self.wire_len = encode(header, self.payload_len, line, &mut self.frame, &mut self.wire)?;
        Ok(self.wire.get(..self.wire_len).unwrap_or_default())
    }

    /// Wipes what was sent: it may have been a secret.
    pub(super) fn wipe(&mut self) {
        // Both buffers live on and are read again, so that these writes are never optimised away.
        let frame_len = HEADER_LEN.saturating_add(self.written);
        self.frame.get_mut(..frame_len).unwrap_or_default().fill(0);
        self.wire.get_mut(..self.wire_len).unwrap_or_default().fill(0);
        self.payload_len = 0;
        self.written = 0;
        self.wire_len = 0;
    }
}
