//! A host that asks one thing at a time.

use casemate_common::command::{
    Command, DeviceInit, DeviceState, Info, InfoAnswer, KeyringCreate, KeyringDestroy, KeyringList, Open,
    PinLimits, Seal,
};
use casemate_common::error::ErrorCode;
use casemate_common::exchange::{MESSAGE_HEADER_LEN, Message, MessageKind};
use casemate_common::keyring::KeyringId;
use casemate_common::limits::{MAX_ENCODED_FRAME, MAX_FRAME, PROTOCOL_VERSION};
use casemate_common::link::{Deframer, FrameKind, HEADER_LEN, encode};
use casemate_common::session::noise::{FINISH_LEN, HELLO_LEN, Initiator, KeyPair, Secret, Secure, prologue};
use casemate_common::session::{Hello, Line, Order, Verdict, Welcome};
use casemate_firmware::channel::NoiseSuite;
use casemate_firmware::crypto::Software;
use std::io::{self, Read, Write};

type Suite = NoiseSuite<Software>;

const SESSION: u32 = 0x0102_0304;

pub(crate) struct Client<L> {
    link: L,
    line: Line<Suite>,
    order: Order,
    deframer: Deframer,
    /// Received and not looked at yet.
    waiting: Vec<u8>,
}

pub(crate) fn id(byte: u8) -> KeyringId {
    KeyringId::new([byte; 16])
}

impl<L: Read + Write> Client<L> {
    /// Begins a session.
    pub(crate) fn connect(link: L) -> io::Result<Self> {
        let mut client = Self {
            link,
            line: Line::closed(),
            order: Order::new(SESSION),
            deframer: Deframer::new(),
            waiting: Vec::new(),
        };
        client.shake_hands()?;
        if client.state()? == DeviceState::Uninitialised {
            client.initialise()?;
        }
        Ok(client)
    }

    /// Always with the same keys, which is no harm in a test.
    fn shake_hands(&mut self) -> io::Result<()> {
        let key = |byte| KeyPair::new::<Suite>(Secret::new([byte; Secret::LEN]));
        let protocol = PROTOCOL_VERSION;
        let mut hello = postcard::to_stdvec(&Hello { protocol }).unwrap();
        let mut message = [0; HELLO_LEN];
        let (initiator, _) =
            Initiator::<Suite>::start(&prologue(SESSION), key(1), &[], &mut message).unwrap();
        hello.extend(message);
        self.line.close(SESSION);
        self.send(FrameKind::Hello, &hello)?;
        let (kind, mut welcome) = self.receive()?;
        assert_eq!(kind, FrameKind::Welcome);
        let (_, rest) = postcard::take_from_bytes::<Welcome>(&welcome).unwrap();
        let at = welcome.len() - rest.len();
        let (answered, _) = initiator.read_answer(&mut welcome[at..]).unwrap();
        let mut finish = [0; FINISH_LEN];
        let (keys, _) = answered.finish(&key(2), &[], &mut finish).unwrap();
        self.send(FrameKind::Finish, &finish)?;
        self.line.open(SESSION, Secure::host(&keys, &self.order));
        let (kind, _) = self.receive()?;
        assert_eq!(kind, FrameKind::Ack);
        Ok(())
    }

    fn state(&mut self) -> io::Result<DeviceState> {
        let answer = self.info()?;
        Ok(postcard::from_bytes::<InfoAnswer<'_>>(&answer).unwrap().state)
    }

    fn initialise(&mut self) -> io::Result<()> {
        let limits = PinLimits {
            tries: 3,
            lockouts: 2,
        };
        let command = DeviceInit {
            pin: b"correct horse",
            limits,
            name: "test",
        };
        self.call(&command, &[]).map(|answer| drop(answer.unwrap()))
    }

    pub(crate) fn info(&mut self) -> io::Result<Vec<u8>> {
        self.call(&Info {}, &[]).map(Result::unwrap)
    }

    pub(crate) fn create(&mut self, id: KeyringId) -> io::Result<()> {
        self.call(&KeyringCreate { id }, &[])
            .map(|answer| drop(answer.unwrap()))
    }

    pub(crate) fn destroy(&mut self, id: KeyringId) -> io::Result<()> {
        self.call(&KeyringDestroy { id }, &[])
            .map(|answer| drop(answer.unwrap()))
    }

    pub(crate) fn has(&mut self, id: KeyringId) -> io::Result<bool> {
        let page = self.call(&KeyringList { after: None }, &[])?.unwrap();
        Ok(page[1..].chunks(KeyringId::LEN).any(|name| name == id.as_bytes()))
    }

    pub(crate) fn seal(&mut self, keyring: KeyringId, plaintext: &[u8]) -> io::Result<Vec<u8>> {
        let context = b"place";
        self.call(&Seal { keyring, context }, plaintext)
            .map(Result::unwrap)
    }

    pub(crate) fn open(
        &mut self,
        keyring: KeyringId,
        record: &[u8],
    ) -> io::Result<Result<Vec<u8>, ErrorCode>> {
        let context = b"place";
        self.call(&Open { keyring, context }, record)
    }

    /// One command in one message, its answer in one as well. An error of the link is one of power, too.
    fn call<C: Command>(&mut self, command: &C, data: &[u8]) -> io::Result<Result<Vec<u8>, ErrorCode>> {
        let mut head = [0; MESSAGE_HEADER_LEN];
        let len = MessageKind::Request(C::SPEC.code).write(1, true, &mut head);
        let body = postcard::to_stdvec(command).unwrap();
        self.send(FrameKind::Message, &[&head[..len], &body, data].concat())?;
        loop {
            let (kind, mut payload) = self.receive()?;
            if kind == FrameKind::Message {
                let message = Message::parse(&mut payload).unwrap();
                return Ok(match message.kind {
                    MessageKind::Answer(0) => Ok(message.body.to_vec()),
                    MessageKind::Answer(code) => Err(ErrorCode::from_code(code).unwrap()),
                    other => panic!("unexpected {other:?}"),
                });
            }
        }
    }

    fn send(&mut self, kind: FrameKind, payload: &[u8]) -> io::Result<()> {
        let mut frame = [0; MAX_FRAME];
        frame[HEADER_LEN..][..payload.len()].copy_from_slice(payload);
        let mut wire = [0; MAX_ENCODED_FRAME];
        let len = encode(
            self.order.stamp(kind),
            payload.len(),
            &mut self.line,
            &mut frame,
            &mut wire,
        )
        .unwrap();
        self.link.write_all(&wire[..len])
    }

    fn receive(&mut self) -> io::Result<(FrameKind, Vec<u8>)> {
        loop {
            while !self.waiting.is_empty() {
                let (taken, complete) = self.deframer.push(&self.waiting);
                self.waiting.drain(..taken);
                if complete && let Some((header, payload)) = self.deframer.frame(&mut self.line).unwrap() {
                    assert_eq!(self.order.accept(&header), Verdict::InOrder);
                    return Ok((header.kind, payload.to_vec()));
                }
            }
            let mut piece = [0; 4096];
            match self.link.read(&mut piece)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                len => self.waiting.extend(&piece[..len]),
            }
        }
    }
}
