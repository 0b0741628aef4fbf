use crate::image::report;
use crate::script::{RECORD_LEN, Request, SCRIPT};
use casemate_ast1030::chip::SysTickClock;
use casemate_common::exchange::{MESSAGE_HEADER_LEN, Message, MessageKind};
use casemate_common::limits::{MAX_ENCODED_FRAME, MAX_FRAME, PROTOCOL_VERSION};
use casemate_common::link::{Deframer, FrameKind, HEADER_LEN, encode};
use casemate_common::session::noise::{Answered, FINISH_LEN, Initiator, KeyPair, Secret, Secure, prologue};
use casemate_common::session::{Hello, Line, Order, Verdict, Welcome};
use casemate_firmware::channel::NoiseSuite;
use casemate_firmware::crypto::Software;
use core::convert::Infallible;
use embedded_io_async::{BufRead, ErrorType, Read, ReadReady, Write};

type Suite = NoiseSuite<Software>;

const SESSION: u32 = 1;

/// Frames of the handshake before the script begins: the hello and the finish.
const HANDSHAKE: usize = 2;

/// The host's static and its ephemeral key: nothing here is secret.
fn key(byte: u8) -> KeyPair {
    KeyPair::new::<Suite>(Secret::new([byte; Secret::LEN]))
}

/// What went wrong, at which step of the script (0 and 1: the handshake).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failure {
    _step: usize,
    _what: &'static str,
}

/// A host and its link in one: gives a request when the device wants input, and takes the answer.
///
/// A request's time runs from when the device gets its first byte until it asks for more, with its answer written.
pub(crate) struct Host {
    clock: SysTickClock,
    order: Order,
    line: Line<Suite>,
    initiator: Option<Initiator<Suite>>,
    answered: Option<Answered<Suite>>,
    /// Steps begun, those of the handshake among them.
    step: usize,
    begun: u64,
    request: Frame,
    given: usize,
    answer: Frame,
    record: [u8; RECORD_LEN],
    record_len: usize,
    failure: Option<Failure>,
}

struct Frame {
    bytes: [u8; MAX_ENCODED_FRAME],
    len: usize,
}

impl Frame {
    const fn empty() -> Self {
        Self {
            bytes: [0; MAX_ENCODED_FRAME],
            len: 0,
        }
    }
}

impl Host {
    pub(crate) const fn new(clock: SysTickClock) -> Self {
        Self {
            clock,
            order: Order::new(SESSION),
            line: Line::closed(),
            initiator: None,
            answered: None,
            step: 0,
            begun: 0,
            request: Frame::empty(),
            given: 0,
            answer: Frame::empty(),
            record: [0; RECORD_LEN],
            record_len: 0,
            failure: None,
        }
    }

    /// Whether the whole script was played and every answer was right.
    pub(crate) fn outcome(&self) -> Result<(), Failure> {
        match self.failure {
            Some(failure) => Err(failure),
            None if self.step < SCRIPT.len() + HANDSHAKE => Err(Failure {
                _step: self.step,
                _what: "the request can't be made",
            }),
            None => Ok(()),
        }
    }

    /// Ends the step that was answered and begins the next; `None` at the script's end.
    fn advance(&mut self) -> Option<()> {
        let ticks = self.clock.ticks() - self.begun;
        if let Some(last) = self.step.checked_sub(1)
            && let Err(what) = self.finish(last, ticks)
        {
            self.fail(what);
            return None;
        }
        match self.step {
            0 => self.hello()?,
            1 => self.identify()?,
            step => self.ask(SCRIPT.get(step - HANDSHAKE)?.request)?,
        }
        self.step += 1;
        (self.given, self.answer.len) = (0, 0);
        self.begun = self.clock.ticks();
        Some(())
    }

    fn fail(&mut self, what: &'static str) {
        self.failure = Some(Failure {
            _step: self.step - 1,
            _what: what,
        });
    }

