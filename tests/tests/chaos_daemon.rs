//! A whole daemon behind a line that misbehaves, and on a board in QEMU that loses power.

use casemate_sim::in_process;
use casemate_tests::chaos::{Faults, Line};
use casemate_tests::crash::{Outcome, Writer, Writers, check_all};
use casemate_tests::daemon::Daemon;
use casemate_tests::dice::{Dice, fresh_seed};
use casemate_tests::qemu::{self, Qemu};
use std::os::unix::net::UnixStream as StdStream;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};
use tokio::net::UnixStream;
use tokio::runtime::Runtime;

const FAULTS: Faults = Faults {
    bytes: 20_000,
    frames: 60,
    stalls: 200,
};

/// Strings a line from `directory` to the device behind this socket.
fn string(runtime: &Runtime, directory: &Path, device: StdStream, seed: u64) -> Line {
    let _inside = runtime.enter();
    device.set_nonblocking(true).unwrap();
    Line::string(directory, UnixStream::from_std(device).unwrap(), seed).unwrap()
}

/// Waits until changes are acknowledged again.
fn goes_on(working: &Writers, limit: Duration) {
    let (begun, before) = (Instant::now(), working.acknowledged());
    while working.acknowledged() < before + 20 {
        assert!(begun.elapsed() < limit, "no change acknowledged any more");
        sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_daemon_on_a_bad_line_keeps_what_it_acknowledges_and_recovers_by_itself() {
    let seed = fresh_seed();
    eprintln!("seed {seed}");
    let mut dice = Dice::new(seed);
    let runtime = Runtime::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let device = in_process(&directory.path().join("flash")).unwrap().link;
    let line = string(&runtime, directory.path(), device, dice.roll());
    let daemon = Daemon::start(&directory.path().join("data"), &line.address().to_string()).unwrap();
    let mut writers = Writer::several(8, &mut dice);
    for _ in 0..3 {
        let working = Writers::start(&daemon, writers).unwrap();
        line.misbehave(FAULTS);
        sleep(Duration::from_secs(2));
        line.misbehave(Faults::NONE);
        goes_on(&working, Duration::from_secs(5));
        writers = working.finish();
        check_all(&mut writers, &daemon).unwrap();
    }
    eprintln!("{:?}", line.tally());
    daemon.stop().unwrap();
}

#[test]
fn a_board_in_qemu_that_loses_power_under_writers_costs_nothing_acknowledged() {
    if qemu::left_out() {
        return;
    }
    let seed = fresh_seed();
    eprintln!("seed {seed}");
    let mut dice = Dice::new(seed);
    let runtime = Runtime::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let flash = directory.path().join("flash");
    qemu::erased_flash(&flash).unwrap();
    let power_on = || {
        let board = Qemu::start(&flash).unwrap();
        let device = StdStream::connect(board.socket()).unwrap();
        (board, string(&runtime, directory.path(), device, 0))
    };
    let (mut board, mut line) = power_on();
    let daemon = Daemon::start(&directory.path().join("data"), &line.address().to_string()).unwrap();
    let mut writers = Writer::several(4, &mut dice);
    for _ in 0..5 {
        let working = Writers::start(&daemon, writers).unwrap();
        goes_on(&working, Duration::from_secs(20));
        board.kill().unwrap();
        drop(line);
        (board, line) = power_on();
        goes_on(&working, Duration::from_secs(20));
        writers = working.finish();
        let outcomes = check_all(&mut writers, &daemon).unwrap();
        assert!(outcomes.iter().all(|&outcome| outcome == Outcome::None));
    }
    daemon.stop().unwrap();
}
