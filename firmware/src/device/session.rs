use super::streams::MAX_STREAMS;
use casemate_common::limits::PROTOCOL_VERSION;
use casemate_common::link::{FrameKind, Header, LinkError};
use casemate_common::session::{Hello, Order, Verdict, Welcome};

/// What a received frame asks of the device.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event<'f> {
    /// Nothing at all.
    Nothing,
    /// To begin anew and answer a `Welcome` to this hello.
    Begin(&'f mut [u8]),
    /// To take the handshake's last message.
    Finish(&'f mut [u8]),
    /// To answer with the last frame under the present key.
    Rekey,
    /// To take a message.
    Message(&'f mut [u8]),
    /// To show that it is there.
    Acknowledge,
    /// To say, with this header, that there is no session, and to drop all that was in flight.
    Over(Header),
}

/// The device's side of the sessions: at most one runs, and the one before is remembered only to refuse its frames
/// politely.
pub(super) struct Sessions {
    order: Order,
    phase: Phase,
    /// The session whose frames have been answered with a reset; the next ones pass in silence.
    refused: Option<u32>,
    /// Encoded bytes taken since the last frame was sent.
    unacknowledged: u32,
    window: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// None has run yet.
    None,
    /// Only its hello has been taken.
    Greeted,
    /// Other frames have been taken as well.
    Established,
    /// It broke.
    Ended,
}

impl Sessions {
    pub(super) const fn new(window: u32) -> Self {
        Self {
            order: Order::new(0),
            phase: Phase::None,
            refused: None,
            unacknowledged: 0,
            window,
        }
    }

    /// Forgets everything: the link is a new one.
    pub(super) fn forget(&mut self) {
        *self = Self::new(self.window);
    }

    /// Counts bytes taken from the link.
    pub(super) fn took(&mut self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.unacknowledged = self.unacknowledged.saturating_add(bytes);
    }

    /// Whether so much was taken in silence that the host should be told.
    pub(super) fn owes_acknowledgement(&self) -> bool {
        self.runs() && self.unacknowledged >= self.window / 4
    }

    /// The header of the next frame to send.
    pub(super) fn stamp(&mut self, kind: FrameKind) -> Header {
        self.unacknowledged = 0;
        self.order.stamp(kind)
    }

    /// The answer to a hello.
    pub(super) const fn welcome(&self, fault: u16) -> Welcome {
        Welcome {
            protocol: PROTOCOL_VERSION,
            window: self.window,
            streams: MAX_STREAMS as u8,
            fault,
        }
    }

    /// The counters of the session that runs.
    pub(super) const fn order(&self) -> &Order {
        &self.order
    }

    /// Ends the session, if one runs: what came can't be understood.
    pub(super) fn fail(&mut self) -> Event<'static> {
        if !self.runs() {
            return Event::Nothing;
        }
        self.phase = Phase::Ended;
        self.refused = Some(self.order.session());
        Event::Over(self.stamp(FrameKind::Reset))
    }

    /// Judges what the deframer found.
    pub(super) fn judge<'f>(
        &mut self,
        found: Result<Option<(Header, &'f mut [u8])>, LinkError>,
    ) -> Event<'f> {
        match found {
            Ok(None) => Event::Nothing,
            Ok(Some((header, payload))) if header.kind == FrameKind::Hello => self.greet(&header, payload),
            Ok(Some((header, payload))) if self.runs() && header.session == self.order.session() => {
                self.take(&header, payload)
            }
            Ok(Some((header, _))) => self.refuse(&header),
            Err(_) => self.fail(),
        }
    }

    fn runs(&self) -> bool {
        matches!(self.phase, Phase::Greeted | Phase::Established)
    }

    /// A hello is taken once: its handshake's keys would be new the second time, and the host has the first ones.
    fn greet<'f>(&mut self, header: &Header, payload: &'f mut [u8]) -> Event<'f> {
        let known = header.session == self.order.session() && self.phase != Phase::None;
        let mut order = Order::new(header.session);
        if known || order.accept(header) != Verdict::InOrder || hello(payload).is_none() {
            return Event::Nothing;
        }
        self.order = order;
        self.phase = Phase::Greeted;
        Event::Begin(payload)
    }

    fn take<'f>(&mut self, header: &Header, payload: &'f mut [u8]) -> Event<'f> {
        match self.order.accept(header) {
            Verdict::InOrder => self.phase = Phase::Established,
            Verdict::Repeated => return Event::Nothing,
            Verdict::Gap | Verdict::Foreign => return self.fail(),
        }
        match header.kind {
            FrameKind::Message => Event::Message(payload),
            FrameKind::Probe => Event::Acknowledge,
            FrameKind::Finish => Event::Finish(payload),
            FrameKind::Rekey => Event::Rekey,
            FrameKind::Hello
            | FrameKind::Welcome
            | FrameKind::Ack
            | FrameKind::Reset
            | FrameKind::NoSession => Event::Nothing,
        }
    }

    /// Tells a host once that the session it believes in does not run, and again whenever it probes.
    fn refuse(&mut self, header: &Header) -> Event<'static> {
        let told = self.refused == Some(header.session);
        match header.kind {
            FrameKind::Probe => {}
            FrameKind::Message if !told => {}
            _ => return Event::Nothing,
        }
        self.refused = Some(header.session);
        Event::Over(Order::new(header.session).stamp(FrameKind::NoSession))
    }
}

/// A hello, and the handshake's message behind it.
pub(super) fn hello(payload: &mut [u8]) -> Option<(Hello, &mut [u8])> {
    let (hello, rest) = postcard::take_from_bytes::<Hello>(payload).ok()?;
    let at = payload.len().checked_sub(rest.len())?;
    Some((hello, payload.get_mut(at..)?))
}
