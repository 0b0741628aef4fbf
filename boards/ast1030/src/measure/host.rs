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

/// What a host asks for, and what it makes of the answers.
pub(crate) trait Script {
    /// Whether the next request lies ready by now.
    fn is_ready(&mut self) -> bool;

    /// Writes the next request's body behind its command's encoding, and tells its code and its length; `None` at the
    /// script's end.
    fn ask(&mut self, body: &mut [u8]) -> Option<(u16, usize)>;

    /// The device begins to read the request just made.
    fn begin(&mut self);

    /// The device asks for more, with its answer written.
    fn end(&mut self);

    /// Takes the answer's body.
    fn take(&mut self, answer: &[u8]) -> Result<(), &'static str>;

    /// Takes note that a step of the handshake is over.
    fn shaken(&mut self, step: &'static str);
}

/// What went wrong, at which step (0 and 1: the handshake).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failure {
    _step: usize,
    _what: &'static str,
}

/// A host and its link in one: gives a request when the device wants input, and takes the answer when it wants more.
pub(crate) struct Host<S> {
    script: S,
    order: Order,
    line: Line<Suite>,
    initiator: Option<Initiator<Suite>>,
    answered: Option<Answered<Suite>>,
    /// Steps begun, those of the handshake among them.
    step: usize,
    request: Frame,
    given: usize,
    answer: Frame,
    is_settled: bool,
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

impl<S: Script> Host<S> {
    pub(crate) const fn new(script: S) -> Self {
        Self {
            script,
            order: Order::new(SESSION),
            line: Line::closed(),
            initiator: None,
            answered: None,
            step: 0,
            request: Frame::empty(),
            given: 0,
            answer: Frame::empty(),
            is_settled: true,
            failure: None,
        }
    }

    /// The script as it was played, if every answer was right.
    pub(crate) fn outcome(&self) -> Result<&S, Failure> {
        self.failure.map_or(Ok(&self.script), Err)
    }

    /// Ends the step that was answered and begins the next; `None` at the script's end.
    fn advance(&mut self) -> Option<()> {
        self.settle();
        if self.failure.is_some() {
            return None;
        }
        match self.step {
            0 => self.hello()?,
            1 => self.identify()?,
            _ => self.ask()?,
        }
        self.step += 1;
        (self.given, self.answer.len) = (0, 0);
        self.script.begin();
        self.is_settled = false;
        Some(())
    }

    /// Takes the answer to the last request, once.
    fn settle(&mut self) {
        if core::mem::replace(&mut self.is_settled, true) {
            return;
        }
        self.script.end();
        if let Err(what) = self.finish(self.step - 1) {
            self.fail(what);
        }
    }

    fn fail(&mut self, what: &'static str) {
        self.failure = Some(Failure {
            _step: self.step - 1,
            _what: what,
        });
    }

    fn finish(&mut self, step: usize) -> Result<(), &'static str> {
        let mut deframer = Deframer::new();
        deframer.push(&self.answer.bytes[..self.answer.len]);
        let (header, payload) = deframer.frame(&mut self.line).ok().flatten().ok_or("no frame")?;
        if self.order.accept(&header) != Verdict::InOrder {
            return Err("not in order");
        }
        match (step, header.kind) {
            (0, FrameKind::Welcome) => {
                self.script.shaken("handshake, hello");
                let (_, message) = postcard::take_from_bytes::<Welcome>(payload).map_err(|_| "no welcome")?;
                let at = payload.len() - message.len();
                let initiator = self.initiator.take().ok_or("no handshake")?;
                let answered = initiator.read_answer(&mut payload[at..]);
                self.answered = Some(answered.map_err(|_| "a forged welcome")?.0);
                Ok(())
            }
            (1, FrameKind::Ack) => {
                self.script.shaken("handshake, finish");
                Ok(())
            }
            (HANDSHAKE.., FrameKind::Message) => {
                let message = Message::parse(payload).map_err(|_| "no message")?;
                match message.kind {
                    MessageKind::Answer(0) => self.script.take(message.body),
                    _ => Err("an error for an answer"),
                }
            }
            _ => Err("a frame of the wrong kind"),
        }
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

    fn ask(&mut self) -> Option<()> {
        let mut frame = [0; MAX_FRAME];
        let (message, body) = frame[HEADER_LEN..].split_first_chunk_mut::<MESSAGE_HEADER_LEN>()?;
        let (code, len) = self.script.ask(body)?;
        let id = self.step as u16;
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

impl<S> ErrorType for Host<S> {
    type Error = Infallible;
}

impl<S: Script> Read for Host<S> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        let Ok(bytes) = self.fill_buf().await;
        let len = bytes.len().min(buf.len());
        buf[..len].copy_from_slice(&bytes[..len]);
        self.consume(len);
        Ok(len)
    }
}

impl<S: Script> ReadReady for Host<S> {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        if self.step < HANDSHAKE || !self.rest().is_empty() {
            return Ok(true);
        }
        self.settle();
        Ok(self.failure.is_some() || self.script.is_ready())
    }
}

impl<S: Script> BufRead for Host<S> {
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

impl<S> Write for Host<S> {
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
