//! Images: which of them are taken, which of them starts, and that a cut never leaves a board with none.

use crate::board::{Bench, Flash, SIGNER, SLOTS, slots, trust};
use crate::host::{Host, PIN, assert_serves_only_info};
use crate::signed::{Signed, install, name_of, sha256};
use casemate_common::command::*;
use casemate_common::error::ErrorCode;
use casemate_common::image::{BoardName, Manifest, SlotAddress, Version};
use casemate_firmware::crypto::Software;
use casemate_firmware::flash::{CounterId, Counters};
use casemate_firmware::image::{choose, security_floor};

/// Bytes of the images here: some words, and not the last of them whole.
const LEN: usize = 5000;
/// Ways in which each operation is torn.
const SEEDS: u64 = 6;

/// The image of version `version`.0.0 for a slot, with a security version.
pub(crate) fn image(slot: usize, version: u16, security_version: u8) -> Signed {
    signed(slot, version, security_version, &SIGNER, |_| {})
}

fn signed(
    slot: usize,
    version: u16,
    security_version: u8,
    signer: &[u8; 32],
    change: impl Fn(&mut Manifest),
) -> Signed {
    let image: Vec<u8> = (0..LEN)
        .map(|at| (at % 251) as u8 ^ version as u8 ^ slot as u8)
        .collect();
    let mut manifest = Manifest {
        board: BoardName::new("memory").unwrap(),
        slot: SlotAddress::new(SLOTS[slot]).unwrap(),
        len: LEN as u32,
        version: Version {
            major: version,
            minor: 0,
            patch: 0,
        },
        security_version,
        digest: sha256(&image),
        signer: name_of(signer),
    };
    change(&mut manifest);
    Signed::new(image, manifest, signer)
}

pub(crate) fn connect(bench: &Bench) -> Host {
    let mut host = Host::connect(bench.untested());
    host.call(&PinVerify { pin: PIN }).unwrap();
    host
}

fn status(host: &mut Host) -> UpdateStatusAnswer {
    postcard::from_bytes(&host.call(&UpdateStatus {}).unwrap()).unwrap()
}

/// The versions that run and that lie beside it; 0 for none.
pub(crate) fn versions(host: &mut Host) -> (u16, u16) {
    let UpdateStatusAnswer { running, other, .. } = status(host);
    let version = |image: Option<ImageSummary>| image.map_or(0, |image| image.version[0]);
    (version(running), version(other))
}

/// A board that runs version 1 from the first slot, where a probe has put it.
pub(crate) fn flashed() -> Bench {
    let bench = Bench::blank(4);
    put(&bench.slots[0], &image(0, 1, 3));
    bench
}

fn put(flash: &Flash, signed: &Signed) {
    let bytes = signed.bytes();
    flash.with(|nor| nor.medium_mut()[..bytes.len()].copy_from_slice(&bytes));
}

/// The same board, started without anybody who asks.
pub(crate) fn start(bench: &Bench) -> usize {
    let floor = security_floor(bench.counters.clone());
    choose::<Software, _>(&mut slots(bench), &trust(), floor).map_or(9, |chosen| chosen.slot)
}

#[test]
fn an_image_that_was_installed_runs_next() {
    let bench = flashed();
    let mut host = connect(&bench);
    let before = status(&mut host);
    assert_eq!((before.free_slot, before.room), (SLOTS[1], 3 * 4096 - 1024));
    assert!(before.is_confirmed);
    assert_eq!(before.signer, sha256(trust().key));
    install(&mut host, &image(1, 2, 3)).unwrap();
    assert_eq!(versions(&mut host), (1, 2), "not before the next start");
    let mut host = connect(&bench);
    assert_eq!(versions(&mut host), (2, 1));
    assert_eq!(status(&mut host).free_slot, SLOTS[0]);
    install(&mut host, &image(0, 3, 3)).unwrap();
    assert_eq!(versions(&mut connect(&bench)), (3, 2));
    // Back to an older version of the same security is an officer's decision.
    install(&mut connect(&bench), &image(1, 1, 3)).unwrap();
    assert_eq!(versions(&mut connect(&bench)), (1, 3));
}

