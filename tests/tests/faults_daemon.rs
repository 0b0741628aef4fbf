//! Two daemons on one directory, a full disk, and a stop in the middle of work.

use casemate_tests::crash::children;
use casemate_tests::daemon::{Daemon, Launch};
use casemate_tests::http::Connection;
use casemate_tests::kv::{self, Kv};
use casemate_tests::program;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_second_daemon_on_a_data_directory_refuses_clearly() {
    let directory = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    let mut kv = Kv::connect(&daemon).unwrap();
    assert_eq!(kv.write("a", "first").unwrap().status, 200);
    let second = Command::new(program::casemate().unwrap())
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(directory.path())
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("in use by another casemate daemon"), "{said}");
    assert!(said.contains("--data"), "{said}");
    assert!(!said.contains("panic"), "{said}");

    assert_eq!(kv.write("a", "second").unwrap().status, 200);
    assert_eq!(kv::text(&kv.read("a", 1).unwrap()).as_deref(), Some("first"));
    let address = fs::read_to_string(directory.path().join("address")).unwrap();
    assert_eq!(address.trim(), daemon.address());
    assert_eq!(children(daemon.id()).unwrap().len(), 1, "one simulator");
    daemon.stop().unwrap();
}

/// A small file system in memory; gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    const BYTES: usize = 24 << 20;

    /// `None` where this process may not mount.
    fn mount(at: &Path) -> Option<Self> {
        let size = format!("size={}", Self::BYTES);
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(at)
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then(|| Self(at.to_owned()))
    }

    /// Leaves room for so many bytes only.
    fn fill(&self, left: usize) {
        let free = rustix::fs::statvfs(&self.0).unwrap();
        let free = usize::try_from(free.f_bavail * free.f_frsize).unwrap();
        fs::write(self.0.join("filler"), vec![1; free.saturating_sub(left)]).unwrap();
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What can't be unmounted now goes with the machine.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Writes until the daemon refuses for the first time; tells how many writes it acknowledged.
fn write_until_refused(kv: &mut Kv) -> usize {
    let text = "x".repeat(60_000);
    for number in 0.. {
        let reply = kv.write(&format!("s{number}"), &text).unwrap();
        if reply.status != 200 {
            assert!(matches!(reply.status, 500 | 503 | 507), "status {}", reply.status);
            assert!(reply.json()["errors"][0].is_string());
            return number;
        }
        assert!(
            number < 2 * SmallDisk::BYTES / text.len(),
            "the disk never filled"
        );
    }
    unreachable!()
}

fn all_there(kv: &mut Kv, count: usize) {
    for number in 0..count {
        assert_eq!(
            kv.read(&format!("s{number}"), 0).unwrap().status,
            200,
            "s{number}"
        );
    }
}

#[test]
fn a_full_disk_refuses_writes_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(directory.path()) else {
        println!("skip: a full disk: only root can mount a small one");
        return;
    };
    let data = directory.path().join("data");
    let daemon = Daemon::start(&data, "sim:").unwrap();
    let mut kv = Kv::connect(&daemon).unwrap();
    disk.fill(3 << 20);
    let acknowledged = write_until_refused(&mut kv);
    eprintln!("{acknowledged} writes fitted");
    assert!(acknowledged > 0);
    all_there(&mut kv, acknowledged);
    disk.make_room();
    let begun = Instant::now();
    while kv.write("after", "room again").unwrap().status != 200 {
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "no write succeeds though there is room:\n{}",
            daemon.log()
        );
    }
    all_there(&mut kv, acknowledged);
    daemon.stop().unwrap();
    let daemon = Daemon::start(&data, "sim:").unwrap();
    let mut kv = Kv::connect(&daemon).unwrap();
    all_there(&mut kv, acknowledged);
    assert_eq!(
        kv::text(&kv.read("after", 0).unwrap()).as_deref(),
        Some("room again")
    );
    daemon.stop().unwrap();
}

const IN_FLIGHT: usize = 4;

#[test]
fn a_stop_answers_what_is_in_flight() {
    let directory = tempfile::tempdir().unwrap();
    // Slow enough that each of these writes takes most of a second on the line.
    let daemon = Launch::new(directory.path(), "sim:?bit-rate=800000")
        .unwrap()
        .start()
        .unwrap();
    let _idle = Connection::open(daemon.address()).unwrap();
    let answered = Arc::<AtomicUsize>::default();
    let writers: Vec<_> = (0..IN_FLIGHT)
        .map(|number| {
            let (mut kv, answered) = (Kv::connect(&daemon).unwrap(), answered.clone());
            thread::spawn(move || {
                let reply = kv.write(&format!("s{number}"), &"x".repeat(60_000));
                answered.fetch_add(1, Ordering::SeqCst);
                reply.unwrap().status
            })
        })
        .collect();
    thread::sleep(Duration::from_millis(300));
    assert_eq!(answered.load(Ordering::SeqCst), 0, "nothing is in flight");
    daemon.stop().unwrap();
    for writer in writers {
        assert_eq!(writer.join().unwrap(), 200);
    }
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    assert!(!daemon.log().contains("ERROR"), "{}", daemon.log());
    all_there(&mut Kv::connect(&daemon).unwrap(), IN_FLIGHT);
    daemon.stop().unwrap();
}
