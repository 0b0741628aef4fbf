//! What is done once with a session that stands, before anybody uses it.

use super::call::Call;
use super::exchange::Failure;
use super::session::Session;
use super::trust::Trust;
use casemate_common::command::{Command, DeviceInit, DeviceState, Info, InfoAnswer, PinLimits, Role};
use std::io;
use std::sync::Arc;

/// Takes a device into service that nobody has initialised, where this host may; tells what stands in its way otherwise.
pub(super) async fn prepare(session: &Arc<Session>, trust: &Trust) {
    let state = match ask(session, &Info {}).await {
        Ok(answer) => postcard::from_bytes(&answer).map(|info: InfoAnswer<'_>| (info.state, info.roles)),
        // The session is over, or soon will be; the next one is prepared again.
        Err(_) => return,
    };
    match state {
        Ok((DeviceState::Uninitialised, _)) if trust.initialises() => initialise(session, trust).await,
        Ok((DeviceState::Uninitialised, _)) => {
            tracing::warn!("the device is not initialised: run `casemate device init`");
        }
        Ok((DeviceState::Ready | DeviceState::Locked, roles)) if !roles.contains(Role::Operator) => {
            tracing::warn!(
                host_key = %hex::encode(trust.public_key().as_bytes()),
                "the device does not know this host as an operator: an officer has to enrol its key \
                 (`casemate device roles enroll`)"
            );
        }
        Ok(_) | Err(_) => {}
    }
}

async fn initialise(session: &Arc<Session>, trust: &Trust) {
    let done = async {
        let pin = trust.officer_pin()?;
        let init = DeviceInit {
            pin: pin.as_bytes(),
            limits: PinLimits::DEFAULT,
            name: "first host",
        };
        ask(session, &init)
            .await
            .map_err(crate::hsm::HsmError::from)
            .map_err(io::Error::other)
    };
    match done.await {
        Ok(_) => tracing::info!("took the device into service; the officer PIN is in the file officer-pin"),
        Err(error) => tracing::warn!(%error, "can't take the device into service"),
    }
}

async fn ask<C: Command>(
    session: &Arc<Session>,
    command: &C,
) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
    let head = postcard::to_stdvec(command)
        .map(zeroize::Zeroizing::new)
        .map_err(|_| Failure::TooLarge)?;
    let call = Call {
        spec: C::SPEC,
        head: &head,
        data: &[],
        first_len: 0,
        part_len: 1,
        expected_len: 256,
    };
    call.attempt(session).await
}
