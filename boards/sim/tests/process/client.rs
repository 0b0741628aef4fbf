//! A host that asks one thing at a time.

use casemate_common::command::{Command, Info, KeyringCreate, KeyringDestroy, KeyringList, Open, Seal};
use casemate_common::error::ErrorCode;
use casemate_common::exchange::{MESSAGE_HEADER_LEN, Message, MessageKind};
use casemate_common::keyring::KeyringId;
use casemate_common::limits::{MAX_ENCODED_FRAME, MAX_FRAME};
use casemate_common::link::{Deframer, FrameKind, HEADER_LEN, encode};
use casemate_common::session::{Hello, Order, Plain, Verdict};
use std::io::{self, Read, Write};

pub(crate) struct Client<L> {
    link: L,
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
            order: Order::new(0x0102_0304),
            deframer: Deframer::new(),
            waiting: Vec::new(),
        };
        let hello = postcard::to_stdvec(&Hello { protocol: 1 }).unwrap();
        client.send(FrameKind::Hello, &hello)?;
        let (kind, _) = client.receive()?;
        assert_eq!(kind, FrameKind::Welcome);
        Ok(client)
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
            &mut Plain,
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
                if complete && let Some((header, payload)) = self.deframer.frame(&mut Plain).unwrap() {
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