    fn finish(&mut self, step: usize, ticks: u64) -> Result<(), &'static str> {
        let mut deframer = Deframer::new();
        deframer.push(&self.answer.bytes[..self.answer.len]);
        let (header, payload) = deframer.frame(&mut self.line).ok().flatten().ok_or("no frame")?;
        if self.order.accept(&header) != Verdict::InOrder {
            return Err("not in order");
        }
        let step = match (step, header.kind) {
            (0, FrameKind::Welcome) => {
                report("handshake, hello", ticks);
                let (_, message) = postcard::take_from_bytes::<Welcome>(payload).map_err(|_| "no welcome")?;
                let at = payload.len() - message.len();
                let initiator = self.initiator.take().ok_or("no handshake")?;
                let answered = initiator.read_answer(&mut payload[at..]);
                self.answered = Some(answered.map_err(|_| "a forged welcome")?.0);
                return Ok(());
            }
            (1, FrameKind::Ack) => {
                report("handshake, finish", ticks);
                return Ok(());
            }
            (step, FrameKind::Message) => SCRIPT.get(step.wrapping_sub(HANDSHAKE)).ok_or("out of step")?,
            _ => return Err("a frame of the wrong kind"),
        };
        let message = Message::parse(payload).map_err(|_| "no message")?;
        if message.kind != MessageKind::Answer(0) || !step.request.check(message.body) {
            return Err("a wrong answer");
        }
        if let Some(record) = self.record.get_mut(..message.body.len()) {
            record.copy_from_slice(message.body);
            self.record_len = message.body.len();
        }
        step.name.into_iter().for_each(|name| report(name, ticks));
        Ok(())
    }

    fn hello(&mut self) -> Option<()> {
        let mut frame = [0; MAX_FRAME];
        let hello = Hello {
            protocol: PROTOCOL_VERSION,
        };
        let len = postcard::to_slice(&hello, &mut frame[HEADER_LEN..]).ok()?.len();
        let message = &mut frame[HEADER_LEN + len..];
        let (initiator, message_len) = Initiator::start(&prologue(SESSION), key(1), &[], message).ok()?;
        self.initiator = Some(initiator);
        self.line.close(SESSION);
        self.frame(FrameKind::Hello, &mut frame, len + message_len)
    }

    fn identify(&mut self) -> Option<()> {
        let mut frame = [0; MAX_FRAME];
        let message = &mut frame[HEADER_LEN..][..FINISH_LEN];
        let (keys, len) = self.answered.take()?.finish(&key(2), &[], message).ok()?;
        self.frame(FrameKind::Finish, &mut frame, len)?;
        self.line.open(SESSION, Secure::host(&keys, &self.order));
        Some(())
    }

    fn ask(&mut self, request: Request) -> Option<()> {
        let mut frame = [0; MAX_FRAME];
        let (message, body) = frame[HEADER_LEN..].split_first_chunk_mut::<MESSAGE_HEADER_LEN>()?;
        let (code, len) = request.encode(&self.record[..self.record_len], body)?;
        let id = u16::try_from(self.step).ok()?;
        let head_len = MessageKind::Request(code).write(id, true, message);
        self.frame(FrameKind::Message, &mut frame, head_len + len)
    }

    fn frame(&mut self, kind: FrameKind, frame: &mut [u8; MAX_FRAME], payload_len: usize) -> Option<()> {
        let header = self.order.stamp(kind);
        self.request.len = encode(
            header,
            payload_len,
            &mut self.line,
            frame,
            &mut self.request.bytes,
        )
        .ok()?;
        Some(())
    }

    fn rest(&self) -> &[u8] {
        &self.request.bytes[self.given..self.request.len]
    }
}

impl ErrorType for Host {
    type Error = Infallible;
}

impl Read for Host {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        let Ok(bytes) = self.fill_buf().await;
        let len = bytes.len().min(buf.len());
        buf[..len].copy_from_slice(&bytes[..len]);
        self.consume(len);
        Ok(len)
    }
}

impl ReadReady for Host {
    /// Always: a step of the script lies ready, or the end.
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(true)
    }
}

impl BufRead for Host {
    async fn fill_buf(&mut self) -> Result<&[u8], Infallible> {
        if self.rest().is_empty() && self.advance().is_none() {
            return Ok(&[]);
        }
        Ok(self.rest())
    }

    fn consume(&mut self, amt: usize) {
        self.given += amt;
    }
}

impl Write for Host {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        let end = self.answer.len + buf.len();
        if let Some(target) = self.answer.bytes.get_mut(self.answer.len..end) {
            target.copy_from_slice(buf);
        }
        self.answer.len = end;
        Ok(buf.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
