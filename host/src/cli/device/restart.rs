use super::open::Opened;
use super::{Failure, Target};
use crate::cli::print::done;
use crate::hsm::device::DeviceStatus;
use crate::hsm::{ErrorKind, HsmError};
use casemate_common::command::DeviceState;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How long a board may take to check its image and to come back on USB.
const PATIENCE: Duration = Duration::from_secs(60);
const ONE_ANSWER: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(200);

/// `casemate device restart`
pub(super) async fn restart(target: &Target) -> Result<String, Failure> {
    let opened = target.open()?;
    let before = order(&opened).await?;
    let status = started_anew(&opened, before).await?;
    let said = format!("started anew; starts so far: {}", status.starts);
    Ok(done(target.json, "restarted", &said))
}

/// Tells the device to start anew; how often it had started before. A board may go before its answer has left.
pub(super) async fn order(opened: &Opened) -> Result<u64, HsmError> {
    let before = opened.hsm.device_status().await?.starts;
    match opened.hsm.restart().await {
        Err(error) if error.kind() != ErrorKind::SessionLost => Err(error),
        _ => Ok(before),
    }
}

/// Waits until the device is back that was told to start anew, after having started so often before.
pub(super) async fn started_anew(opened: &Opened, before: u64) -> Result<DeviceStatus, Failure> {
    let hsm = &opened.hsm;
    let deadline = Instant::now() + PATIENCE;
    loop {
        // What a board was asked while it went down is never answered.
        let why = match timeout(ONE_ANSWER, hsm.device_status()).await {
            Ok(Ok(status)) if status.starts > before => return Ok(status),
            Ok(Ok(status)) if status.state == DeviceState::Error => {
                return Err("the device came back in the error state: casemate device info".into());
            }
            Ok(Ok(_)) => "it has not started anew".into(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it does not answer".into(),
        };
        if Instant::now() > deadline {
            let waited = PATIENCE.as_secs();
            return Err(format!(
                "the device did not come back within {waited} s ({why}): pull it out and put it in"
            )
            .into());
        }
        sleep(LOOK).await;
    }
}
