//! What the device has sealed, in the hands of an attacker: records and key blobs altered in any way, keys and wrapped
//! keys from outside, other people's public keys.
//!
//! Nothing altered opens, and a key that is taken in works. One device serves all runs: what it holds does not change.
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
#[allow(dead_code)]
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
use casemate_common::blob::KeyBlob;
use casemate_common::command::*;
use casemate_common::error::ErrorCode;
use casemate_common::exchange::MessageKind;
use casemate_common::record;
use host::{Host, PIN, id};
use input::Input;
use libfuzzer_sys::fuzz_target;
use material::{MARKER, Material, altered, clear_key, template};
use std::cell::RefCell;

thread_local! {
    static DEVICE: RefCell<Option<World>> = const { RefCell::new(None) };
}

fuzz_target!(|bytes: &[u8]| DEVICE.with_borrow_mut(|world| {
    let mut input = Input::new(bytes);
    let world = world.get_or_insert_with(World::new);
    world.begin_anew_now_and_then();
    match input.byte() % 4 {
        0 => world.open(&mut input),
        1 => world.use_blob(&mut input),
        2 => world.bring_in(&mut input),
        _ => world.wrap(&mut input),
    }
}));

/// Longest key that is brought in; the longest that is one has 2376 bytes.
const MAX_CLEAR: usize = 2400;

/// Runs in one session: its key serves only for so many frames.
const RUNS_IN_A_SESSION: u32 = 1000;

struct World {
    host: Host,
    material: Material,
    runs: u32,
}

impl World {
    fn new() -> Self {
        let mut host = Host::connect(Bench::blank(4).untested());
        let material = Material::gather(&mut host);
        host.create(id(2));
        host.call(&PinVerify { pin: PIN }).expect("the PIN is right");
        let policy = ExportPolicy::Any;
        host.call(&ExportPolicySet { policy }).expect("the officer may");
        let runs = 0;
        Self { host, material, runs }
    }

    fn begin_anew_now_and_then(&mut self) {
        self.runs += 1;
        if self.runs.is_multiple_of(RUNS_IN_A_SESSION) {
            self.host.hello(1000 + self.runs / RUNS_IN_A_SESSION);
        }
    }

    /// Calls, and makes room in the audit log when that is full.
    fn call<C: Command>(&mut self, command: &C, data: &[u8]) -> Result<Vec<u8>, ErrorCode> {
        let result = self.host.call_with(command, data);
        if result != Err(ErrorCode::AuditFull) {
            return result;
        }
        let body = self
            .host
            .call(&AuditPull { after: 0 })
            .expect("the log can be read");
        let (page, _): (AuditPage, _) = postcard::take_from_bytes(&body).expect("a page");
        let through = page.newest;
        self.host
            .call(&AuditAcknowledge { through })
            .expect("it is there");
        self.host.call_with(command, data)
    }

    fn open(&mut self, input: &mut Input<'_>) {
        let record = altered(&self.material.record, input);
        let keyring = id(1 + input.byte() % 2);
        let context: &[u8] = if input.byte().is_multiple_of(4) {
            b"elsewhere"
        } else {
            b"here"
        };
        if record.is_empty() {
            return;
        }
        let as_it_was = keyring == id(1) && context == b"here" && record == self.material.record;
        let opened = self.host.open(keyring, context, &record);
        match opened {
            Ok(plain) => assert!(as_it_was && plain == MARKER, "what was altered opens"),
            Err(code) => assert!(!as_it_was || code == ErrorCode::AuditFull, "{code:?}"),
        }
        if let Some(len) = record::plaintext_len(record.len()) {
            assert_eq!(record::sealed_len(len), Some(record.len()));
        }
    }

    /// Any use of a blob that is not quite as it was.
    fn use_blob(&mut self, input: &mut Input<'_>) {
        let original = self.material.blob(input).to_vec();
        let blob = altered(&original, input);
        if let Ok(parsed) = KeyBlob::parse(&blob) {
            let head = parsed.head.as_bytes();
            assert_eq!([head, parsed.public, parsed.sealed, parsed.tag].concat(), blob);
        }
        let (keyring, data) = (id(1 + input.byte() % 2), [7; 256]);
        let used = [
            self.call(&KeyPublic { keyring, blob: &blob }, &[]),
            self.call(
                &KeyMac {
                    keyring,
                    blob: &blob,
                    labels: [&[7; 16][..]].into(),
                },
                &data,
            ),
            self.call(
                &KeyDecrypt {
                    keyring,
                    blob: &blob,
                    associated: &[],
                },
                &data,
            ),
            self.call(
                &KeyDecipher {
                    keyring,
                    blob: &blob,
                    hash: OaepHash::Sha1,
                },
                &data,
            ),
        ];
        let as_it_was = keyring == id(1) && blob == original;
        assert_eq!(used[0].is_ok(), as_it_was, "{:?}", used[0]);
        assert!(
            as_it_was || used.iter().all(Result::is_err),
            "what was altered is used"
        );
    }

    /// A key from outside, in the clear or wrapped: what becomes a blob is a key.
    fn bring_in(&mut self, input: &mut Input<'_>) {
        let keyring = id(1);
        let (mut clear, template) = (clear_key(input), template(input));
        clear.truncate(MAX_CLEAR);
        let blob = match input.byte() % 2 {
            0 => self.call(&KeyImport { keyring, template }, &clear),
            _ => {
                let transport = &self.material.blob(input).to_vec();
                let scheme = WrapScheme::Kwp;
                self.call(
                    &KeyUnwrap {
                        keyring,
                        template,
                        transport,
                        scheme,
                    },
                    &clear,
                )
            }
        };
        if let Ok(blob) = blob {
            let public = self.call(&KeyPublic { keyring, blob: &blob }, &[]);
            assert!(public.is_ok(), "{public:?}");
        }
    }

    /// Commands with more than one blob, or other people's keys, in them.
    fn wrap(&mut self, input: &mut Input<'_>) {
        for code in [KeyWrap::SPEC.code, KeyUnwrap::SPEC.code, Sign::SPEC.code] {
            let body = self.material.request(code, input);
            let body = altered(&body, input);
            let kind = MessageKind::Request(code);
            let answers = self.host.send(kind, 1, true, &body);
            assert_eq!(answers.len(), 1, "{answers:?}");
        }
    }
}
