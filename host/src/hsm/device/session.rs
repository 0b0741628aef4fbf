//! One session with a device: requests go out in order under the window, answers find their exchange.

use super::exchange::{Exchange, Exchanges, Failure};
use super::handshake::Handshaken;
use super::meter::Meter;
use super::trust::HostSuite;
use super::wipe::wipe;
use casemate_common::exchange::{MESSAGE_HEADER_LEN, Message, MessageKind};
use casemate_common::fault::Fault;
use casemate_common::limits::{MAX_ENCODED_FRAME, MAX_FRAME, MAX_MESSAGE};
use casemate_common::link::{self, Deframer, FrameKind, HEADER_LEN, Header, cobs};
use casemate_common::session::noise::MAX_FRAMES_PER_KEY;
use casemate_common::session::{Line, MAX_TAG_LEN, Order, Verdict, Welcome};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, SemaphorePermit, oneshot};
use zeroize::Zeroizing;

/// Kept free in the device's window for the short frames that ask no leave: probes and cancellations.
const WINDOW_RESERVE: usize = 512;
/// Frames in one direction, and time, after which keys are changed. The device bears twice as many frames.
const REKEY_FRAMES: u64 = MAX_FRAMES_PER_KEY / 2;
const REKEY_TIME: Duration = Duration::from_secs(600);

/// A session that stands. Ends once, by [`Session::end`]; every exchange in flight fails then.
pub(super) struct Session {
    window: Semaphore,
    pub(super) streams: Arc<Semaphore>,
    wire_ready: Notify,
    state: Mutex<State>,
    meter: Arc<Meter>,
    /// Why the device keeps no secrets in this session, and answers next to nothing; `None` in a secure one.
    pub(super) fault: Option<Fault>,
}

struct State {
    order: Order,
    line: Line<HostSuite>,
    /// Since when the present keys are used, and whether others have been asked for.
    keys_since: Instant,
    rekeying: bool,
    exchanges: Exchanges,
    unacknowledged: VecDeque<(u16, usize)>,
    frame: Box<[u8; MAX_FRAME]>,
    wire: Vec<u8>,
    heard: bool,
    ended: bool,
}

/// Whether the session goes on after what was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Continuation {
    Goes,
    /// It is over; where the device said so, with the first sequence number that it had not taken.
    Over(Option<u16>),
}

impl Session {
    /// The session of a handshake that is done, or of one with a device that can't keep secrets because of `fault`.
    pub(super) fn new(
        Handshaken { order, line }: Handshaken,
        welcome: &Welcome,
        fault: Option<Fault>,
        meter: Arc<Meter>,
    ) -> Self {
        let window = usize::try_from(welcome.window)
            .unwrap_or(usize::MAX)
            .min(Semaphore::MAX_PERMITS);
        // A window smaller than one frame would never let one through.
        let window = window.saturating_sub(WINDOW_RESERVE).max(MAX_ENCODED_FRAME);
        Self {
            window: Semaphore::new(window),
            streams: Arc::new(Semaphore::new(usize::from(welcome.streams.max(1)))),
            wire_ready: Notify::new(),
            state: Mutex::new(State {
                order,
                line,
                keys_since: Instant::now(),
                rekeying: false,
                exchanges: Exchanges::default(),
                unacknowledged: VecDeque::new(),
                frame: Box::new([0; MAX_FRAME]),
                wire: Vec::new(),
                heard: true,
                ended: false,
            }),
            meter,
            fault,
        }
    }

    /// Sends the first message of a request; the receiver yields its whole answer.
    pub(super) async fn request(&self, opening: Opening<'_>) -> Result<Started, Failure> {
        let Opening {
            code,
            last,
            body,
            expected_len,
            stream,
        } = opening;
        let permit = self.room_for(body.iter().map(|part| part.len()).sum()).await?;
        let mut state = self.state();
        if state.ended {
            return Err(Failure::NeverArrived);
        }
        let (sender, answer) = oneshot::channel();
        let first = state.order.next_out();
        let id = state
            .exchanges
            .insert(Exchange::new(sender, first, expected_len, stream))
            .ok_or(Failure::Overloaded)?;
        state.send(MessageKind::Request(code), id, last, &body, permit, &self.meter);
        drop(state);
        self.wire_ready.notify_one();
        Ok(Started { id, answer })
    }

