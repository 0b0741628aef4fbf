use crate::image::report;
use crate::script::{RECORD_LEN, Request, SCRIPT, Step};
use casemate_ast1030::chip::SysTickClock;
use casemate_common::exchange::{MESSAGE_HEADER_LEN, Message, MessageKind};
use casemate_common::limits::{MAX_ENCODED_FRAME, MAX_FRAME, PROTOCOL_VERSION};
use casemate_common::link::{Deframer, FrameKind, HEADER_LEN, encode};
use casemate_common::session::{Hello, Order, Plain, Verdict};
use core::convert::Infallible;
use embedded_io_async::{BufRead, ErrorType, Read, ReadReady, Write};

/// What went wrong, at which step of the script (0: the hello).
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
    /// Steps begun, the hello among them.
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
            order: Order::new(1),
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
            None if self.step <= SCRIPT.len() => Err(Failure {
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
            && let Err(what) = self.finish(last.checked_sub(1).and_then(|index| SCRIPT.get(index)), ticks)
        {
            self.fail(what);
            return None;
        }
        match self.step {
            0 => self.hello()?,
            step => self.ask(SCRIPT.get(step - 1)?.request)?,
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

    fn finish(&mut self, step: Option<&Step>, ticks: u64) -> Result<(), &'static str> {
        let mut deframer = Deframer::new();
        deframer.push(&self.answer.bytes[..self.answer.len]);
        let (header, payload) = deframer.frame(&mut Plain).ok().flatten().ok_or("no frame")?;
        if self.order.accept(&header) != Verdict::InOrder {
            return Err("not in order");
        }
        let Some(step) = step else {
            return (header.kind == FrameKind::Welcome)
                .then_some(())
                .ok_or("no welcome");
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
        self.frame(FrameKind::Hello, &mut frame, len)
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
        self.request.len = encode(header, payload_len, &mut Plain, frame, &mut self.request.bytes).ok()?;
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
