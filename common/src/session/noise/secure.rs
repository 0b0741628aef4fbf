use super::suite::nonce;
use super::{Cipher, Keys, Secret, Suite};
use crate::link::{FrameKind, HEADER_LEN, Header, LinkError};
use crate::record::TAG_LEN;
use crate::session::{Channel, Order};

/// Frames in one direction after which its key protects no more: far below what AES-GCM bears, and far above where a
/// host sends [`FrameKind::Rekey`].
pub const MAX_FRAMES_PER_KEY: u64 = 1 << 17;

/// The channel of a session whose handshake is done.
///
/// A frame's nonce is the count of all frames of its direction in the session, of which the header's sequence number
/// is the low half: it never repeats, and a frame says by itself which nonce it needs. A [`FrameKind::Rekey`] is the
/// last frame under its key: both sides put Noise's `Rekey()` of it (section 4.2) in its place.
pub struct Secure<S: Suite> {
    out: Direction<S>,
    inward: Direction<S>,
}

impl<S: Suite> Secure<S> {
    /// The host's end, after its handshake's last message. `order` counts the session's frames from the hello on.
    pub fn host(keys: &Keys, order: &Order) -> Self {
        Self {
            out: Direction::new(&keys.host, order.next_out()),
            inward: Direction::new(&keys.device, order.next_in()),
        }
    }

    /// The device's end.
    pub fn device(keys: &Keys, order: &Order) -> Self {
        Self {
            out: Direction::new(&keys.device, order.next_out()),
            inward: Direction::new(&keys.host, order.next_in()),
        }
    }

    /// Frames sent and received under the present keys, whichever are more.
    pub fn frames_under_key(&self) -> u64 {
        self.out.under_key.max(self.inward.under_key)
    }
}

impl<S: Suite> Channel for Secure<S> {
    fn tag_len(&self, _: FrameKind) -> usize {
        TAG_LEN
    }

    fn protect(&mut self, header: Header, body: &mut [u8], tag: &mut [u8]) -> Result<(), LinkError> {
        let (head, payload) = body.split_at_mut_checked(HEADER_LEN).ok_or(LinkError::TooLong)?;
        let counter = self.out.counter(header.sequence)?;
        let sealed = self.out.cipher.seal(&nonce(counter), head, payload);
        *tag.first_chunk_mut().ok_or(LinkError::TooLong)? = sealed.map_err(|_| LinkError::Garbled)?;
        self.out.passed(counter, header.kind)
    }

    fn verify<'f>(&mut self, header: Header, frame: &'f mut [u8]) -> Result<&'f mut [u8], LinkError> {
        let (body, tag) = frame
            .split_last_chunk_mut::<TAG_LEN>()
            .ok_or(LinkError::Garbled)?;
        let (head, payload) = body.split_at_mut_checked(HEADER_LEN).ok_or(LinkError::Garbled)?;
        let counter = self.inward.counter(header.sequence)?;
        self.inward
            .cipher
            .open(&nonce(counter), head, payload, tag)
            .map_err(|_| LinkError::Garbled)?;
        self.inward.passed(counter, header.kind)?;
        Ok(payload)
    }
}

/// One direction's key.
struct Direction<S: Suite> {
    cipher: S::Cipher,
    /// The nonce of the frame expected next.
    next: u64,
    under_key: u64,
}

impl<S: Suite> Direction<S> {
    fn new(key: &Secret, next: u16) -> Self {
        Self {
            cipher: S::Cipher::new(key),
            next: next.into(),
            under_key: 0,
        }
    }

    /// The count of the frame with this sequence number: the one nearest to what is expected.
    fn counter(&self, sequence: u16) -> Result<u64, LinkError> {
        if self.under_key >= MAX_FRAMES_PER_KEY {
            return Err(LinkError::KeyUsedUp);
        }
        let ahead = sequence.wrapping_sub(self.next as u16) as i16;
        self.next
            .checked_add_signed(ahead.into())
            .ok_or(LinkError::Garbled)
    }

    fn passed(&mut self, counter: u64, kind: FrameKind) -> Result<(), LinkError> {
        self.next = self.next.max(counter.saturating_add(1));
        self.under_key = self.under_key.saturating_add(1);
        if kind == FrameKind::Rekey {
            // Ciphertext of zeros under the greatest nonce, which no frame ever gets.
            let mut fresh = Secret::new([0; Secret::LEN]);
            self.cipher
                .seal(&nonce(u64::MAX), &[], fresh.as_mut_bytes())
                .map_err(|_| LinkError::Garbled)?;
            self.cipher = S::Cipher::new(&fresh);
            self.under_key = 0;
        }
        Ok(())
    }
}
