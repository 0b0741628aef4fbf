//! The link's bytes, before anything is authenticated: frames, and messages within them.
#![no_main]

use casemate_common::exchange::{MESSAGE_HEADER_LEN, Message, MessageKind};
use casemate_common::limits::{MAX_ENCODED_FRAME, MAX_FRAME};
use casemate_common::link::{Deframer, HEADER_LEN, Header, encode};
use casemate_common::session::Plain;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut deframer = Deframer::new();
    let mut rest = input;
    while !rest.is_empty() {
        let (taken, complete) = deframer.push(rest);
        assert!(taken > 0, "the deframer takes something each time");
        rest = &rest[taken..];
        if complete && let Ok(Some((header, payload))) = deframer.frame(&mut Plain) {
            assert!(payload.len() <= MAX_FRAME);
            again(header, payload);
            parse(payload);
        }
    }
});

/// A frame that was understood is the same after another journey.
fn again(header: Header, payload: &[u8]) {
    let mut frame = [0; MAX_FRAME];
    let mut wire = [0; MAX_ENCODED_FRAME];
    frame[HEADER_LEN..][..payload.len()].copy_from_slice(payload);
    let len = encode(header, payload.len(), &mut Plain, &mut frame, &mut wire).expect("it fitted before");
    let mut deframer = Deframer::new();
    assert_eq!(deframer.push(&wire[..len]), (len, true));
    let (again, twice) = deframer.frame(&mut Plain).expect("a frame").expect("a frame");
    assert_eq!((again, &*twice), (header, payload));
}

fn parse(payload: &mut [u8]) {
    let before = payload.to_vec();
    let Ok(message) = Message::parse(payload) else {
        return;
    };
    let mut head = [0; MESSAGE_HEADER_LEN];
    let len = message.kind.write(message.id, message.last, &mut head);
    let coded = matches!(message.kind, MessageKind::Request(_) | MessageKind::Answer(_));
    assert_eq!(len == MESSAGE_HEADER_LEN, coded);
    assert_eq!([&head[..len], message.body].concat(), before);
}
