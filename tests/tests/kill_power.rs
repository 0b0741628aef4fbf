//! Power cut at every flash operation of making and destroying a keyring: what was acknowledged stays, what was not is
//! wholly there or wholly absent, and the device serves on.

use casemate::hsm::device::{Connector, DeviceHsm};
use casemate::hsm::{ErrorKind, Hsm, HsmError};
use casemate_common::keyring::KeyringId;
use casemate_sim::{EXIT_POWER_CUT, in_process};
use casemate_tests::chaos::{Board, Line};
use casemate_tests::program;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::net::UnixStream;

const STANDING: KeyringId = KeyringId::new([1; KeyringId::LEN]);
const TOUCHED: KeyringId = KeyringId::new([2; KeyringId::LEN]);
const LATER: KeyringId = KeyringId::new([3; KeyringId::LEN]);
const CONTEXT: &[u8] = b"where it stands";
const TEXT: &[u8] = b"what it says";
/// More flash operations than any of these changes takes.
const MOST_OPERATIONS: u64 = 1000;
/// Ways in which each cut may leave the operation it hits.
const SEEDS: u64 = 4;
const SECTOR: usize = 4096;

/// A device with power, and the host's view of it.
struct Powered {
    hsm: DeviceHsm,
    board: Option<Board>,
    _line: Line,
    _directory: TempDir,
}

impl Powered {
    /// As a process that ends when power is cut.
    fn cut_at(flash: &Path, cut: (u64, u64)) -> Self {
        let (board, device) = Board::power_on(program::casemate().unwrap(), flash, Some(cut)).unwrap();
        Self::on(device, Some(board))
    }

    /// As a thread, which is quicker.
    fn steady(flash: &Path) -> Self {
        let device = in_process(flash).unwrap().link;
        device.set_nonblocking(true).unwrap();
        Self::on(UnixStream::from_std(device).unwrap(), None)
    }

    fn on(device: UnixStream, board: Option<Board>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let line = Line::string(directory.path(), device, 0).unwrap();
        let hsm = DeviceHsm::connect(Connector {
            address: line.address(),
            sim_flash: "none".into(),
            sim_program: "none".into(),
            trust: casemate_tests::trust(),
        });
        Self {
            hsm,
            board,
            _line: line,
            _directory: directory,
        }
    }

