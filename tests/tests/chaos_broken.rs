//! Devices that answer nothing, noise, or an unknown protocol: the host says so in time, and goes on as soon as an
//! honest device stands in their place.

use casemate::hsm::device::{Connector, DeviceHsm};
use casemate::hsm::{Address, ErrorKind, Hsm, HsmError};
use casemate_common::limits::PROTOCOL_VERSION;
use casemate_tests::chaos::{Broken, Fault};
use std::path::Path;
use std::time::{Duration, Instant};

/// The host's own limit for a request is 10 s; beyond that, what a loaded machine needs.
const LIMIT: Duration = Duration::from_secs(12);

fn connect(path: &Path) -> DeviceHsm {
    DeviceHsm::connect(Connector {
        address: Address::Unix(path.to_owned()),
        sim_flash: path.to_owned(),
        sim_program: path.to_owned(),
        trust: casemate_tests::trust(),
    })
}

async fn fails_in_time(fault: Fault) -> HsmError {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("line");
    let _broken = Broken::plug(&path, fault).unwrap();
    let hsm = connect(&path);
    let begun = Instant::now();
    let answer = tokio::time::timeout(LIMIT, hsm.random(16)).await;
    let error = answer
        .unwrap_or_else(|_| panic!("{fault:?}: no answer after {LIMIT:?}"))
        .unwrap_err();
    eprintln!(
        "{fault:?}: {:?} after {:?}: {error}",
        error.kind(),
        begun.elapsed()
    );
    error
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_broken_device_is_a_clear_error_in_time() {
    let errors = Fault::ALL.map(|fault| (fault, tokio::spawn(fails_in_time(fault))));
    for (fault, error) in errors {
        let error = error.await.unwrap();
        assert!(
            matches!(error.kind(), ErrorKind::Transient | ErrorKind::SessionLost),
            "{fault:?}: {:?}: {error}",
            error.kind()
        );
        assert!(error.to_string().contains("device"), "{fault:?}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_protocol_is_named() {
    let error = fails_in_time(Fault::UnknownProtocol).await.to_string();
    let unknown = format!("protocol {}", PROTOCOL_VERSION + 1);
    assert!(error.contains(&unknown) && error.contains("update"), "{error}");
}
