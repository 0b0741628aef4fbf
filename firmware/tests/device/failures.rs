//! Devices that must not serve: they say why, and answer only `Info`.

use crate::board::Bench;
use crate::host::{Host, assert_serves_only_info, id};
use casemate_common::command::{COMMANDS, Command, DeviceState, Info, InfoAnswer, Random};
use casemate_common::error::ErrorCode;
use casemate_firmware::crypto::Software;
use casemate_firmware::flash::{Kept, PageKind, RootPage};
use casemate_firmware::selftest::faults::{self, Break};
use casemate_sim::nor::SplitMix64;

#[test]
fn only_info_is_served_in_the_error_state() {
    let allowed: Vec<_> = COMMANDS
        .iter()
        .filter(|spec| spec.states.contains(DeviceState::Error))
        .collect();
    assert_eq!(allowed, [&Info::SPEC]);
}

/// Starts a device with this fault, and leaves it time to ask the algorithms that it asks late.
fn breaks<const FAULT: u8>() {
    let mut host = Host::start(Bench::blank(4).board::<Break<FAULT>>());
    let fault = (7..20)
        .map(|session| host.hello(session).fault)
        .find(|fault| *fault != 0);
    assert_eq!(fault, Some(ErrorCode::SelfTestFailed.code()), "fault {FAULT}");
    assert_serves_only_info(&mut host, ErrorCode::SelfTestFailed);
}

/// A device for every fault; the list must not be shorter than that of the faults.
const DEVICES: [fn(); faults::COUNT] = [
    breaks::<{ faults::AES_PAIR }>,
    breaks::<{ faults::AES_DECRYPT }>,
    breaks::<{ faults::GCM_TAG }>,
    breaks::<{ faults::GCM_LONG }>,
    breaks::<{ faults::GCM_UNCHECKED }>,
    breaks::<{ faults::HMAC }>,
    breaks::<{ faults::HMAC_LONG }>,
    breaks::<{ faults::SHA1 }>,
    breaks::<{ faults::SHA256 }>,
    breaks::<{ faults::SHA384 }>,
    breaks::<{ faults::SHA512 }>,
    breaks::<{ faults::P256 }>,
    breaks::<{ faults::P384 }>,
    breaks::<{ faults::P521 }>,
    breaks::<{ faults::ECDSA_UNCHECKED }>,
    breaks::<{ faults::RSA_PRIVATE }>,
    breaks::<{ faults::RSA_PUBLIC }>,
    breaks::<{ faults::X25519_AGREE }>,
];

#[test]
fn every_broken_algorithm_leaves_only_info() {
    DEVICES.iter().for_each(|device| device());
}

#[test]
fn an_algorithm_that_is_asked_late_is_asked_when_there_is_nothing_else_to_do() {
    let mut host = Host::start(Bench::blank(4).board::<Break<{ faults::RSA_PRIVATE }>>());
    assert_eq!(host.hello(6).fault, 0);
}

#[test]
fn noise_that_is_stuck_at_the_start_leaves_only_info() {
    let bench = Bench::blank(4);
    bench.noise_is_stuck.set(true);
    let mut host = Host::connect(bench.board::<Software>());
    assert_serves_only_info(&mut host, ErrorCode::EntropyFailed);
    assert!(
        bench.root.with(|nor| nor.operations() == 0),
        "no root was made of such noise"
    );
}

#[test]
fn noise_that_gets_stuck_later_stops_the_device_at_the_next_reseed() {
    let bench = Bench::blank(4);
    let mut host = Host::connect(bench.board::<Software>());
    host.create(id(1));
    let record = host.seal(id(1), b"", b"secret").unwrap();
    bench.noise_is_stuck.set(true);
    let draws = (0..1000).map(|_| host.call(&Random { len: 4096 }));
    let failure = draws.into_iter().find_map(Result::err);
    assert_eq!(failure, Some(ErrorCode::EntropyFailed));
    assert_serves_only_info(&mut host, ErrorCode::EntropyFailed);
    bench.noise_is_stuck.set(false);
    let mut host = Host::connect(bench.board::<Software>());
    assert_eq!(host.open(id(1), b"", &record).unwrap(), b"secret");
}

