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
#[path = "../../../firmware/tests/device/images.rs"]
#[allow(dead_code, unused_imports)]
mod images;
#[path = "../src/input.rs"]
mod input;
#[path = "../src/material.rs"]
mod material;
#[path = "../../../firmware/tests/device/signed.rs"]
#[allow(dead_code)]
mod signed;
#[path = "../../../firmware/tests/device/wire.rs"]
#[allow(dead_code)]
mod wire;

use board::Bench;
use casemate_common::command::{COMMANDS, Command, DeviceRestart, Generated, KeyGenerate, PinLimits};
use casemate_common::exchange::MessageKind;
use host::{Answer, Host, id};
use input::Input;
use libfuzzer_sys::fuzz_target;
use material::{MARKER, Material, altered, data};

/// Messages, sessions and restarts of one run: each start of a device takes as long as a hundred messages.
const STEPS: usize = 48;

thread_local! {
    /// A blank device, and one that holds a sealed plaintext and keys: made once, and copied for each run.
    static STARTS: [(Bench, Material); 2] = [(Bench::blank(3), Material::default()), initialised()];
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let start = usize::from(!input.byte().is_multiple_of(8));
    let (bench, material) = STARTS.with(|starts| (starts[start].0.copy(), starts[start].1.clone()));
    let mut world = World {
        host: Host::start(bench.untested()),
        material,
        session: 100,
    };
    world.begin(0);
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        world.step(&bench, &mut input);
    }
    bench.store.with(|nor| assert_eq!(nor.violation(), None));
    bench.audit.with(|nor| assert_eq!(nor.violation(), None));
    bench.counters.with(|nor| assert_eq!(nor.violation(), None));
});

fn initialised() -> (Bench, Material) {
    let bench = Bench::blank(3);
    let material = Material::gather(&mut Host::connect(bench.untested()));
    (bench, material)
}

struct World {
    host: Host,
    material: Material,
    session: u32,
}

impl World {
    fn step(&mut self, bench: &Bench, input: &mut Input<'_>) {
        match input.byte() % 32 {
            0 => self.say_garbage(input),
            1 | 2 => self.begin(input.byte() % 4),
            3 => self.restart(bench),
            4 | 5 => drop(self.send(MessageKind::RequestPart, &data(input), input)),
            6 => drop(self.send(MessageKind::Cancel, &[], input)),
            7 => bench.pass(PinLimits::LOCKOUT_MS / u64::from(1 + input.byte() % 4)),
            8 => self.open_altered(input),
            _ => self.ask(bench, input),
        }
    }

    fn restart(&mut self, bench: &Bench) {
        self.host = Host::start(bench.untested());
        self.begin(0);
    }

    /// Another session, by the host that initialised the device or one that it may know.
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

    /// Any command, with a body of its own, altered or not, or any other.
    fn ask(&mut self, bench: &Bench, input: &mut Input<'_>) {
        let code = COMMANDS[usize::from(input.byte()) % COMMANDS.len()].code;
        let body = match input.byte() % 8 {
            0 => data(input),
            1 | 2 => {
                let body = self.material.request(code, input);
                altered(&body, input)
            }
            _ => self.material.request(code, input),
        };
        let answers = self.send(MessageKind::Request(code), &body, input);
        let done = answers.first().is_some_and(|answer| answer.kind == MessageKind::Answer(0));
        if done && code == DeviceRestart::SPEC.code {
            self.restart(bench);
        }
    }

    fn send(&mut self, kind: MessageKind, body: &[u8], input: &mut Input<'_>) -> Vec<Answer> {
        let (id, last) = (u16::from(input.byte() % 4), !input.byte().is_multiple_of(4));
        let answers = self.host.send(kind, id, last, body);
        if kind == MessageKind::Request(KeyGenerate::SPEC.code)
            && let [Answer { body, .. }] = &answers[..]
            && let Ok(Generated::Job(job)) = postcard::from_bytes(body)
        {
            self.material.job = Some(job);
        }
        self.judge(&answers);
        answers
    }

    /// The record with some bits flipped, or shorter, or in another place.
    fn open_altered(&mut self, input: &mut Input<'_>) {
        let record = altered(&self.material.record, input);
        let (keyring, context): (_, &[u8]) = match input.byte() % 4 {
            0 => (id(2), b"here"),
            1 => (id(1), b"elsewhere"),
            _ => (id(1), b"here"),
        };
        let as_it_was = keyring == id(1) && context == b"here" && record == self.material.record;
        if !record.is_empty() && !as_it_was {
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
