//! A whole device in memory, given whatever a host can say: every command in every role and state, with bodies that are
//! right, nearly right and anything; streams, cancels, garbage on the line, new sessions, restarts.
//!
//! It must answer or be silent as the protocol says, never panic, and never give away the plaintext that one host has
//! sealed to anybody who does not hold the record.
#![no_main]

#[path = "../../../firmware/tests/device/board.rs"]
#[allow(dead_code)]
mod board;
#[path = "../../../firmware/tests/device/host.rs"]
#[allow(dead_code)]
mod host;
#[path = "../src/input.rs"]
mod input;
#[path = "../../../firmware/tests/device/wire.rs"]
#[allow(dead_code)]
mod wire;

use board::Bench;
use casemate_common::command::COMMANDS;
use casemate_common::exchange::MessageKind;
use casemate_firmware::crypto::Software;
use host::{Answer, Host, id};
use input::Input;
use libfuzzer_sys::fuzz_target;

const MARKER: &[u8; 32] = b"plaintext that nobody asked for.";

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let bench = Bench::blank(3);
    let mut world = World::new(&bench, input.byte());
    for _ in 0..64 {
        if input.is_empty() {
            break;
        }
        world.step(&bench, &mut input);
    }
    bench.store.with(|nor| assert_eq!(nor.violation(), None));
    bench.audit.with(|nor| assert_eq!(nor.violation(), None));
    bench.counters.with(|nor| assert_eq!(nor.violation(), None));
});

struct World {
    host: Host,
    record: Vec<u8>,
    session: u32,
}

impl World {
    /// A device that is initialised or not, and holds a sealed plaintext if it is.
    fn new(bench: &Bench, kind: u8) -> Self {
        let mut world = Self {
            host: Host::start(bench.board::<Software>()),
            record: Vec::new(),
            session: 100,
        };
        if kind.is_multiple_of(8) {
            world.host.hello(99);
            return world;
        }
        world.host = Host::connect(bench.board::<Software>());
        world.host.create(id(1));
        world.record = world.host.seal(id(1), b"here", MARKER).expect("it seals");
        world
    }

    fn step(&mut self, bench: &Bench, input: &mut Input<'_>) {
        match input.byte() % 16 {
            0 => self.say_garbage(input),
            1 => self.begin(input.byte() % 4),
            2 => {
                self.host = Host::start(bench.board::<Software>());
                self.begin(0);
            }
            3 => self.send(MessageKind::RequestPart, input),
            4 => self.send(MessageKind::Cancel, input),
            5 => self.open_altered(input),
            _ => {
                let spec = &COMMANDS[usize::from(input.byte()) % COMMANDS.len()];
                self.send(MessageKind::Request(spec.code), input);
            }
        }
    }

    /// Another session, by the host that initialised the device or one that it does not know.
    fn begin(&mut self, who: u8) {
        self.session += 1;
        self.host.be(if who == 0 { host::FIRST } else { who });
        self.host.hello(self.session);
    }

    fn say_garbage(&mut self, input: &mut Input<'_>) {
        let len = usize::from(input.byte());
        self.host.pour(input.take(len));
        self.host.pour(&[0]);
        self.begin(input.byte() % 4);
    }

    fn send(&mut self, kind: MessageKind, input: &mut Input<'_>) {
        let (id, last) = (u16::from(input.byte() % 4), !input.byte().is_multiple_of(4));
        let body = self.body(input);
        let answers = self.host.send(kind, id, last, &body);
        self.judge(&answers);
    }

    /// Pieces that commands are made of, and anything.
    fn body(&self, input: &mut Input<'_>) -> Vec<u8> {
        let mut body = Vec::new();
        for _ in 0..input.byte() % 6 {
            match input.byte() % 6 {
                0 => body.extend([1 + input.byte() % 3; 16]),
                1 => body.extend(vec![input.byte(); usize::from(input.word()) % 4400]),
                2 => {
                    let piece = input.byte();
                    body.extend(piece.to_le_bytes());
                }
                3 => body.extend(host::PIN),
                _ => {
                    let len = usize::from(input.byte());
                    body.extend(input.take(len));
                }
            }
        }
        body
    }

    /// The record with one bit flipped, or shorter, or in another place.
    fn open_altered(&mut self, input: &mut Input<'_>) {
        let mut record = self.record.clone();
        let at = usize::from(input.word()) % record.len().max(1);
        let (keyring, context): (_, &[u8]) = match input.byte() % 4 {
            0 => (id(2), b"here"),
            1 => (id(1), b"elsewhere"),
            2 => {
                record.truncate(at);
                (id(1), b"here")
            }
            _ => {
                if let Some(byte) = record.get_mut(at) {
                    *byte ^= 1 << (input.byte() % 8);
                }
                (id(1), b"here")
            }
        };
        if !record.is_empty() {
            let opened = self.host.open(keyring, context, &record);
            assert!(opened.is_err(), "an altered record opens");
        }
    }

    fn judge(&self, answers: &[Answer]) {
        assert!(answers.len() <= 1, "one answer to each message: {answers:?}");
        for answer in answers {
            let leaks = answer.body.windows(MARKER.len()).any(|window| window == MARKER);
            assert!(!leaks, "{answer:?}");
        }
    }
}
