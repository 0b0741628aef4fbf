//! Boards that are pulled out and plugged in again under a working daemon, which finds them by what they are.

use casemate_tests::chaos::{Plugged, Usb};
use casemate_tests::crash::{Outcome, Writer, Writers, check_all};
use casemate_tests::daemon::Daemon;
use casemate_tests::dice::{Dice, fresh_seed};
use casemate_tests::kv::{Kv, text};
use casemate_tests::program;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const SERIAL: &str = "E6614103E7301234";
const OTHER: &str = "E6614103E7305678";

/// Waits until changes are acknowledged again.
fn goes_on(working: &Writers) {
    let (begun, before) = (Instant::now(), working.acknowledged());
    while working.acknowledged() < before + 20 {
        assert!(
            begun.elapsed() < Duration::from_secs(15),
            "no change acknowledged any more"
        );
        sleep(Duration::from_millis(2));
    }
}

/// A daemon on the board, in this directory, with a second board beside it that is none of its business.
fn start(runtime: &Runtime, directory: &Path) -> (Usb, [Plugged; 2], Daemon) {
    let _inside = runtime.enter();
    let usb = Usb::new(&directory.join("usb")).unwrap();
    let program = program::casemate().unwrap();
    let board = usb
        .plug(SERIAL, "ttyACM0", program, &directory.join("flash"))
        .unwrap();
    let other = usb
        .plug(OTHER, "ttyACM1", program, &directory.join("other"))
        .unwrap();
    let daemon = Daemon::start(&directory.join("data"), &usb.address(SERIAL)).unwrap();
    (usb, [board, other], daemon)
}

#[test]
fn a_board_that_is_replugged_under_writers_costs_nothing_acknowledged() {
    let seed = fresh_seed();
    eprintln!("seed {seed}");
    let mut dice = Dice::new(seed);
    let runtime = Runtime::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (usb, [mut board, _other], daemon) = start(&runtime, directory.path());
    let mut writers = Writer::several(4, &mut dice);
    for number in 2..4 {
        let working = Writers::start(&daemon, writers).unwrap();
        goes_on(&working);
        let _inside = runtime.enter();
        drop(board);
        let name = format!("ttyACM{number}");
        board = usb
            .plug(
                SERIAL,
                &name,
                program::casemate().unwrap(),
                &directory.path().join("flash"),
            )
            .unwrap();
        goes_on(&working);
        writers = working.finish();
        let outcomes = check_all(&mut writers, &daemon).unwrap();
        assert!(outcomes.iter().all(|&outcome| outcome == Outcome::None));
    }
    drop(board);
    daemon.stop().unwrap();
}

#[test]
fn requests_without_a_board_get_a_clear_503_and_the_next_ones_an_answer() {
    let runtime = Runtime::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (usb, [board, _other], daemon) = start(&runtime, directory.path());
    let mut client = Kv::connect(&daemon).unwrap();
    assert_eq!(client.write("kept", "before").unwrap().status, 200);

    drop(board);
    let refused = client.read("kept", 0).unwrap();
    let said = String::from_utf8_lossy(&refused.body).into_owned();
    assert_eq!(refused.status, 503, "{said}");
    assert!(said.contains("the device is not available; try again"), "{said}");
    daemon
        .await_log("the board E6614103E7301234 is not plugged in")
        .unwrap();

    let _inside = runtime.enter();
    let _board = usb
        .plug(
            SERIAL,
            "ttyACM9",
            program::casemate().unwrap(),
            &directory.path().join("flash"),
        )
        .unwrap();
    let read = client.read("kept", 0).unwrap();
    assert_eq!(text(&read).as_deref(), Some("before"));
    daemon.stop().unwrap();
}
