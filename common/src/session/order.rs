use crate::link::{FrameKind, Header};

/// What the count of a frame says about the frames before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The next one: take it.
    InOrder,
    /// One that was taken before: ignore it.
    Repeated,
    /// Something before it is missing: the session is over.
    Gap,
    /// It is of another session.
    Foreign,
}

/// The counters of one session, the same on both sides.
#[derive(Debug, Clone)]
pub struct Order {
    session: u32,
    next_out: u16,
    next_in: u16,
}

impl Order {
    /// The counters of a session that begins.
    pub const fn new(session: u32) -> Self {
        Self {
            session,
            next_out: 0,
            next_in: 0,
        }
    }

    /// The session's number.
    pub const fn session(&self) -> u32 {
        self.session
    }

    /// The sequence number expected next from the peer.
    pub const fn next_in(&self) -> u16 {
        self.next_in
    }

    /// The sequence number of the next frame to send.
    pub const fn next_out(&self) -> u16 {
        self.next_out
    }

    /// Judges a received header, and counts it when it is the next.
    pub fn accept(&mut self, header: &Header) -> Verdict {
        if header.session != self.session {
            return Verdict::Foreign;
        }
        let ahead = header.sequence.wrapping_sub(self.next_in);
        if ahead == 0 {
            self.next_in = self.next_in.wrapping_add(1);
            return Verdict::InOrder;
        }
        if ahead > u16::MAX / 2 {
            Verdict::Repeated
        } else {
            Verdict::Gap
        }
    }

    /// The header of the next frame to send.
    pub fn stamp(&mut self, kind: FrameKind) -> Header {
        let sequence = self.next_out;
        self.next_out = sequence.wrapping_add(1);
        Header {
            kind,
            session: self.session,
            sequence,
            ack: self.next_in,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_in_order_and_wraps() {
        let (mut host, mut device) = (Order::new(1), Order::new(1));
        for _ in 0..70_000 {
            let header = host.stamp(FrameKind::Message);
            assert_eq!(device.accept(&header), Verdict::InOrder);
            assert_eq!(device.accept(&header), Verdict::Repeated);
        }
        assert_eq!(device.next_in(), 70_000_u32 as u16);
    }

    #[test]
    fn a_missing_frame_is_a_gap_and_stays_one() {
        let (mut host, mut device) = (Order::new(1), Order::new(1));
        host.stamp(FrameKind::Message);
        let later = host.stamp(FrameKind::Message);
        assert_eq!(device.accept(&later), Verdict::Gap);
        assert_eq!(device.accept(&later), Verdict::Gap);
        assert_eq!(device.next_in(), 0);
        assert_eq!(Order::new(2).accept(&later), Verdict::Foreign);
    }
}
