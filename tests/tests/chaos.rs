//! A line that drops, flips, repeats, inserts and reorders: no wrong answer, no hang, and the same client serves again
//! as soon as the line is honest.

use casemate::hsm::device::{Connector, DeviceHsm};
use casemate::hsm::{Address, ErrorKind, Hsm};
use casemate_common::keyring::KeyringId;
use casemate_sim::in_process;
use casemate_tests::chaos::load::{self, Load};
use casemate_tests::chaos::{Broken, Fault, Faults, Line, Tally};
use casemate_tests::dice::{Dice, fresh_seed};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::UnixStream;

const SHARED: KeyringId = KeyringId::new([7; KeyringId::LEN]);
const CONTEXT: &[u8] = b"where it stands";

/// A host, a line and a device.
struct Bench {
    hsm: Arc<DeviceHsm>,
    line: Line,
    _directory: TempDir,
}

impl Bench {
    async fn new(seed: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let line = line_to_simulator(directory.path(), seed);
        let hsm = Arc::new(connect(line.address()));
        hsm.create_keyring(SHARED).await.unwrap();
        Self {
            hsm,
            line,
            _directory: directory,
        }
    }
}

fn line_to_simulator(directory: &Path, seed: u64) -> Line {
    let device = in_process(&directory.join("flash")).unwrap().link;
    device.set_nonblocking(true).unwrap();
    Line::string(directory, UnixStream::from_std(device).unwrap(), seed).unwrap()
}

fn connect(address: Address) -> DeviceHsm {
    DeviceHsm::connect(Connector {
        address,
        sim_flash: "none".into(),
        sim_program: "none".into(),
        trust: casemate_tests::trust(),
    })
}

/// From a line that ruins nearly every session to one that now and then loses something.
const WEATHER: [Faults; 4] = [
    Faults {
        bytes: 600,
        frames: 10,
        stalls: 200,
    },
    Faults {
        bytes: 10_000,
        frames: 40,
        stalls: 100,
    },
    Faults {
        bytes: 100_000,
        frames: 400,
        stalls: 1000,
    },
    Faults {
        bytes: 0,
        frames: 100,
        stalls: 0,
    },
];

async fn storm(seed: u64) -> Tally {
    eprintln!("seed {seed}");
    let mut dice = Dice::new(seed);
    let bench = Bench::new(dice.roll()).await;
    for faults in WEATHER {
        bench.line.misbehave(faults);
        let load = Load::start(&bench.hsm, SHARED, 8, &mut dice);
        tokio::time::sleep(Duration::from_secs(2)).await;
        bench.line.misbehave(Faults::NONE);
        let recovery = load::recovered(&*bench.hsm).await;
        let report = load.finish().await;
        report.check(&*bench.hsm).await;
        let (answered, failed) = (report.answered, report.failed);
        eprintln!("{faults:?}: {answered} answered, {failed} failed, served {recovery:?} later");
        assert!(answered > 0 || faults.bytes == 600, "nothing was ever answered");
    }
    bench.line.tally()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_wrong_answer_no_hang_and_recovery_without_restart() {
    let mut tally = Tally::default();
    let storms = [1, 2, fresh_seed()].map(|seed| tokio::spawn(storm(seed)));
    for storm in storms {
        tally = tally.and(&storm.await.unwrap());
    }
    eprintln!("{tally:?}");
    assert!(tally.is_complete(), "a fault never happened: {tally:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_cut_anywhere_costs_at_most_the_requests_in_flight() {
    let bench = Bench::new(1).await;
    let plaintext = Dice::new(1).bytes(5000);
    let points = (1..=120).chain((120..6000).step_by(97));
    let (mut ordered, mut lost) = (0, 0);
    for point in points {
        for (down, up) in [(Some(point), None), (None, Some(point))] {
            bench.line.cut_after(down, up);
            ordered += 1;
            lost += u32::from(!seals_and_opens(&bench.hsm, &plaintext).await);
        }
    }
    bench.line.cut_after(None, None);
    load::recovered(&*bench.hsm).await;
    assert!(seals_and_opens(&bench.hsm, &plaintext).await);
    assert_eq!(bench.line.cuts_fallen(), ordered, "a cut fell nowhere");
    eprintln!("{ordered} cuts, {lost} pairs of requests failed");
}

/// True when both were answered; what is answered is right.
async fn seals_and_opens(hsm: &DeviceHsm, plaintext: &[u8]) -> bool {
    let lost = |error: &casemate::hsm::HsmError| {
        let allowed = matches!(error.kind(), ErrorKind::Transient | ErrorKind::SessionLost);
        assert!(allowed, "{:?}: {error}", error.kind());
    };
    let sealed = hsm.seal(SHARED, CONTEXT, plaintext).await.inspect_err(lost);
    let Ok(sealed) = sealed else { return false };
    let opened = hsm.open(SHARED, CONTEXT, &sealed).await.inspect_err(lost);
    opened.is_ok_and(|opened| {
        assert!(*opened == plaintext, "a record opened as something else");
        true
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_goes_on_as_soon_as_an_honest_device_takes_a_broken_ones_place() {
    let swaps = Fault::ALL.map(|fault| tokio::spawn(swap(fault)));
    for swap in swaps {
        swap.await.unwrap();
    }
}

async fn swap(fault: Fault) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("line");
    let broken = Broken::plug(&path, fault).unwrap();
    let hsm = connect(Address::Unix(path));
    tokio::time::sleep(Duration::from_millis(2500)).await;
    drop(broken);
    let _line = line_to_simulator(directory.path(), 1);
    let recovery = load::recovered(&hsm).await;
    eprintln!("after {fault:?}: served {recovery:?} later");
}
