//! A host that a test leads by the hand: one step, then look at every frame the device answers.

use crate::wire::{Frame, frames};
use casemate_common::command::{
    COMMANDS, Command, DeviceInit, DeviceState, Info, InfoAnswer, KeyringCreate, Open, PinLimits, Seal,
};
use casemate_common::error::ErrorCode;
use casemate_common::exchange::{MESSAGE_HEADER_LEN, Message, MessageKind};
use casemate_common::fault::Fault;
use casemate_common::keyring::KeyringId;
use casemate_common::limits::PROTOCOL_VERSION;
use casemate_common::link::{FrameKind, Header};
use casemate_common::record::{CHUNK_LEN, HEADER_LEN, SEALED_CHUNK_LEN};
use casemate_common::session::noise::{FINISH_LEN, HELLO_LEN, Initiator, KeyPair, Secret, Secure, prologue};
use casemate_common::session::{Hello, Line, Order, Welcome};
use casemate_firmware::channel::NoiseSuite;
use casemate_firmware::crypto::Software;
use casemate_firmware::device::{Device, Trial};
use casemate_firmware::platform::Platform;
use embedded_io_async::{BufRead, ErrorType, Read, ReadReady, Write};
use std::cell::RefCell;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

#[derive(Default)]
struct Lines {
    to_device: Vec<u8>,
    from_device: Vec<u8>,
    /// Bytes of those that the device has been handed and has not taken.
    unread: usize,
}

/// The device's end: waits when the test has said nothing more.
#[derive(Default)]
struct Link {
    lines: Rc<RefCell<Lines>>,
    taken: Vec<u8>,
    read: usize,
}

impl ErrorType for Link {
    type Error = Infallible;
}

impl Read for Link {
    async fn read(&mut self, target: &mut [u8]) -> Result<usize, Infallible> {
        let waiting = self.fill_buf().await?;
        let len = waiting.len().min(target.len());
        target[..len].copy_from_slice(&waiting[..len]);
        self.consume(len);
        Ok(len)
    }
}

impl BufRead for Link {
    async fn fill_buf(&mut self) -> Result<&[u8], Infallible> {
        while self.read == self.taken.len() {
            self.taken = std::mem::take(&mut self.lines.borrow_mut().to_device);
            self.read = 0;
            if self.taken.is_empty() {
                wait_once().await;
            }
        }
        self.lines.borrow_mut().unread = self.taken.len() - self.read;
        Ok(&self.taken[self.read..])
    }

    fn consume(&mut self, len: usize) {
        self.read += len;
        self.lines.borrow_mut().unread -= len;
    }
}

impl ReadReady for Link {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.read < self.taken.len() || !self.lines.borrow().to_device.is_empty())
    }
}