    /// Sends a further message of a request's body.
    pub(super) async fn part(&self, id: u16, last: bool, body: &[u8]) -> Result<(), Failure> {
        let permit = self.room_for(body.len()).await?;
        let mut state = self.state();
        // An exchange that has failed already takes no more parts; its answer says why.
        if !state.ended && state.exchanges.is_open(id) {
            state.send(MessageKind::RequestPart, id, last, &[body], permit, &self.meter);
            drop(state);
            self.wire_ready.notify_one();
        }
        Ok(())
    }

    /// Tells the device that nobody waits for this answer any more.
    pub(super) fn cancel(&self, id: u16) {
        let mut state = self.state();
        if !state.ended && state.exchanges.is_open(id) {
            state.send_unasked(FrameKind::Message, Some((MessageKind::Cancel, id)), &self.meter);
            drop(state);
            self.wire_ready.notify_one();
        }
    }

    /// Waits until bytes are to be written and moves them to `wire`, which must be empty.
    pub(super) async fn take_wire(&self, wire: &mut Vec<u8>) {
        while wire.is_empty() {
            while self.state().wire.is_empty() {
                self.wire_ready.notified().await;
            }
            // They may have requests too: one write for all of them.
            after_others().await;
            std::mem::swap(&mut self.state().wire, wire);
        }
    }

    /// Takes the frame that the deframer has just completed.
    pub(super) fn take(&self, deframer: &mut Deframer) -> Continuation {
        let mut state = self.state();
        match deframer.frame(&mut state.line) {
            Ok(None) => Continuation::Goes,
            Ok(Some((header, payload))) => self.receive(state, &header, payload),
            Err(_) => Continuation::Over(None),
        }
    }

    /// Takes a frame that has checked, or is of a kind or session that can't be.
    fn receive(&self, mut state: MutexGuard<'_, State>, header: &Header, payload: &mut [u8]) -> Continuation {
        match header.kind {
            _ if header.session != state.order.session() => return Continuation::Goes,
            FrameKind::Reset => return Continuation::Over(Some(header.ack)),
            FrameKind::NoSession => return Continuation::Over(None),
            _ => {}
        }
        match state.order.accept(header) {
            Verdict::Foreign | Verdict::Repeated => return Continuation::Goes,
            Verdict::Gap => return Continuation::Over(None),
            Verdict::InOrder => {}
        }
        state.heard = true;
        self.window.add_permits(state.acknowledge(header.ack));
        match header.kind {
            FrameKind::Message => state.answer(payload),
            FrameKind::Ack | FrameKind::Welcome => {}
            FrameKind::Rekey => {
                state.rekeying = false;
                state.keys_since = Instant::now();
            }
            // Not a device's to send.
            FrameKind::Hello | FrameKind::Probe | FrameKind::Finish => return Continuation::Over(None),
            FrameKind::Reset | FrameKind::NoSession => {}
        }
        Continuation::Goes
    }

    /// To be called at intervals: asks for fresh keys when the present ones have been used for long.
    pub(super) fn rekey(&self) {
        let mut state = self.state();
        let used = state.line.frames_under_key();
        let due = used >= REKEY_FRAMES || used > 0 && state.keys_since.elapsed() >= REKEY_TIME;
        if state.ended || state.rekeying || !due {
            return;
        }
        state.rekeying = true;
        state.send_unasked(FrameKind::Rekey, None, &self.meter);
        drop(state);
        self.wire_ready.notify_one();
    }

    /// To be called at intervals: asks a silent device whether it is there. False when it did not answer the last
    /// question.
    pub(super) fn probe(&self) -> bool {
        let mut state = self.state();
        if std::mem::take(&mut state.heard) || state.unacknowledged.is_empty() && state.exchanges.is_empty() {
            return true;
        }
        state.send_unasked(FrameKind::Probe, None, &self.meter);
        drop(state);
        self.wire_ready.notify_one();
        false
    }

    /// Whether requests can be made.
    pub(super) fn stands(&self) -> bool {
        !self.window.is_closed()
    }

