//! The session layer: who talks to whom, and what happens when bytes get lost.

use crate::board::{Bench, WINDOW};
use crate::host::{Host, header, hello_payload, id, seal_body};
use crate::wire::Frame;
use casemate_common::command::{Command, Info, Seal};
use casemate_common::error::ErrorCode;
use casemate_common::exchange::MessageKind;
use casemate_common::limits::{MAX_ENCODED_FRAME, PROTOCOL_VERSION};
use casemate_common::link::FrameKind::{self, Ack, Message, NoSession, Probe, Reset, Welcome};
use casemate_common::link::Header;
use casemate_common::record::CHUNK_LEN;
use casemate_firmware::device::MAX_STREAMS;

const INFO: MessageKind = MessageKind::Request(Info::SPEC.code);
const SEAL: MessageKind = MessageKind::Request(Seal::SPEC.code);

fn start() -> Host {
    Host::start(Bench::blank(4).untested())
}

fn connect() -> Host {
    Host::connect(Bench::blank(4).untested())
}

fn headers(frames: &[Frame]) -> Vec<Header> {
    frames.iter().map(|frame| frame.header).collect()
}

fn wire(kind: FrameKind, session: u32, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let header = header(kind, session, sequence, 0);
    let payload = payload.to_vec();
    Frame { header, payload }.to_wire()
}

#[test]
fn welcome_tells_what_the_device_can_take() {
    let welcome = start().hello(99);
    assert_eq!(welcome.protocol, PROTOCOL_VERSION);
    assert_eq!((welcome.window, welcome.streams), (WINDOW, MAX_STREAMS as u8));
}

/// What the board does beside, as feeding its watchdog, has a turn between any two frames.
#[test]
fn a_host_that_always_has_more_lets_the_boards_other_tasks_run() {
    let mut host = connect();
    let frames: Vec<u8> = (0..10).flat_map(|id| host.message(INFO, id, true, &[])).collect();
    assert!(host.turns_for(&frames) >= 10);
}

#[test]
fn a_hello_is_answered_once() {
    let mut host = start();
    host.hello(7);
    let repeated = wire(FrameKind::Hello, 7, 0, &hello_payload());
    assert_eq!(host.raw(&repeated), []);
    assert!(host.call(&Info {}).is_ok());
}

#[test]
fn a_new_hello_ends_the_session_before() {
    let mut host = connect();
    host.create(id(1));
    let first = [&seal_body(id(1), b"")[..], &[0; CHUNK_LEN]].concat();
    assert_eq!(host.send(SEAL, 1, false, &first).len(), 1);
    let stale = host.message(MessageKind::RequestPart, 1, true, b"x");
    host.hello(8);
    assert_eq!(headers(&host.raw(&stale)), [header(NoSession, 7, 0, 0)]);
    assert_eq!(host.send(MessageKind::RequestPart, 1, true, b"x"), []);
    assert!(host.call(&Info {}).is_ok());
}

#[test]
fn hellos_that_are_none_are_ignored() {
    let mut host = start();
    assert_eq!(host.raw(&wire(FrameKind::Hello, 7, 0, &[])), []);
    assert_eq!(host.raw(&wire(FrameKind::Hello, 7, 1, &hello_payload())), []);
    host.hello(7);
}

#[test]
fn a_garbled_frame_is_reset_once_and_tells_what_was_taken() {
    let mut host = connect();
    assert!(host.call(&Info {}).is_ok());
    let mut garbled = host.message(INFO, 9, true, &[]);
    garbled[5] ^= 0x10;
    let after = host.message(INFO, 10, true, &[]);
    let frames = host.raw(&[garbled, after.clone()].concat());
    assert_eq!(
        headers(&frames),
        [header(Reset, 7, 3, 3)],
        "two frames had been taken"
    );
    assert_eq!(host.raw(&after), []);
    assert_eq!(host.raw(b"\x01\x02\x03\0"), []);
    host.hello(8);
    assert!(host.call(&Info {}).is_ok());
}

#[test]
fn a_gap_is_reset_once() {
    let mut host = connect();
    let _lost = host.message(INFO, 1, true, &[]);
    let after = host.message(INFO, 2, true, &[]);
    assert_eq!(headers(&host.raw(&after)), [header(Reset, 7, 2, 2)]);
    assert_eq!(host.raw(&after), []);
}

#[test]
fn an_overlong_frame_is_reset_once() {
    let mut host = connect();
    let mut endless = vec![0xaa; 3 * MAX_ENCODED_FRAME];
    assert_eq!(host.raw(&endless), []);
    endless.push(0);
    assert_eq!(headers(&host.raw(&endless)), [header(Reset, 7, 2, 2)]);
    host.hello(8);
    assert!(host.call(&Info {}).is_ok());
}