#[test]
fn what_is_not_signed_for_it_is_refused_and_changes_nothing() {
    let bench = flashed();
    install(&mut connect(&bench), &image(1, 2, 3)).unwrap();
    let mut host = connect(&bench);
    let good = image(0, 3, 3);
    let other_board = signed(0, 3, 3, &SIGNER, |manifest| {
        manifest.board = BoardName::new("memory2").unwrap();
    });
    let too_long = signed(0, 3, 3, &SIGNER, |manifest| manifest.len = 3 * 4096 - 1023);
    let refused = [
        (other_board, ErrorCode::ImageForeign),
        (image(1, 3, 3), ErrorCode::ImageForeign),
        (signed(0, 3, 3, &[0x52; 32], |_| {}), ErrorCode::ImageSigner),
        (image(0, 3, 2), ErrorCode::ImageOutdated),
        (too_long, ErrorCode::TooLarge),
    ];
    for (image, error) in refused {
        assert_eq!(install(&mut host, &image), Err(error));
    }
    for bit in (0..192 * 8).step_by(17).chain([192 * 8, 1024 * 8 - 1]) {
        let mut header = good.header.clone();
        header[bit / 8] ^= 1 << (bit % 8);
        let refused = host.call(&UpdateBegin { header: &header });
        assert!(refused.is_err(), "bit {bit}");
    }
    for header in [&good.header[..1023], &[]] {
        assert_eq!(host.call(&UpdateBegin { header }), Err(ErrorCode::ImageInvalid));
    }
    assert_eq!(
        versions(&mut connect(&bench)),
        (2, 1),
        "the other slot was not touched"
    );
}

#[test]
fn an_image_that_is_not_what_was_signed_never_starts() {
    let bench = flashed();
    for at in [0, 15, 16, 4095, 4096, LEN - 1] {
        let mut altered = image(1, 2, 3);
        altered.image[at] ^= 1;
        assert_eq!(
            install(&mut connect(&bench), &altered),
            Err(ErrorCode::ImageInvalid)
        );
        assert_eq!(versions(&mut connect(&bench)), (1, 0), "byte {at}");
    }
    let mut host = connect(&bench);
    host.call(&UpdateBegin {
        header: &image(1, 2, 3).header,
    })
    .unwrap();
    assert_eq!(
        host.call(&UpdateFinish {}),
        Err(ErrorCode::ImageInvalid),
        "none of it came"
    );
    assert_eq!(host.call(&UpdateFinish {}), Err(ErrorCode::NoInstallation));
}

#[test]
fn pieces_come_in_order_from_the_session_that_began() {
    let bench = flashed();
    let mut host = connect(&bench);
    let Signed { header, image } = image(1, 2, 3);
    let write = |host: &mut Host, offset: u32, len: usize| {
        let from = offset as usize;
        host.call_with(&UpdateWrite { offset }, &image[from..from + len])
    };
    assert_eq!(write(&mut host, 0, 16), Err(ErrorCode::NoInstallation));
    host.call(&UpdateBegin { header: &header }).unwrap();
    for (offset, len) in [(16, 16), (0, 15), (0, 0), (4992, 8)] {
        assert_eq!(
            write(&mut host, offset, len),
            Err(ErrorCode::OutOfOrder),
            "{offset} {len}"
        );
    }
    assert_eq!(write(&mut host, 0, 4112), Err(ErrorCode::TooLarge));
    write(&mut host, 0, 4096).unwrap();
    assert_eq!(write(&mut host, 0, 4096), Err(ErrorCode::OutOfOrder));
    let behind = [0; 1024];
    assert_eq!(
        host.call_with(&UpdateWrite { offset: 4096 }, &behind),
        Err(ErrorCode::OutOfOrder),
        "more than was announced"
    );
    host.hello(host.order.session() + 1);
    assert_eq!(write(&mut host, 4096, 904), Err(ErrorCode::NoInstallation));
    assert_eq!(
        host.call(&UpdateBegin { header: &header }),
        Err(ErrorCode::PinRequired)
    );
}

#[test]
fn one_that_is_refused_does_not_disturb_one_on_its_way() {
    let bench = flashed();
    let mut host = connect(&bench);
    let Signed { header, image } = image(1, 2, 3);
    host.call(&UpdateBegin { header: &header }).unwrap();
    host.call_with(&UpdateWrite { offset: 0 }, &image[..4096])
        .unwrap();
    let outdated = self::image(1, 3, 2);
    let refused = host.call(&UpdateBegin {
        header: &outdated.header,
    });
    assert_eq!(refused, Err(ErrorCode::ImageOutdated));
    assert_eq!(
        host.call(&UpdateBegin { header: &[] }),
        Err(ErrorCode::ImageInvalid)
    );
    host.call_with(&UpdateWrite { offset: 4096 }, &image[4096..])
        .unwrap();
    host.call(&UpdateFinish {}).unwrap();
    assert_eq!(versions(&mut connect(&bench)), (2, 1));
}

#[test]
fn an_image_that_never_serves_gives_way() {
    let bench = flashed();
    install(&mut connect(&bench), &image(1, 2, 4)).unwrap();
    assert_eq!([(); 5].map(|()| start(&bench)), [1, 1, 1, 0, 0]);
    // One that was asked in time stays, and with it its security version.
    install(&mut connect(&bench), &image(1, 2, 4)).unwrap();
    assert_eq!([(); 2].map(|()| start(&bench)), [1, 1]);
    assert_eq!(versions(&mut connect(&bench)), (2, 1));
    assert_eq!([(); 5].map(|()| start(&bench)), [1; 5]);
    assert_eq!(status(&mut connect(&bench)).security_floor, 4);
}

