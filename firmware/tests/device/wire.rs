//! Frames to bytes and back.

use casemate_common::limits::{MAX_ENCODED_FRAME, MAX_FRAME};
use casemate_common::link::{Deframer, HEADER_LEN, Header, encode};
use casemate_common::session::{Channel, Plain};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) header: Header,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// Its bytes outside any secure channel.
    pub(crate) fn to_wire(&self) -> Vec<u8> {
        self.sealed(&mut Plain)
    }

    pub(crate) fn sealed(&self, channel: &mut impl Channel) -> Vec<u8> {
        let mut frame = vec![0; MAX_FRAME];
        frame[HEADER_LEN..][..self.payload.len()].copy_from_slice(&self.payload);
        let mut wire = vec![0; MAX_ENCODED_FRAME];
        let len = encode(self.header, self.payload.len(), channel, &mut frame, &mut wire).unwrap();
        wire.truncate(len);
        wire
    }
}

pub(crate) fn frames(mut wire: &[u8], channel: &mut impl Channel) -> Vec<Frame> {
    let mut deframer = Deframer::new();
    let mut frames = Vec::new();
    while !wire.is_empty() {
        let (taken, complete) = deframer.push(wire);
        wire = &wire[taken..];
        if complete && let Some((header, payload)) = deframer.frame(channel).unwrap() {
            frames.push(Frame {
                header,
                payload: payload.to_vec(),
            });
        }
    }
    frames
}