#[test]
fn what_is_no_message_for_a_device_ends_the_session() {
    for payload in [&b""[..], b"\x81", b"\x0f\0\0\0\0", b"\x83\0\0\0\0", b"\x84\0\0"] {
        let mut host = connect();
        let frame = host.frame(Message, payload);
        assert_eq!(
            headers(&host.raw(&frame)),
            [header(Reset, 7, 2, 3)],
            "{payload:?}"
        );
    }
}

#[test]
fn a_repeated_frame_is_ignored() {
    let mut host = connect();
    let request = host.message(INFO, 1, true, &[]);
    assert_eq!(host.raw(&request).len(), 1);
    assert_eq!(host.raw(&request), []);
    assert_eq!(host.raw(&request), []);
}

#[test]
fn frames_of_an_unknown_session_are_refused_once_and_probes_always() {
    let mut host = start();
    let refused = [header(NoSession, 5, 0, 0)];
    assert_eq!(headers(&host.raw(&wire(Message, 5, 3, b"x"))), refused);
    assert_eq!(host.raw(&wire(Message, 5, 4, b"x")), []);
    assert_eq!(headers(&host.raw(&wire(Probe, 5, 5, &[]))), refused);
    assert_eq!(
        headers(&host.raw(&wire(Message, 6, 0, b"x"))),
        [header(NoSession, 6, 0, 0)]
    );
}

#[test]
fn a_session_that_runs_survives_frames_of_another() {
    let mut host = connect();
    assert_eq!(
        headers(&host.raw(&wire(Message, 5, 3, b"x"))),
        [header(NoSession, 5, 0, 0)]
    );
    assert!(host.call(&Info {}).is_ok());
}

#[test]
fn noise_outside_a_session_is_ignored() {
    let mut host = start();
    assert_eq!(host.raw(b"\0\0\x05noise\0\0\xff\x01\0"), []);
    assert_eq!(host.raw(&vec![0xaa; 2 * MAX_ENCODED_FRAME]), []);
    assert_eq!(host.raw(&[0]), []);
    host.hello(7);
}

#[test]
fn frames_only_devices_send_are_not_answered() {
    let mut host = connect();
    for kind in [Welcome, Ack, Reset, NoSession] {
        let echoed = host.frame(kind, &[]);
        assert_eq!(host.raw(&echoed), []);
        assert_eq!(host.raw(&wire(kind, 1234, 0, &[])), []);
    }
    assert!(host.call(&Info {}).is_ok());
}

#[test]
fn a_probe_is_acknowledged() {
    let mut host = connect();
    let probe = host.frame(Probe, &[]);
    assert_eq!(headers(&host.raw(&probe)), [header(Ack, 7, 2, 3)]);
}

#[test]
fn silence_is_broken_after_a_quarter_of_the_window() {
    let mut host = connect();
    let mut silent = 0;
    for sequence in 2_u16.. {
        let dropped = host.message(MessageKind::RequestPart, 1, false, &[1; 900]);
        silent += dropped.len();
        let frames = host.raw(&dropped);
        if silent >= WINDOW as usize / 4 {
            assert_eq!(headers(&frames), [header(Ack, 7, 2, sequence + 1)]);
            return;
        }
        assert_eq!(frames, []);
    }
}

#[test]
fn bytes_may_come_one_by_one() {
    let mut host = connect();
    let request = host.message(INFO, 1, true, &[]);
    let frames: Vec<_> = request.iter().flat_map(|&byte| host.raw(&[byte])).collect();
    assert_eq!(headers(&frames), [header(Message, 7, 2, 3)]);
}

#[test]
fn many_requests_in_one_piece_are_answered_in_order() {
    let mut host = connect();
    let requests: Vec<_> = (0..200).flat_map(|n| host.message(INFO, n, true, &[])).collect();
    let frames = host.raw(&requests);
    let answers: Vec<_> = frames
        .into_iter()
        .filter_map(|frame| host.answer(frame))
        .collect();
    assert!(answers.iter().map(|answer| answer.id).eq(0..200));
}

#[test]
fn sequence_numbers_wrap() {
    let mut host = connect();
    let unknown = MessageKind::Request(0xffff);
    for n in 0..70_000_u32 {
        let answers = host.send(unknown, n as u16, true, &[]);
        let error = ErrorCode::UnknownCommand.code();
        assert_eq!(answers[0].kind, MessageKind::Answer(error), "{n}");
    }
    let repeated = wire(FrameKind::Hello, 7, 0, &hello_payload());
    assert_eq!(host.raw(&repeated), []);
}
