//! Waiting for a key that takes the device long to make.

use super::checked;
use crate::hsm::device::call::Call;
use crate::hsm::device::room::Room;
use crate::hsm::device::supervisor::Status;
use crate::hsm::device::{DeviceHsm, answer, unreadable};
use crate::hsm::{HsmError, Progress};
use casemate_common::blob::{KeyId, MAX_BLOB_LEN};
use casemate_common::command::{Command, JobStatus, KeyJobCancel, KeyJobStatus};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// Between the first questions; later ones come more rarely.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// Between questions at most: a device takes a job that nobody asks about for abandoned after ten seconds.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Asks until the key is there. When whoever waits goes away, so does the job.
pub(super) async fn wait(
    hsm: &DeviceHsm,
    job: KeyId,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<u8>, HsmError> {
    let mut guard = CancelOnDrop { hsm, job: Some(job) };
    let mut pause = FIRST_PAUSE;
    loop {
        let bytes = hsm.ask(&KeyJobStatus { job }, MAX_BLOB_LEN + 32).await?;
        match answer(&bytes)? {
            (JobStatus::Running { primes, candidates }, _) => progress(Progress { primes, candidates }),
            (JobStatus::Ended, blob) => {
                guard.job = None;
                return checked(blob);
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

struct CancelOnDrop<'h> {
    hsm: &'h DeviceHsm,
    job: Option<KeyId>,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        let (Some(job), Ok(runtime)) = (self.job, tokio::runtime::Handle::try_current()) else {
            return;
        };
        let (status, patience) = (self.hsm.status.clone(), self.hsm.patience);
        runtime.spawn(async move {
            if let Err(error) = cancel(job, &status, patience).await {
                tracing::debug!(%error, "a key generation goes on that nobody waits for");
            }
        });
    }
}

async fn cancel(job: KeyId, status: &watch::Receiver<Status>, patience: Duration) -> Result<(), HsmError> {
    let mut buffer = [0; KeyId::LEN];
    let head = postcard::to_slice(&KeyJobCancel { job }, &mut buffer).map_err(|_| unreadable())?;
    let call = Call {
        spec: KeyJobCancel::SPEC,
        head,
        data: &[],
        first_len: 0,
        part_len: 1,
        expected_len: 1,
    };
    call.run(status, &Room::default(), patience).await.map(|_| ())
}
