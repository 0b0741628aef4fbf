//! When the device's log is full: whoever takes entries makes room, and requests wait for that; otherwise they are
//! refused with a sentence.

use casemate::audit::{Verifier, drain, drain_and_sign, verify};
use casemate::hsm::device::{Connector, DeviceHsm};
use casemate::hsm::{Address, AuditLog, ErrorKind, Hsm, HsmError};
use casemate_common::keyring::KeyringId;
use casemate_sim::in_process;
use casemate_tests::chaos::Tap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::UnixStream;

/// More entries than the simulator's log has room for.
const ENTRIES: usize = 2 * 2304;

fn device(directory: &Path) -> (DeviceHsm, Tap) {
    let link = in_process(&directory.join("flash")).unwrap().link;
    link.set_nonblocking(true).unwrap();
    let tap = Tap::string(directory, UnixStream::from_std(link).unwrap()).unwrap();
    let address: Address = tap.address();
    let hsm = DeviceHsm::connect(Connector {
        address,
        sim_flash: PathBuf::new(),
        sim_program: PathBuf::new(),
        trust: casemate_tests::trust(),
    });
    (hsm, tap)
}

/// Makes and destroys a keyring until that fails or has left so many entries.
async fn fill(hsm: &DeviceHsm) -> Result<(), HsmError> {
    let id = KeyringId::new(*b"comes and goes..");
    for _ in 0..ENTRIES / 2 {
        hsm.create_keyring(id).await?;
        hsm.destroy_keyring(id).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_wait_for_whoever_takes_entries() {
    let directory = tempfile::tempdir().unwrap();
    let (hsm, _tap) = device(directory.path());
    let (hsm, file) = (Arc::new(hsm), directory.path().join("audit.jsonl"));
    let (keeper, kept) = (hsm.clone(), file.clone());
    let mut rounds = 0_usize;
    tokio::select! {
        filled = fill(&hsm) => filled.unwrap(),
        () = async {
            loop {
                keeper.audit_is_full().await;
                // Before it is drained: that may take as long as there are new entries.
                rounds += 1;
                drain(&*keeper, &kept).await.unwrap();
            }
        } => {}
    }
    assert!(rounds > 0, "the log was never full");
    let drained = drain_and_sign(&*hsm, &file, [1; 32]).await.unwrap();
    assert!(drained.last > ENTRIES as u64);
    let report = verify(BufReader::new(File::open(&file).unwrap()), &Verifier::default()).unwrap();
    assert!(report.complete && report.last == drained.last);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_takes_entries_a_full_log_is_said_to_be_full() {
    let directory = tempfile::tempdir().unwrap();
    let (hsm, _tap) = device(directory.path());
    let error = fill(&hsm).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Full);
    assert!(error.to_string().contains("casemate audit pull"), "{error}");
}