#[test]
fn an_image_that_was_built_for_another_key_gives_way() {
    let bench = flashed();
    install(&mut connect(&bench), &image(1, 2, 4)).unwrap();
    let misbuilt = Bench {
        built_for: &[4; 65],
        ..bench.clone()
    };
    for _ in 0..3 {
        assert_eq!(start(&bench.copy()), 1, "it is signed as it should be");
        let mut host = Host::connect(misbuilt.untested());
        assert_serves_only_info(&mut host, ErrorCode::ImageMisbuilt);
    }
    let mut host = connect(&bench);
    assert_eq!(versions(&mut host), (1, 2));
    assert_eq!(status(&mut host).security_floor, 3, "it has not served");
}

#[test]
fn a_damaged_image_gives_way_and_an_older_security_version_never_comes_back() {
    let bench = flashed();
    install(&mut connect(&bench), &image(1, 2, 3)).unwrap();
    drop(connect(&bench));
    let damaged = bench.copy();
    damaged.slots[1].with(|nor| nor.medium_mut()[1024 + 700] ^= 4);
    assert_eq!((start(&bench), start(&damaged)), (1, 0));
    install(&mut connect(&damaged), &image(1, 4, 9)).unwrap();
    assert_eq!(versions(&mut connect(&damaged)), (4, 1));
    damaged.slots[1].with(|nor| nor.medium_mut()[1024 + 700] ^= 4);
    assert_eq!(start(&damaged), 9, "nothing is left that may start");
    // Put there past the boot stage, it does not serve either.
    let mut host = Host::start(damaged.untested());
    assert_eq!(host.hello(7).fault, ErrorCode::ImageOutdated.code());
}

#[test]
fn erasing_the_device_does_not_lower_what_may_start() {
    let bench = flashed();
    let mut host = connect(&bench);
    host.call(&DeviceReset {}).unwrap();
    let mut host = connect(&bench);
    assert_eq!(status(&mut host).security_floor, 3);
    let older = install(&mut host, &image(1, 2, 2));
    assert_eq!(older, Err(ErrorCode::ImageOutdated));
    // Nor does a full sector of counts.
    let mut counters = Counters::mount(bench.counters.clone()).unwrap();
    (0..600).for_each(|_| assert!(counters.increment(CounterId::Boots).is_ok()));
    assert_eq!(security_floor(bench.counters.clone()), Some(3));
}

#[test]
fn where_the_counters_are_lost_the_highest_security_version_starts() {
    let bench = flashed();
    install(&mut connect(&bench), &image(1, 2, 8)).unwrap();
    drop(connect(&bench));
    install(&mut connect(&bench), &image(0, 3, 8)).unwrap();
    // By its marks the newest.
    put(&bench.slots[0], &image(0, 4, 7));
    let damaged = bench.copy();
    damaged.counters.with(|nor| nor.medium_mut().fill(0));
    assert_eq!(security_floor(damaged.counters.clone()), None);
    assert_eq!([start(&bench), start(&damaged)], [1, 1]);
    damaged.slots[1].with(|nor| nor.medium_mut()[1024 + 700] ^= 4);
    assert_eq!(start(&damaged), 9);
}

#[test]
fn an_image_has_served_when_an_enrolled_host_was_answered() {
    let bench = flashed();
    install(&mut connect(&bench), &image(1, 2, 4)).unwrap();
    let asked = |command: fn(&mut Host)| {
        let bench = bench.copy();
        let mut host = Host::start(bench.untested());
        host.hello(7);
        command(&mut host);
        [(); 4].map(|()| start(&bench))
    };
    assert_eq!(asked(|_| {}), [1, 1, 0, 0]);
    assert_eq!(asked(|host| drop(host.call(&Info {}).unwrap())), [1, 1, 0, 0]);
    let listed = |host: &mut Host| drop(host.call(&RoleList {}).unwrap());
    assert_eq!(asked(listed), [1; 4]);
}

