//! The device's audit log, taken into the data directory all the time.

use super::data_dir::DataDir;
use crate::audit::{DrainError, drain, drain_and_sign};
use crate::hsm::{ErrorKind, Hsm, HsmError};
use std::sync::Arc;
use std::time::{Duration, Instant};
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

/// Takes entries for as long as the daemon runs. A backend that keeps no log is asked once.
pub(super) async fn keep(hsm: Arc<dyn Hsm>, data: Arc<DataDir>) {
    first_answer(&*hsm).await;
    let mut signed: Option<Instant> = None;
    loop {
        let sign = signed.is_none_or(|signed| signed.elapsed() >= SIGN_EVERY);
        match take(&*hsm, &data, sign).await {
            Ok(()) if sign => signed = Some(Instant::now()),
            Ok(()) => {}
            Err(DrainError::Hsm(error)) if error.kind() == ErrorKind::Unsupported => {
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
