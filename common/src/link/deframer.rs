use super::{Header, LinkError, cobs};
use crate::limits::MAX_ENCODED_FRAME;
use crate::session::Channel;

/// Cuts a stream of bytes into frames. Holds one frame; longer ones are swallowed up to their delimiter.
pub struct Deframer {
    buffer: [u8; MAX_ENCODED_FRAME],
    len: usize,
    /// Where the bytes end that were written since the last wipe.
    used: usize,
    overlong: bool,
}

impl Default for Deframer {
    fn default() -> Self {
        Self::new()
    }
}

impl Deframer {
    /// An empty deframer, in step with a sender that starts now.
    pub const fn new() -> Self {
        Self {
            buffer: [0; MAX_ENCODED_FRAME],
            len: 0,
            used: 0,
            overlong: false,
        }
    }

    /// Takes bytes up to and including the next delimiter. Tells how many it took, and whether a frame is complete;
    /// then [`Self::frame`] has to be called before the next bytes.
    pub fn push(&mut self, input: &[u8]) -> (usize, bool) {
        let (taken, complete, data) = match memchr::memchr(0, input) {
            Some(at) => (at.saturating_add(1), true, input.get(..at).unwrap_or_default()),
            None => (input.len(), false, input),
        };
        let free = self.buffer.get_mut(self.len..).unwrap_or_default();
        match free.split_at_mut_checked(data.len()) {
            Some((target, _)) => {
                target.copy_from_slice(data);
                self.len = self.len.saturating_add(data.len());
                self.used = self.used.max(self.len);
            }
            None => self.overlong = true,
        }
        // Delimiters that follow each other, as a broken line has them in thousands, are no frames.
        (taken, complete && (self.len > 0 || self.overlong))
    }

    /// The frame just completed: its header and payload, decoded in place; `None` between two delimiters that follow
    /// each other. Forgets it afterwards.
    ///
    /// # Errors
    /// [`LinkError`] when it was too long, is no frame, or the channel does not accept it.
    pub fn frame(&mut self, channel: &mut impl Channel) -> Result<Option<(Header, &mut [u8])>, LinkError> {
        let len = core::mem::take(&mut self.len);
        if core::mem::take(&mut self.overlong) {
            return Err(LinkError::TooLong);
        }
        if len == 0 {
            return Ok(None);
        }
        let wire = self.buffer.get_mut(..len).ok_or(LinkError::TooLong)?;
        let decoded = cobs::decode_in_place(wire)?;
        let frame = wire.get_mut(..decoded).ok_or(LinkError::Garbled)?;
        let (header, _) = Header::split(frame)?;
        let payload = channel.verify(header, frame)?;
        Ok(Some((header, payload)))
    }

    /// Forgets what was received, and wipes it: it may have been a secret.
    pub fn wipe(&mut self) {
        self.buffer.get_mut(..self.used).unwrap_or_default().fill(0);
        (self.len, self.used, self.overlong) = (0, 0, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_FRAME;
    use crate::link::{FrameKind, HEADER_LEN, encode};
    use crate::session::Plain;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    fn wire(sequence: u16, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![0; MAX_FRAME];
        frame[HEADER_LEN..][..payload.len()].copy_from_slice(payload);
        let mut wire = vec![0; MAX_ENCODED_FRAME];
        let header = Header {
            kind: FrameKind::Message,
            session: 7,
            sequence,
            ack: 3,
        };
        let len = encode(header, payload.len(), &mut Plain, &mut frame, &mut wire).unwrap();
        wire.truncate(len);
        wire
    }

    fn frames(deframer: &mut Deframer, mut input: &[u8]) -> Vec<Result<(u16, Vec<u8>), LinkError>> {
        let mut found = Vec::new();
        while !input.is_empty() {
            let (taken, complete) = deframer.push(input);
            input = &input[taken..];
            if complete {
                match deframer.frame(&mut Plain) {
                    Ok(Some((header, payload))) => found.push(Ok((header.sequence, payload.to_vec()))),
                    Ok(None) => {}
                    Err(error) => found.push(Err(error)),
                }
            }
        }
        found
    }

    #[test]
    fn golden_frame() {
        let bytes = wire(2, b"hi");
        assert_eq!(
            bytes,
            [
                3, 3, 7, 1, 1, 2, 2, 2, 3, 7, b'h', b'i', bytes[12], bytes[13], bytes[14], bytes[15], 0
            ]
        );
        assert_eq!(frames(&mut Deframer::new(), &bytes), [Ok((2, b"hi".to_vec()))]);
    }

    #[test]
    fn longest_payload_fits_and_one_more_does_not() {
        let longest = vec![0xaa; MAX_FRAME - HEADER_LEN - Plain.tag_len(FrameKind::Message)];
        let found = frames(&mut Deframer::new(), &wire(1, &longest));
        assert_eq!(found, [Ok((1, longest))]);
        let mut endless = vec![0xaa; 3 * MAX_ENCODED_FRAME];
        endless.push(0);
        endless.extend(wire(5, b"next"));
        assert_eq!(
            frames(&mut Deframer::new(), &endless),
            [Err(LinkError::TooLong), Ok((5, b"next".to_vec()))]
        );
    }

    #[test]
    fn a_wipe_leaves_nothing_of_any_frame() {
        let mut deframer = Deframer::new();
        let secret = wire(1, &[0x5e; 1000]);
        assert_eq!(frames(&mut deframer, &secret).len(), 1);
        frames(&mut deframer, &secret[..500]);
        deframer.wipe();
        assert!(deframer.buffer.iter().all(|&byte| byte == 0));
        assert_eq!(
            frames(&mut deframer, &wire(2, b"next")),
            [Ok((2, b"next".to_vec()))]
        );
    }

    proptest! {
        #[test]
        fn finds_the_next_frame_after_any_noise(
            noise in prop::collection::vec(any::<u8>(), 0..300),
            payload in prop::collection::vec(any::<u8>(), 0..600),
            split in 1_usize..50,
        ) {
            let mut input = noise;
            input.push(0);
            input.extend(wire(9, &payload));
            let mut deframer = Deframer::new();
            let found: Vec<_> = input.chunks(split).flat_map(|piece| frames(&mut deframer, piece)).collect();
            prop_assert_eq!(found.last(), Some(&Ok((9, payload))));
        }

        #[test]
        fn a_flipped_bit_is_never_a_frame(payload in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), bit in 0..8) {
            let mut bytes = wire(1, &payload);
            let at = at.index(bytes.len() - 1);
            bytes[at] ^= 1_u8 << bit;
            bytes.push(0);
            for found in frames(&mut Deframer::new(), &bytes) {
                prop_assert!(found.is_err(), "{:?}", found);
            }
        }
    }
}
