//! One command, from its typed request to its whole answer, across lost sessions.

use super::exchange::Failure;
use super::room::Room;
use super::session::{Opening, Session};
use super::supervisor::Status;
use crate::hsm::{ErrorKind, HsmError};
use casemate_common::command::{DeviceState, Spec};
use casemate_common::error::ErrorCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};
use zeroize::Zeroizing;

/// How long a short request waits for its answer, all attempts together.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes a second that even a slow line shared by others carries for one request: long ones may take longer.
const SLOWEST_SHARE: usize = 8 * 1024;
/// Sessions that one request may lose before it is given up.
const MAX_ATTEMPTS: u32 = 16;
/// Between two attempts where the device was busy with others; grows with each.
const PAUSE_WHILE_BUSY: Duration = Duration::from_millis(5);

/// What to send, and how to cut it.
pub(super) struct Call<'a> {
    pub(super) spec: Spec,
    /// The command's encoding.
    pub(super) head: &'a [u8],
    /// What follows it.
    pub(super) data: &'a [u8],
    /// Bytes of `data` in the first message.
    pub(super) first_len: usize,
    /// Bytes of `data` in each further message.
    pub(super) part_len: usize,
    /// Length of the answer, or more.
    pub(super) expected_len: usize,
}

impl Call<'_> {
    /// Sends until an answer comes: again after a lost session, where the request provably never arrived or may be
    /// repeated, or once there is room in the device's log. Waits `for_session` at most for a device that is away.
    pub(super) async fn run(
        &self,
        status: &watch::Receiver<Status>,
        room: &Room,
        for_session: Duration,
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let bytes = self.data.len().max(self.expected_len);
        let deadline = Instant::now() + PATIENCE + Duration::from_secs((bytes / SLOWEST_SHARE) as u64);
        let mut failure = Failure::NeverArrived;
        for attempt in 1..=MAX_ATTEMPTS {
            let session = standing_session(status, deadline.min(Instant::now() + for_session)).await?;
            failure = match timeout_at(deadline, self.attempt(&session)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failure)) => failure,
                Err(_) => {
                    return Err(HsmError::new(
                        ErrorKind::SessionLost,
                        "the device did not answer in time",
                    ));
                }
            };
            let log_is_full = failure == Failure::Refused(ErrorCode::AuditFull.code());
            if !(self.may_repeat(failure) || log_is_full && room.wait(deadline).await) {
                break;
            }
            if failure == Failure::Refused(ErrorCode::Busy.code()) {
                sleep(PAUSE_WHILE_BUSY * attempt).await;
            }
        }
        Err(failure.into())
    }

    fn may_repeat(&self, failure: Failure) -> bool {
        match failure {
            Failure::NeverArrived => true,
            Failure::Unknown => self.spec.idempotent,
            // Another host's streams may hold the slots for a moment; a stream may have been cut by our own cancel.
            Failure::Refused(code) => code == ErrorCode::Busy.code() || code == ErrorCode::OutOfOrder.code(),
            Failure::TooLarge | Failure::Overloaded => false,
        }
    }

    /// Sends it once.
    pub(super) async fn attempt(&self, session: &Arc<Session>) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if let Some(fault) = session.fault
            && !self.spec.states.contains(DeviceState::Error)
        {
            return Err(Failure::Refused(fault.code().code()));
        }
        let (first, rest) = self.data.split_at(self.first_len.min(self.data.len()));
        let stream = match rest.is_empty() {
            true => None,
            false => Some(
                session
                    .streams
                    .clone()
                    .acquire_owned()
                    .await
                    .map_err(|_| Failure::NeverArrived)?,
            ),
        };
        let opening = Opening {
            code: self.spec.code,
            last: rest.is_empty(),
            body: [self.head, first],
            expected_len: self.expected_len,
            stream,
        };
        let started = session.request(opening).await?;
        let mut guard = CancelOnDrop {
            session: Some(session),
            id: started.id,
        };
        let mut parts = rest.chunks(self.part_len).peekable();
        while let Some(part) = parts.next() {
            if session
                .part(started.id, parts.peek().is_none(), part)
                .await
                .is_err()
            {
                break; // The session is over; the answer says what became of the request.
            }
        }
        let answer = started.answer.await;
        guard.session = None;
        answer.unwrap_or(Err(Failure::Unknown))
    }
}

/// Frees the device of a request whose caller has gone away.
struct CancelOnDrop<'s> {
    session: Option<&'s Arc<Session>>,
    id: u16,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.session {
            session.cancel(self.id);
        }
    }
}

async fn standing_session(
    status: &watch::Receiver<Status>,
    deadline: Instant,
) -> Result<Arc<Session>, HsmError> {
    if let Some(session) = standing(&status.borrow()) {
        return Ok(session);
    }
    let mut changes = status.clone();
    let decided = |status: &Status| standing(status).is_some() || matches!(status, Status::Refused(_));
    match timeout_at(deadline, changes.wait_for(decided)).await {
        Ok(Ok(status)) => standing(&status).ok_or_else(|| away(&status)),
        Ok(Err(_)) => Err(HsmError::new(
            ErrorKind::Permanent,
            "the link to the device was shut down",
        )),
        Err(_) => Err(away(&status.borrow())),
    }
}

fn standing(status: &Status) -> Option<Arc<Session>> {
    match status {
        Status::Up(session) if session.stands() => Some(session.clone()),
        _ => None,
    }
}

fn away(status: &Status) -> HsmError {
    match status {
        Status::Down(reason) => HsmError::new(ErrorKind::Transient, &**reason),
        Status::Refused(reason) => HsmError::new(ErrorKind::Permanent, &**reason),
        Status::Up(_) => HsmError::new(
            ErrorKind::Transient,
            "the device's session ended and none followed in time",
        ),
    }
}
