//! The device's audit log, taken into the data directory all the time.

use super::data_dir::DataDir;
use crate::audit::{DrainError, drain, drain_and_sign};
use crate::hsm::{ErrorKind, Hsm};
use std::sync::Arc;
use std::time::Duration;
use tracing::{info, warn};

/// How often entries are looked for: a device of ours has room for hundreds.
const EVERY: Duration = Duration::from_secs(20);

/// After this many rounds the head is signed again: an hour.
const SIGN_AFTER: u32 = 180;

/// Takes entries for as long as the daemon runs. A backend that keeps no log is asked once.
pub(super) async fn keep(hsm: Arc<dyn Hsm>, data: Arc<DataDir>) {
    let mut since_signed = SIGN_AFTER;
    loop {
        let sign = since_signed >= SIGN_AFTER;
        match take(&*hsm, &data, sign).await {
            Ok(()) => since_signed = if sign { 1 } else { since_signed + 1 },
            Err(DrainError::Hsm(error)) if error.kind() == ErrorKind::Unsupported => {
                info!("this backend keeps no audit log");
                return;
            }
            Err(error) => {
                warn!(%error, "can't take the device's audit log; it refuses to go on when that is full")
            }
        }
        tokio::time::sleep(EVERY).await;
    }
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