    /// The answer to a change; `None` when power went first.
    async fn try_change(&mut self, change: Change) -> Option<bool> {
        let board = self.board.as_mut().unwrap();
        tokio::select! {
            biased;
            answer = change.ask(&self.hsm) => {
                board.kill().await.unwrap();
                Some(answer.unwrap())
            }
            status = board.ended() => {
                assert_eq!(status.unwrap().code(), Some(EXIT_POWER_CUT), "the simulator ended otherwise");
                None
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Change {
    Create,
    Destroy,
}

impl Change {
    async fn ask(self, hsm: &DeviceHsm) -> Result<bool, HsmError> {
        match self {
            Self::Create => hsm.create_keyring(TOUCHED).await,
            Self::Destroy => hsm.destroy_keyring(TOUCHED).await,
        }
    }
}

/// A flash that is set up once and copied for every cut, with the records that its keyrings made.
struct Medium {
    directory: TempDir,
    standing: Option<Vec<u8>>,
    touched: Option<Vec<u8>>,
}

impl Medium {
    /// As it left the factory.
    fn blank() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            standing: None,
            touched: None,
        }
    }

    /// With one keyring, or also the one that will be touched.
    async fn used(with_touched: bool) -> Self {
        let mut medium = Self::blank();
        let device = Powered::steady(&medium.flash());
        medium.standing = Some(new_keyring(&device.hsm, STANDING).await);
        if with_touched {
            medium.touched = Some(new_keyring(&device.hsm, TOUCHED).await);
        }
        medium
    }

    /// So worn that making one more keyring has to clear up first.
    async fn worn() -> Self {
        let mut medium = Self::used(false).await;
        let device = Powered::steady(&medium.flash());
        loop {
            let before = fs::read(medium.flash()).unwrap();
            device.hsm.create_keyring(TOUCHED).await.unwrap();
            if erased_any(&before, &fs::read(medium.flash()).unwrap()) {
                medium.directory = tempfile::tempdir().unwrap();
                fs::write(medium.flash(), before).unwrap();
                return medium;
            }
            device.hsm.destroy_keyring(TOUCHED).await.unwrap();
        }
    }

    fn flash(&self) -> PathBuf {
        self.directory.path().join("flash")
    }

    fn copy(&self, to: &Path) {
        if self.flash().exists() {
            fs::copy(self.flash(), to).unwrap();
        }
    }
}

async fn new_keyring(hsm: &DeviceHsm, id: KeyringId) -> Vec<u8> {
    assert!(hsm.create_keyring(id).await.unwrap());
    hsm.seal(id, CONTEXT, TEXT).await.unwrap()
}

fn erased_any(before: &[u8], after: &[u8]) -> bool {
    let blank = |sector: &[u8]| sector.iter().all(|&byte| byte == 0xFF);
    let mut sectors = before.chunks(SECTOR).zip(after.chunks(SECTOR));
    sectors.any(|(before, after)| !blank(before) && blank(after))
}

/// Cuts at every operation until one cut comes too late; tells how many came in time.
async fn sweep(medium: &Medium, change: Change) -> u64 {
    for operation in 1..MOST_OPERATIONS {
        for seed in 0..SEEDS {
            if !torn(medium, change, (operation, seed)).await {
                return operation - 1;
            }
        }
    }
    panic!("{change:?} took {MOST_OPERATIONS} flash operations");
}

/// Makes the change with one cut, and checks what is there when power is back. False when the cut came too late.
async fn torn(medium: &Medium, change: Change, cut: (u64, u64)) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let flash = directory.path().join("flash");
    medium.copy(&flash);
    let answer = Powered::cut_at(&flash, cut).try_change(change).await;
    let after = Powered::steady(&flash);
    check(&after.hsm, medium, change, answer.is_some()).await;
    serves_on(&after.hsm).await;
    answer.is_none()
}

async fn check(hsm: &DeviceHsm, medium: &Medium, change: Change, acknowledged: bool) {
    if let Some(record) = &medium.standing {
        assert_eq!(*hsm.open(STANDING, CONTEXT, record).await.unwrap(), TEXT);
    }
    let present = hsm.list_keyrings().await.unwrap().contains(&TOUCHED);
    if acknowledged {
        assert_eq!(
            present,
            matches!(change, Change::Create),
            "an acknowledged {change:?} is lost"
        );
    }
    match (&medium.touched, present) {
        (Some(record), true) => assert_eq!(*hsm.open(TOUCHED, CONTEXT, record).await.unwrap(), TEXT),
        (Some(record), false) => {
            let kind = hsm.open(TOUCHED, CONTEXT, record).await.unwrap_err().kind();
            assert_eq!(kind, ErrorKind::Caller, "a destroyed keyring");
            assert!(hsm.create_keyring(TOUCHED).await.unwrap());
            let kind = hsm.open(TOUCHED, CONTEXT, record).await.unwrap_err().kind();
            assert_eq!(
                kind,
                ErrorKind::Refused,
                "a destroyed keyring's record under its successor"
            );
        }
        (None, true) => drop(hsm.seal(TOUCHED, CONTEXT, TEXT).await.unwrap()),
        (None, false) => {}
    }
}

async fn serves_on(hsm: &DeviceHsm) {
    hsm.create_keyring(TOUCHED).await.unwrap();
    let record = new_keyring(hsm, LATER).await;
    assert_eq!(*hsm.open(LATER, CONTEXT, &record).await.unwrap(), TEXT);
    for id in [TOUCHED, LATER] {
        assert!(hsm.destroy_keyring(id).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_anywhere_in_making_a_keyring_leaves_it_whole_or_absent() {
    let cuts = sweep(&Medium::used(false).await, Change::Create).await;
    eprintln!("{cuts} cuts");
    assert!(cuts >= 2, "no cut tore it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_anywhere_in_destroying_a_keyring_leaves_it_whole_or_absent() {
    let cuts = sweep(&Medium::used(true).await, Change::Destroy).await;
    eprintln!("{cuts} cuts");
    assert!(cuts >= 2, "no cut tore it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_anywhere_in_a_devices_first_start_leaves_it_usable() {
    let cuts = sweep(&Medium::blank(), Change::Create).await;
    eprintln!("{cuts} cuts");
    assert!(cuts >= 4, "no cut tore it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_anywhere_while_clearing_up_loses_nothing() {
    let cuts = sweep(&Medium::worn().await, Change::Create).await;
    eprintln!("{cuts} cuts");
    assert!(cuts >= 4, "no cut tore it");
}