    /// Ends the session: every exchange in flight fails, with what is known about its request's arrival.
    pub(super) fn end(&self, first_not_taken: Option<u16>) {
        let mut state = self.state();
        state.ended = true;
        state.wire.clear();
        state.exchanges.fail_all(first_not_taken);
        self.window.close();
        self.streams.close();
    }

    async fn room_for(&self, body: usize) -> Result<SemaphorePermit<'_>, Failure> {
        let frame = HEADER_LEN + MESSAGE_HEADER_LEN + body + MAX_TAG_LEN;
        if MESSAGE_HEADER_LEN + body > MAX_MESSAGE {
            return Err(Failure::TooLarge);
        }
        let bytes = u32::try_from(cobs::max_encoded_len(frame) + 1).map_err(|_| Failure::TooLarge)?;
        self.window
            .acquire_many(bytes)
            .await
            .map_err(|_| Failure::NeverArrived)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets those tasks run first that are ready to. Tokio's own way asks the system for events in between, which costs more
/// than a short request has to.
async fn after_others() {
    let mut is_last = false;
    poll_fn(|context| {
        if std::mem::replace(&mut is_last, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The first message of a request.
pub(super) struct Opening<'a> {
    pub(super) code: u16,
    pub(super) last: bool,
    pub(super) body: [&'a [u8]; 2],
    /// Length of the answer, or more.
    pub(super) expected_len: usize,
    /// Held until the answer has ended, where the request has several messages.
    pub(super) stream: Option<OwnedSemaphorePermit>,
}

/// A request whose first message is on its way.
pub(super) struct Started {
    pub(super) id: u16,
    pub(super) answer: oneshot::Receiver<Result<Zeroizing<Vec<u8>>, Failure>>,
}

impl State {
    fn send(
        &mut self,
        kind: MessageKind,
        id: u16,
        last: bool,
        body: &[&[u8]],
        permit: SemaphorePermit<'_>,
        meter: &Meter,
    ) {
        let len = self.write_message(kind, id, last, body);
        let header = self.order.stamp(FrameKind::Message);
        self.unacknowledged
            .push_back((header.sequence, permit.num_permits()));
        permit.forget();
        self.put_on_wire(header, len, meter);
    }

    fn send_unasked(&mut self, frame: FrameKind, message: Option<(MessageKind, u16)>, meter: &Meter) {
        let len = message.map_or(0, |(kind, id)| self.write_message(kind, id, true, &[]));
        let header = self.order.stamp(frame);
        self.unacknowledged.push_back((header.sequence, 0));
        self.put_on_wire(header, len, meter);
    }

    fn write_message(&mut self, kind: MessageKind, id: u16, last: bool, body: &[&[u8]]) -> usize {
        let mut head = [0; MESSAGE_HEADER_LEN];
        let head_len = kind.write(id, last, &mut head);
        let mut end = HEADER_LEN;
        for part in [&head[..head_len]].iter().chain(body) {
            self.frame[end..end + part.len()].copy_from_slice(part);
            end += part.len();
        }
        end - HEADER_LEN
    }

    fn put_on_wire(&mut self, header: Header, payload_len: usize, meter: &Meter) {
        let start = self.wire.len();
        self.wire.resize(
            start + cobs::max_encoded_len(HEADER_LEN + payload_len + MAX_TAG_LEN) + 1,
            0,
        );
        let encoded = link::encode(
            header,
            payload_len,
            &mut self.line,
            &mut self.frame[..],
            &mut self.wire[start..],
        );
        // Sizes were checked before room was asked for; a frame that did not fit would show as a gap.
        self.wire.truncate(start + encoded.unwrap_or(0));
        meter.sent(self.wire.len() - start);
    }

    /// Forgets the frames that the device has taken and tells how many bytes of the window that frees.
    fn acknowledge(&mut self, next_expected: u16) -> usize {
        let mut freed = 0;
        while let Some(&(sequence, bytes)) = self.unacknowledged.front() {
            if next_expected.wrapping_sub(sequence).wrapping_sub(1) > u16::MAX / 2 {
                break;
            }
            freed += bytes;
            self.unacknowledged.pop_front();
        }
        freed
    }

    fn answer(&mut self, payload: &mut [u8]) {
        let Ok(message) = Message::parse(payload) else {
            tracing::warn!("the device sent a message that is none; ignored");
            return;
        };
        match message.kind {
            MessageKind::Answer(0) | MessageKind::AnswerPart => {
                self.exchanges.append(message.id, message.body, message.last);
            }
            MessageKind::Answer(code) => self.exchanges.refuse(message.id, code),
            MessageKind::Request(_) | MessageKind::RequestPart | MessageKind::Cancel => {
                tracing::warn!("the device sent a request; ignored");
            }
        }
        wipe(message.body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELCOME: Welcome = Welcome {
        protocol: 1,
        window: 16 * 1024,
        streams: 2,
        fault: 0,
    };

    fn session() -> Session {
        let mut line = Line::closed();
        line.open_plain(7);
        let order = Order::new(7);
        Session::new(Handshaken { order, line }, &WELCOME, None, Arc::default())
    }

    fn opening(body: &[u8]) -> Opening<'_> {
        Opening {
            code: 2,
            last: true,
            body: [body, &[]],
            expected_len: 16,
            stream: None,
        }
    }

    fn from_device(kind: FrameKind, sequence: u16, ack: u16) -> Header {
        Header {
            kind,
            session: 7,
            sequence,
            ack,
        }
    }

    #[tokio::test]
    async fn an_answer_finds_its_request() {
        let session = session();
        let started = session.request(opening(b"")).await.unwrap();
        let mut payload = [0; 7];
        MessageKind::Answer(0).write(started.id, true, payload.first_chunk_mut().unwrap());
        payload[5..].copy_from_slice(b"hi");
        let header = from_device(FrameKind::Message, 0, 1);
        assert_eq!(
            session.receive(session.state(), &header, &mut payload),
            Continuation::Goes
        );
        assert_eq!(started.answer.await.unwrap().unwrap().as_slice(), b"hi");
    }

    #[tokio::test]
    async fn the_window_holds_requests_back_until_frames_are_acknowledged() {
        let session = session();
        let body = [0x11; 4096];
        let mut sent = Vec::new();
        for _ in 0..3 {
            sent.push(session.request(opening(&body)).await.unwrap());
        }
        let mut fourth = Box::pin(session.request(opening(&body)));
        assert!(futures_poll(&mut fourth).is_pending());
        session.receive(session.state(), &from_device(FrameKind::Ack, 0, 1), &mut []);
        assert!(futures_poll(&mut fourth).is_ready());
    }

    #[tokio::test]
    async fn a_gap_or_a_reset_ends_it_and_a_repeated_frame_does_not() {
        let session = session();
        let ack = from_device(FrameKind::Ack, 0, 0);
        assert_eq!(
            session.receive(session.state(), &ack, &mut []),
            Continuation::Goes
        );
        assert_eq!(
            session.receive(session.state(), &ack, &mut []),
            Continuation::Goes
        );
        assert_eq!(
            session.receive(session.state(), &from_device(FrameKind::Ack, 2, 0), &mut []),
            Continuation::Over(None)
        );
        assert_eq!(
            session.receive(session.state(), &from_device(FrameKind::Reset, 1, 9), &mut []),
            Continuation::Over(Some(9))
        );
    }

    #[tokio::test]
    async fn an_ended_session_fails_what_is_in_flight_and_takes_nothing_new() {
        let session = session();
        let started = session.request(opening(b"")).await.unwrap();
        session.end(Some(0));
        assert_eq!(started.answer.await.unwrap(), Err(Failure::NeverArrived));
        assert_eq!(
            session.request(opening(b"")).await.err(),
            Some(Failure::NeverArrived)
        );
        assert!(!session.stands());
    }

    #[tokio::test]
    async fn only_a_silent_device_with_work_is_probed() {
        let session = session();
        assert!(session.probe());
        assert!(session.probe(), "there is nothing to wait for");
        let _started = session.request(opening(b"")).await.unwrap();
        assert!(!session.probe());
        session.receive(session.state(), &from_device(FrameKind::Ack, 0, 2), &mut []);
        assert!(session.probe());
    }

    fn futures_poll<F: Future + Unpin>(future: &mut F) -> std::task::Poll<F::Output> {
        std::pin::Pin::new(future).poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
    }
}