/// First stages in the field read these words.
#[test]
fn the_marks_are_those_that_first_stages_know() {
    let bench = flashed();
    install(&mut connect(&bench), &image(1, 2, 4)).unwrap();
    let marks = |set: &[usize]| {
        let number = [1, 0, 0, 0, 0, 0, 0, 0, 0xF7, 0xDF, 0x88, 0xA9, 0, 0, 0, 0];
        let word = |word| if set.contains(&word) { [0; 16] } else { [0xFF; 16] };
        [&[number], &[1, 2, 3, 4, 5, 6].map(word)[..]].concat()
    };
    let assert_marks = |set: &[usize]| {
        let image = bench.slots[1].with(|nor| nor.image().to_vec());
        assert_eq!(image[3 * 4096..].as_chunks().0[..7], marks(set));
        assert!(image[3 * 4096 + 7 * 16..].iter().all(|byte| *byte == 0xFF));
    };
    assert_marks(&[5]);
    for tries in [&[5, 1][..], &[5, 1, 2], &[5, 1, 2, 3]] {
        assert_eq!(start(&bench), 1);
        assert_marks(tries);
    }
    bench.slots[0].with(|nor| nor.medium_mut()[1024 + 700] ^= 4);
    assert_eq!(start(&bench), 1);
    assert_marks(&[5, 1, 2, 3, 6]);
    drop(connect(&bench));
    assert_marks(&[5, 1, 2, 3, 6, 4]);
}

#[test]
fn a_board_that_was_never_asked_starts_all_the_same() {
    let bench = flashed();
    assert_eq!([(); 6].map(|()| start(&bench)), [0; 6]);
    assert_eq!(start(&Bench::blank(4)), 9);
}

#[test]
fn only_an_officer_with_the_pin_and_a_finger_updates() {
    let bench = flashed();
    let mut host = connect(&bench);
    bench.finger.0.set(false);
    let Signed { header, .. } = image(1, 2, 3);
    assert_eq!(
        host.call(&UpdateBegin { header: &header }),
        Err(ErrorCode::PresenceRequired)
    );
    bench.finger.0.set(true);
    host.call(&UpdateBegin { header: &header }).unwrap();
}

/// Cuts power in every operation on every flash that `act` comes by, in several ways, and lets `judge` look at the board,
/// told whether `act` was acknowledged. There have to be that many operations.
fn sweep(bench: &Bench, operations: u32, act: impl Fn(&Bench) -> bool, judge: impl Fn(&Bench, bool, &str)) {
    let flashes = |bench: &Bench| {
        let [a, b] = bench.slots.clone();
        [
            a,
            b,
            bench.counters.clone(),
            bench.store.clone(),
            bench.audit.clone(),
        ]
    };
    let (mut torn, mut finished) = (0, 0);
    for flash in 0..5 {
        for nth in 1.. {
            let mut reached = false;
            for seed in 0..SEEDS {
                let copy = bench.copy();
                flashes(&copy)[flash].with(|nor| nor.cut_power_at(nth, seed));
                let acknowledged = act(&copy);
                reached |= flashes(&copy)[flash].with(|nor| nor.is_off());
                for flash in flashes(&copy) {
                    flash.with(|nor| nor.restart());
                }
                judge(
                    &copy,
                    acknowledged,
                    &format!("flash {flash}, operation {nth}, seed {seed}"),
                );
                for flash in flashes(&copy) {
                    assert_eq!(flash.with(|nor| nor.violation()), None);
                }
            }
            if !reached {
                finished += 1;
                break;
            }
            torn += 1;
        }
    }
    assert_eq!((torn, finished), (operations, 5));
}

#[test]
fn at_every_cut_of_an_update_the_old_or_the_new_image_starts() {
    let bench = flashed();
    // A third image lies where the new one goes.
    install(&mut connect(&bench), &image(1, 9, 3)).unwrap();
    install(&mut connect(&bench), &image(0, 1, 3)).unwrap();
    drop(connect(&bench));
    let new = image(1, 2, 4);
    let update = |bench: &Bench| {
        let mut host = Host::start(bench.untested());
        host.hello(7);
        host.call(&PinVerify { pin: PIN }).is_ok() && install(&mut host, &new).is_ok()
    };
    sweep(&bench, 19, update, |bench, acknowledged, place| {
        let (runs, _) = versions(&mut connect(bench));
        assert!(runs == 2 || runs == 1 && !acknowledged, "{place}: version {runs}");
        assert!(runs == 2 || update(bench), "{place}: it can't be done again");
        assert_eq!(versions(&mut connect(bench)).0, 2, "{place}");
    });
}

#[test]
fn at_every_cut_of_its_first_start_the_new_image_starts_again() {
    let bench = flashed();
    install(&mut connect(&bench), &image(1, 2, 4)).unwrap();
    let first_start = |bench: &Bench| {
        let mut host = Host::start(bench.untested());
        host.hello(7).fault == 0 && host.call(&UpdateStatus {}).is_ok()
    };
    sweep(&bench, 5, first_start, |bench, _, place| {
        let mut host = connect(bench);
        assert_eq!(versions(&mut host), (2, 1), "{place}");
        assert_eq!(status(&mut host).security_floor, 4, "{place}");
        assert_eq!([(); 4].map(|()| start(bench)), [1; 4], "{place}");
    });
}
