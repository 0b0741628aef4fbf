//! The daemon and its device ended with SIGKILL at random moments under concurrent writers: what was acknowledged is
//! there, nothing is half there, and nobody has to help.

use casemate_tests::crash::{self, Outcome, Writer, Writers};
use casemate_tests::daemon::Daemon;
use casemate_tests::dice::{Dice, fresh_seed};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

const WRITERS: usize = 8;
/// A simulator whose host is gone finishes its flash operation and ends.
const ORPHANED: Duration = Duration::from_secs(5);
/// How long a daemon may take to serve again after its device died.
const RECOVERY: Duration = Duration::from_secs(5);

fn count(outcomes: &[Outcome], which: Outcome) -> usize {
    outcomes.iter().filter(|&&outcome| outcome == which).count()
}

/// One life of the daemon: checks what the last one left, writes, is killed.
fn round(data: &Path, writers: &mut Vec<Writer>, dice: &mut Dice) -> Vec<Outcome> {
    let daemon = Daemon::start(data, "sim:").unwrap();
    let outcomes = crash::check_all(writers, &daemon).unwrap();
    let working = Writers::start(&daemon, std::mem::take(writers)).unwrap();
    sleep(Duration::from_millis(20 + dice.below(180) as u64));
    let devices = crash::children(daemon.id()).unwrap();
    assert_eq!(devices.len(), 1, "one simulator");
    daemon.kill().unwrap();
    *writers = working.finish();
    for device in devices {
        assert!(
            crash::wait_until_gone(device, ORPHANED),
            "the simulator outlives its daemon"
        );
    }
    outcomes
}

#[test]
fn a_daemon_killed_200_times_keeps_what_it_acknowledged() {
    let seed = fresh_seed();
    eprintln!("seed {seed}");
    let mut dice = Dice::new(seed);
    let directory = tempfile::tempdir().unwrap();
    let mut writers = Writer::several(WRITERS, &mut dice);
    let begun = Instant::now();
    let mut outcomes = Vec::new();
    for _ in 0..200 {
        outcomes.extend(round(directory.path(), &mut writers, &mut dice));
    }
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    outcomes.extend(crash::check_all(&mut writers, &daemon).unwrap());
    daemon.stop().unwrap();
    let (done, undone) = (count(&outcomes, Outcome::Done), count(&outcomes, Outcome::Undone));
    eprintln!(
        "{done} changes without an answer were carried out, {undone} were not; {:?}",
        begun.elapsed()
    );
    assert!(done + undone >= 200, "too few kills hit a change under way");
    assert!(done > 0 && undone > 0, "no kill fell on either side of a commit");
}

#[test]
fn a_device_killed_under_writers_is_started_again() {
    let seed = fresh_seed();
    eprintln!("seed {seed}");
    let mut dice = Dice::new(seed);
    let directory = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    let mut writers = Writer::several(WRITERS, &mut dice);
    for _ in 0..25 {
        let working = Writers::start(&daemon, std::mem::take(&mut writers)).unwrap();
        sleep(Duration::from_millis(20 + dice.below(100) as u64));
        let devices = crash::children(daemon.id()).unwrap();
        crash::kill(*devices.first().expect("a simulator")).unwrap();
        goes_on(&working);
        writers = working.finish();
        crash::check_all(&mut writers, &daemon).unwrap();
    }
    daemon.stop().unwrap();
}

/// Waits until changes are acknowledged again.
fn goes_on(working: &Writers) {
    let (begun, before) = (Instant::now(), working.acknowledged());
    while working.acknowledged() < before + 3 * WRITERS as u64 {
        assert!(
            begun.elapsed() < RECOVERY,
            "no change acknowledged after the device died"
        );
        sleep(Duration::from_millis(2));
    }
}
