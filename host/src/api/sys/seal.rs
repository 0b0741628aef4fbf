//! `sys/seal` and `sys/unseal`.

use hyper::StatusCode;

use super::{Action, Fault, Sys, fields, status};
use crate::api::vault::{Request, Response, no_content};
use crate::engine::EngineError;
use crate::hsm::ErrorKind;

pub(super) async fn seal(sys: &Sys, action: Action) -> Result<Response, Fault> {
    if action != Action::Write {
        return Err(Fault::Unsupported(None));
    }
    sys.sealing.seal().await.map_err(failed)?;
    Ok(no_content())
}

/// Needs no token: none counts while sealed. What is asked for is the officer PIN, which the device judges; where only one
/// try is left it is not asked, so that nobody can lock the device from afar.
pub(super) async fn unseal(sys: &Sys, request: &Request) -> Result<Response, Fault> {
    if Action::of(request)? != Action::Write {
        return Err(Fault::Unsupported(None));
    }
    let fields = fields(request)?;
    let pin = fields.text("key")?.filter(|pin| !pin.is_empty());
    match pin.map(zeroize::Zeroizing::new) {
        // Nothing was begun that could be reset, so that resetting is done.
        None if fields.flag("reset")? == Some(true) => {}
        None => return Err(Fault::bad("'key' must be the officer PIN, or 'reset' true")),
        Some(_) if !sys.sealing.is_sealed() => {}
        Some(pin) => sys.sealing.unseal(&pin).await.map_err(failed)?,
    }
    status::seal_status_answer(sys).await
}

fn failed(error: EngineError) -> Fault {
    match error {
        EngineError::Hsm(error) if error.kind() == ErrorKind::Caller => Fault::bad(error.to_string()),
        EngineError::Hsm(error) if error.kind() == ErrorKind::Transient => {
            tracing::warn!(%error, "can't unseal now");
            Fault::Failed(StatusCode::SERVICE_UNAVAILABLE)
        }
        EngineError::Hsm(error) => Fault::bad(error.to_string()),
        error => {
            tracing::error!(%error, "can't seal or unseal");
            Fault::Failed(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}
