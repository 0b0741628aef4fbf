//! Whatever comes over the link, the device goes on.

use crate::board::Bench;
use crate::host::{Host, hello_payload, id};
use crate::wire::Frame;
use casemate_common::command::{COMMANDS, Command, DeviceRestart, Info};
use casemate_common::link::{FrameKind, Header};
use proptest::prelude::*;

fn frame_kind() -> impl Strategy<Value = FrameKind> {
    use FrameKind::*;
    prop::sample::select(vec![Hello, Message, Message, Message, Message, Probe, Ack, Reset])
}

/// Frames that check, with contents that are near the right ones.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    let codes: Vec<u16> = COMMANDS.iter().map(|spec| spec.code).collect();
    let bodies = prop::collection::vec(any::<u8>(), 0..5000);
    let kinds = prop_oneof![1_u8..6, 129_u8..134, any::<u8>()];
    let message =
        (kinds, 0_u16..4, prop::sample::select(codes), bodies).prop_map(|(kind, id, code, body)| {
            [&[kind][..], &id.to_le_bytes(), &code.to_le_bytes(), &body].concat()
        });
    let sequence = 0_u16..6;
    (frame_kind(), 7_u32..9, sequence, message).prop_map(|(kind, session, sequence, message)| {
        let payload = if kind == FrameKind::Hello {
            hello_payload()
        } else {
            message
        };
        let header = Header {
            kind,
            session,
            sequence,
            ack: 0,
        };
        Frame {
            header,
            payload: payload.into_iter().take(4600).collect(),
        }
        .to_wire()
    })
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => frame(),
        1 => prop::collection::vec(any::<u8>(), 0..600),
    ]
}

/// A device in a session, with a keyring and a stream or two that may be open.
fn assert_still_serves(host: &mut Host) {
    host.pour(&[0]);
    host.hello(0xabcd_ef01);
    assert!(host.call(&Info {}).is_ok());
    let record = host.seal(id(1), b"", b"secret").unwrap();
    assert_eq!(host.open(id(1), b"", &record).unwrap(), b"secret");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_bytes_are_survived(pieces in prop::collection::vec(piece(), 1..30)) {
        let mut host = Host::connect(Bench::blank(4).untested());
        host.create(id(1));
        for piece in pieces {
            host.pour(&piece);
        }
        assert_still_serves(&mut host);
    }

    /// All commands but the one after which the device rightly answers no more.
    #[test]
    fn any_order_of_messages_is_survived(
        steps in prop::collection::vec((1_u8..6, 0_u16..12, any::<bool>(), 0_usize..COMMANDS.len(), 0_usize..3), 1..80),
    ) {
        let mut host = Host::connect(Bench::blank(4).untested());
        host.create(id(1));
        let bodies = [vec![], [id(1).as_bytes(), &[0][..], &[0; 4096]].concat(), [1; 300].to_vec()];
        for (kind, exchange, last, command, body) in steps {
            let code = COMMANDS[command].code;
            if code == DeviceRestart::SPEC.code {
                continue;
            }
            let code = code.to_le_bytes();
            let head = [kind | if last { 0x80 } else { 0 }, exchange as u8, 0];
            let head = if kind == 1 { [&head[..], &code].concat() } else { head.to_vec() };
            let frame = host.frame(FrameKind::Message, &[head, bodies[body].clone()].concat());
            host.pour(&frame);
        }
        assert_still_serves(&mut host);
    }
}