impl Write for Link {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        // Less than asked for, as a ring that fills up takes.
        let len = bytes.len().min(1000);
        self.lines.borrow_mut().from_device.extend(&bytes[..len]);
        Ok(len)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

async fn wait_once() {
    let mut waited = false;
    std::future::poll_fn(|_| match std::mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

/// One message of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) kind: MessageKind,
    pub(crate) id: u16,
    pub(crate) last: bool,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn error(id: u16, code: ErrorCode) -> Self {
        Self {
            kind: MessageKind::Answer(code.code()),
            id,
            last: true,
            body: Vec::new(),
        }
    }
}

pub(crate) struct Host {
    lines: Rc<RefCell<Lines>>,
    device: Pin<Box<dyn Future<Output = ()>>>,
    pub(crate) order: Order,
    pub(crate) line: Line<Suite>,
    key: KeyPair,
    next_id: u16,
    pub(crate) trial: &'static Trial,
}

pub(crate) type Suite = NoiseSuite<Software>;

/// The officer PIN of devices that [`Host::connect`] has initialised.
pub(crate) const PIN: &[u8] = b"correct horse";

/// The host that initialises.
pub(crate) const FIRST: u8 = 0x42;

pub(crate) fn key(host: u8) -> KeyPair {
    KeyPair::new::<Suite>(Secret::new([host; 32]))
}

impl Host {
    /// Starts a device on this board; no session yet.
    pub(crate) fn start(board: impl Platform + 'static) -> Self {
        let link = Link::default();
        let lines = Rc::clone(&link.lines);
        let mut device = Device::start(board);
        Self {
            trial: device.trial(),
            lines,
            device: Box::pin(async move {
                let mut link = link;
                let Ok(()) = device.serve(&mut link).await;
                assert!(device.must_restart());
                // A board that starts anew hears nothing.
                loop {
                    let Ok(heard) = link.fill_buf().await.map(<[u8]>::len);
                    link.consume(heard);
                }
            }),
            order: Order::new(0),
            line: Line::closed(),
            key: key(FIRST),
            // Tests number their own streams from 0.
            next_id: 0x8000,
        }
    }

    /// Starts a device, initialises it if need be, and begins a session with it. One that can't serve is as it is.
    pub(crate) fn connect(board: impl Platform + 'static) -> Self {
        let mut host = Self::start(board);
        if host.hello(6).fault == 0 {
            match host.init() {
                Ok(()) | Err(ErrorCode::WrongState | ErrorCode::PinLocked) => {}
                Err(error) => panic!("can't be initialised: {error:?}"),
            }
        }
        host.hello(7);
        host
    }

    /// Becomes the officer of a device that has none.
    pub(crate) fn init(&mut self) -> Result<(), ErrorCode> {
        let command = DeviceInit {
            pin: PIN,
            limits: PinLimits {
                tries: 3,
                lockouts: 2,
            },
            name: "first",
        };
        self.call(&command).map(drop)
    }

    /// Speaks as another host from the next hello on.
    pub(crate) fn be(&mut self, host: u8) {
        self.key = key(host);
    }

    /// Sends bytes as they are and gives the device's, whatever they are.
    pub(crate) fn pour(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.lines.borrow_mut().to_device.extend(bytes);
        self.turns();
        // It has stood still for the others; now it goes on with what it does beside.
        self.turn();
        std::mem::take(&mut self.lines.borrow_mut().from_device)
    }

    /// Lets the device read all that was sent; gives the turns that it takes, between which others have theirs.
    fn turns(&mut self) -> usize {
        self.turn();
        1 + std::iter::from_fn(|| self.has_more().then(|| self.turn())).count()
    }

    /// Sends bytes; gives the turns that the device takes to read them.
    pub(crate) fn turns_for(&mut self, bytes: &[u8]) -> usize {
        self.lines.borrow_mut().to_device.extend(bytes);
        self.turns()
    }

    fn has_more(&self) -> bool {
        let lines = self.lines.borrow();
        lines.unread > 0 || !lines.to_device.is_empty()
    }

    fn turn(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        assert!(self.device.as_mut().poll(&mut context).is_pending());
    }

    /// Sends bytes as they are and gives the device's frames.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Vec<Frame> {
        let answered = self.pour(bytes);
        frames(&answered, &mut self.line)
    }

    /// Begins a session.
    pub(crate) fn hello(&mut self, session: u32) -> Welcome {
        let (initiator, hello) = initiator(session);
        self.order = Order::new(session);
        self.line.close(session);
        let hello = self.frame(FrameKind::Hello, &hello);
        let mut frames = self.raw(&hello);
        assert_eq!(frames.len(), 1, "{frames:?}");
        assert_eq!(frames[0].header, header(FrameKind::Welcome, session, 0, 1));
        self.order.accept(&frames[0].header);
        let payload = &mut frames[0].payload;
        let (welcome, rest) = postcard::take_from_bytes::<Welcome>(payload).unwrap();
        let message = payload.len() - rest.len();
        if welcome.fault == 0 {
            self.finish(session, initiator, &mut payload[message..], &welcome);
        } else {
            assert!(
                Fault::from_code(welcome.fault).is_some(),
                "{:#06x}",
                welcome.fault
            );
            self.line.open_plain(session);
        }
        welcome
    }

    fn finish(&mut self, session: u32, initiator: Initiator<Suite>, message: &mut [u8], welcome: &Welcome) {
        let (answered, repeated) = initiator.read_answer(message).unwrap();
        assert_eq!(postcard::from_bytes::<Welcome>(repeated).unwrap(), *welcome);
        let mut finish = [0; FINISH_LEN];
        let (keys, len) = answered.finish(&self.key, &[], &mut finish).unwrap();
        assert_eq!(len, FINISH_LEN);
        let finish = self.frame(FrameKind::Finish, &finish);
        self.line.open(session, Secure::host(&keys, &self.order));
        let frames = self.raw(&finish);
        assert_eq!(frames.len(), 1, "{frames:?}");
        assert_eq!(frames[0].header, header(FrameKind::Ack, session, 1, 2));
        self.order.accept(&frames[0].header);
    }

    /// The wire bytes of the next frame.
    pub(crate) fn frame(&mut self, kind: FrameKind, payload: &[u8]) -> Vec<u8> {
        let header = self.order.stamp(kind);
        let payload = payload.to_vec();
        Frame { header, payload }.sealed(&mut self.line)
    }

    /// The wire bytes of the next message.
    pub(crate) fn message(&mut self, kind: MessageKind, id: u16, last: bool, body: &[u8]) -> Vec<u8> {
        let mut head = [0; MESSAGE_HEADER_LEN];
        let len = kind.write(id, last, &mut head);
        self.frame(FrameKind::Message, &[&head[..len], body].concat())
    }

    /// Sends a message and gives the messages that came back.
    pub(crate) fn send(&mut self, kind: MessageKind, id: u16, last: bool, body: &[u8]) -> Vec<Answer> {
        let wire = self.message(kind, id, last, body);
        let frames = self.raw(&wire);
        frames
            .into_iter()
            .filter_map(|frame| self.answer(frame))
            .collect()
    }

    /// Takes a frame in its order; acknowledgements carry no message.
    pub(crate) fn answer(&mut self, mut frame: Frame) -> Option<Answer> {
        assert_eq!(
            self.order.accept(&frame.header),
            casemate_common::session::Verdict::InOrder
        );
        if frame.header.kind == FrameKind::Ack {
            return None;
        }
        assert_eq!(frame.header.kind, FrameKind::Message);
        let message = Message::parse(&mut frame.payload).unwrap();
        Some(Answer {
            kind: message.kind,
            id: message.id,
            last: message.last,
            body: message.body.to_vec(),
        })
    }

    /// One command in one message; its answer's body.
    pub(crate) fn call<C: Command>(&mut self, command: &C) -> Result<Vec<u8>, ErrorCode> {
        let body = postcard::to_stdvec(command).unwrap();
        self.stream(C::SPEC.code, &[&body])
    }

    /// One command with data behind it, in one message.
    pub(crate) fn call_with<C: Command>(&mut self, command: &C, data: &[u8]) -> Result<Vec<u8>, ErrorCode> {
        self.call_in_pieces(command, &[data])
    }

    /// One command with data behind it, each piece in a message of its own.
    pub(crate) fn call_in_pieces<C: Command>(
        &mut self,
        command: &C,
        pieces: &[&[u8]],
    ) -> Result<Vec<u8>, ErrorCode> {
        let mut messages: Vec<Vec<u8>> = pieces.iter().map(|piece| piece.to_vec()).collect();
        messages[0].splice(..0, postcard::to_stdvec(command).unwrap());
        self.stream(C::SPEC.code, &messages)
    }

    pub(crate) fn create(&mut self, id: KeyringId) {
        self.call(&KeyringCreate { id }).unwrap();
    }

    pub(crate) fn seal(
        &mut self,
        keyring: KeyringId,
        context: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, ErrorCode> {
        let body = seal_body(keyring, context);
        self.stream(Seal::SPEC.code, &pieces(&body, plain, CHUNK_LEN, 0))
    }

    pub(crate) fn open(
        &mut self,
        keyring: KeyringId,
        context: &[u8],
        record: &[u8],
    ) -> Result<Vec<u8>, ErrorCode> {
        let body = open_body(keyring, context);
        self.stream(
            Open::SPEC.code,
            &pieces(&body, record, SEALED_CHUNK_LEN, HEADER_LEN),
        )
    }

    fn stream(&mut self, code: u16, messages: &[impl AsRef<[u8]>]) -> Result<Vec<u8>, ErrorCode> {
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        let mut body = Vec::new();
        for (index, message) in messages.iter().enumerate() {
            let last = index + 1 == messages.len();
            let (asked, expected) = match index {
                0 => (MessageKind::Request(code), MessageKind::Answer(0)),
                _ => (MessageKind::RequestPart, MessageKind::AnswerPart),
            };
            let answers = self.send(asked, id, last, message.as_ref());
            let [answer] = &answers[..] else {
                panic!("one answer to each message, not {answers:?}");
            };
            assert_eq!(answer.id, id);
            match answer.kind {
                MessageKind::Answer(error) if error != 0 => return Err(ErrorCode::from_code(error).unwrap()),
                kind => assert_eq!((kind, answer.last), (expected, last)),
            }
            body.extend(&answer.body);
        }
        Ok(body)
    }
}

pub(crate) fn header(kind: FrameKind, session: u32, sequence: u16, ack: u16) -> Header {
    Header {
        kind,
        session,
        sequence,
        ack,
    }
}

pub(crate) fn hello_payload() -> Vec<u8> {
    initiator(7).1
}

/// The beginning of a handshake, and the hello's payload.
fn initiator(session: u32) -> (Initiator<Suite>, Vec<u8>) {
    let hello = Hello {
        protocol: PROTOCOL_VERSION,
    };
    let mut payload = postcard::to_stdvec(&hello).unwrap();
    let mut message = [0; HELLO_LEN];
    let (initiator, len) =
        Initiator::start(&prologue(session), key(session as u8), &[], &mut message).unwrap();
    assert_eq!(len, HELLO_LEN);
    payload.extend(message);
    (initiator, payload)
}

pub(crate) fn id(byte: u8) -> KeyringId {
    KeyringId::new([byte; 16])
}

pub(crate) fn seal_body(keyring: KeyringId, context: &[u8]) -> Vec<u8> {
    postcard::to_stdvec(&Seal { keyring, context }).unwrap()
}

pub(crate) fn open_body(keyring: KeyringId, context: &[u8]) -> Vec<u8> {
    postcard::to_stdvec(&Open { keyring, context }).unwrap()
}

/// Looks whether the device answers `Info` alone and refuses the rest with `why`: walks the whole table of commands.
pub(crate) fn assert_serves_only_info(host: &mut Host, why: ErrorCode) {
    for spec in COMMANDS {
        let answers = host.send(MessageKind::Request(spec.code), 5, true, &[]);
        let expected = if spec.states.contains(DeviceState::Error) {
            0
        } else {
            why.code()
        };
        assert_eq!(answers[0].kind, MessageKind::Answer(expected), "{}", spec.name);
    }
    let body = host.call(&Info {}).unwrap();
    let info: InfoAnswer<'_> = postcard::from_bytes(&body).unwrap();
    assert_eq!(info.state, DeviceState::Error);
}

/// The bodies of a request's messages: `len` bytes of data in each, and `head` more in the first.
pub(crate) fn pieces(command: &[u8], data: &[u8], len: usize, head: usize) -> Vec<Vec<u8>> {
    let (first, rest) = data.split_at(data.len().min(len + head));
    let mut pieces = vec![[command, first].concat()];
    pieces.extend(rest.chunks(len).map(<[u8]>::to_vec));
    pieces
}