#[test]
fn a_damaged_root_is_never_replaced() {
    let bench = Bench::blank(4);
    Host::connect(bench.board::<Software>()).create(id(1));
    let image = bench.root.with(|nor| {
        nor.medium_mut()
            .iter_mut()
            .take(40)
            .for_each(|byte| *byte &= 0x0f);
        nor.image().to_vec()
    });
    let mut host = Host::connect(bench.board::<Software>());
    assert_serves_only_info(&mut host, ErrorCode::FlashFailed);
    assert_eq!(bench.root.with(|nor| nor.image().to_vec()), image);
}

#[test]
fn a_device_that_was_tampered_with_says_so_and_keeps_what_it_can_no_more_read() {
    let bench = Bench::blank(4);
    Host::connect(bench.board::<Software>()).create(id(1));
    let store = bench.store.with(|nor| nor.image().to_vec());
    bench.is_tampered.set(true);
    let mut host = Host::start(bench.board::<Software>());
    assert_eq!(host.hello(7).fault, ErrorCode::Tampered.code());
    assert_serves_only_info(&mut host, ErrorCode::Tampered);
    assert_eq!(bench.store.with(|nor| nor.image().to_vec()), store);
}

#[test]
fn a_root_of_another_kind_is_told_and_not_replaced() {
    let bench = Bench::blank(4);
    let mut page = RootPage::new(bench.root.clone(), PageKind::Wrapped);
    page.keep(&Kept::new([7; 32], [8; 16])).expect("it is kept");
    let root = bench.root.with(|nor| nor.image().to_vec());
    let mut host = Host::start(bench.board::<Software>());
    assert_eq!(host.hello(7).fault, ErrorCode::RootOtherKind.code());
    assert_serves_only_info(&mut host, ErrorCode::RootOtherKind);
    assert_eq!(bench.root.with(|nor| nor.image().to_vec()), root);
}

/// As images before the second form of the page have written it: slots of 64 bytes.
#[test]
fn a_root_of_the_first_form_is_told_and_not_replaced() {
    let bench = Bench::blank(4);
    let secret = [7; 32];
    let crc = crc32fast::hash(&secret).to_le_bytes();
    let slot = [b"CASEMATEROOT".as_slice(), &crc, &secret, &[0x5A; 16]].concat();
    let root = bench.root.with(|nor| {
        nor.medium_mut()[..slot.len()].copy_from_slice(&slot);
        nor.image().to_vec()
    });
    let mut host = Host::start(bench.board::<Software>());
    assert_eq!(host.hello(7).fault, ErrorCode::RootOtherKind.code());
    assert_serves_only_info(&mut host, ErrorCode::RootOtherKind);
    assert_eq!(bench.root.with(|nor| nor.image().to_vec()), root);
}

#[test]
fn a_store_of_noise_is_no_new_device() {
    let bench = Bench::blank(4);
    Host::connect(bench.board::<Software>()).create(id(1));
    bench.store.with(|nor| SplitMix64::new(5).fill(nor.medium_mut()));
    let mut host = Host::connect(bench.board::<Software>());
    assert_serves_only_info(&mut host, ErrorCode::FlashFailed);
}

#[test]
fn lost_counters_stop_the_device() {
    let bench = Bench::blank(4);
    (0..300).for_each(|_| drop(Host::connect(bench.untested())));
    let mut host = Host::connect(bench.untested());
    let body = host.call(&Info {}).unwrap();
    let info: InfoAnswer<'_> = postcard::from_bytes(&body).unwrap();
    assert_eq!((info.state, info.starts), (DeviceState::Ready, 301));
    bench
        .counters
        .with(|nor| SplitMix64::new(5).fill(nor.medium_mut()));
    let mut host = Host::connect(bench.board::<Software>());
    assert_serves_only_info(&mut host, ErrorCode::FlashFailed);
}
