//! The device's audit log, taken into the data directory all the time.

use super::data_dir::DataDir;
use crate::audit::{DrainError, drain, drain_and_sign};
use crate::hsm::{ErrorKind, Hsm, HsmError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tracing::{info, warn};

/// How often entries are looked for, and at once when the device has no room for more.
const EVERY: Duration = Duration::from_secs(20);

/// After a failure, which the next one is likely to repeat.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a device may take to answer for the first time before that is worth a warning, and how often it is asked.
const START: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(100);

/// How often the head is signed.
const SIGN_EVERY: Duration = Duration::from_secs(3600);

/// How long a device may take to sign once more at the end: one that is away must not hold the daemon up.
const END: Duration = Duration::from_secs(3);

/// A device whose log is taken for as long as the daemon runs.
pub(super) struct Keeping {
    hsm: Arc<dyn Hsm>,
    data: Arc<DataDir>,
    task: JoinHandle<()>,
}

impl Keeping {
    pub(super) fn begin(hsm: Arc<dyn Hsm>, data: Arc<DataDir>) -> Self {
        let task = tokio::spawn(keep(hsm.clone(), data.clone()));
        Self { hsm, data, task }
    }

    /// Takes what has come since, and has the head behind it signed: what was done until now is vouched for then, though
    /// no daemon may ever start again.
    pub(super) async fn end(self) {
        self.task.abort();
        // Two must not write to one file.
        let _ = self.task.await;
        let unsigned = "the head of the device's audit log is not signed at the end; the next start signs it";
        match tokio::time::timeout(END, take(&*self.hsm, &self.data, true)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) if keeps_none(&error) => {}
            Ok(Err(error)) => warn!(%error, "{unsigned}"),
            Err(_) => warn!("{unsigned}: the device does not answer"),
        }
    }
}

/// Takes entries for as long as the daemon runs. A backend that keeps no log is asked once.
async fn keep(hsm: Arc<dyn Hsm>, data: Arc<DataDir>) {
    first_answer(&*hsm).await;
    let mut signed: Option<Instant> = None;
    loop {
        let sign = signed.is_none_or(|signed| signed.elapsed() >= SIGN_EVERY);
        match take(&*hsm, &data, sign).await {
            Ok(()) if sign => signed = Some(Instant::now()),
            Ok(()) => {}
            Err(error) if keeps_none(&error) => {
                info!("this backend keeps no audit log");
                return;
            }
            Err(error) => {
                warn!(%error, "can't take the device's audit log; it refuses to go on when that is full");
                tokio::time::sleep(PAUSE).await;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = hsm.audit_is_full() => {}
        }
    }
}

/// Whether this says that the backend keeps no log.
fn keeps_none(error: &DrainError) -> bool {
    matches!(error, DrainError::Hsm(error) if error.kind() == ErrorKind::Unsupported)
}

/// Waits until a device that starts beside the daemon answers; not longer than that takes.
async fn first_answer(hsm: &dyn Hsm) {
    let deadline = Instant::now() + START;
    while Instant::now() < deadline && is_away(hsm).await {
        tokio::time::sleep(POLL).await;
    }
}

async fn is_away(hsm: &dyn Hsm) -> bool {
    let away = |error: &HsmError| error.kind() == ErrorKind::Transient;
    hsm.info().await.as_ref().is_err_and(away)
}

async fn take(hsm: &dyn Hsm, data: &DataDir, sign: bool) -> Result<(), DrainError> {
    let file = data.audit(&hsm.info().await?.id);
    if !sign {
        return drain(hsm, &file).await.map(drop);
    }
    let mut challenge = [0; 32];
    challenge.copy_from_slice(&hsm.random(32).await?);
    drain_and_sign(hsm, &file, challenge).await.map(drop)
}
