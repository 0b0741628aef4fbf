//! Which device a request goes to, and where it goes next.

use super::{Inner, Member};
use crate::hsm::{ErrorKind, HsmError};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long a request waits for a device that could serve it.
const PATIENCE: Duration = Duration::from_secs(5);

/// One request's way through the devices.
pub(super) struct Search<'p> {
    pool: &'p Inner,
    keyring: Option<KeyringId>,
    deadline: Instant,
    /// Devices that have failed it, by their place in the pool.
    tried: Vec<usize>,
    last: Option<HsmError>,
}

impl<'p> Search<'p> {
    /// For a device that holds this keyring; for none: for any device.
    pub(super) fn new(pool: &'p Inner, keyring: Option<KeyringId>) -> Self {
        Self {
            pool,
            keyring,
            deadline: Instant::now() + PATIENCE,
            tried: Vec::new(),
            last: None,
        }
    }

    /// The least busy device that has not failed the request yet; waits for one where there is none.
    ///
    /// # Errors
    /// The last device's, or that there is none.
    pub(super) async fn next(&mut self) -> Result<(usize, &'p Arc<Member>), HsmError> {
        let mut changes = self.pool.changes.subscribe();
        loop {
            changes.mark_unchanged();
            if let Some(found) = self.least_busy() {
                return Ok(found);
            }
            if !self.may_wait() {
                return Err(self.last.take().unwrap_or_else(|| self.nobody()));
            }
            // Who has failed may have come back.
            self.tried.clear();
            if timeout_at(self.deadline, changes.changed()).await.is_err() {
                return Err(self.last.take().unwrap_or_else(|| self.nobody()));
            }
        }
    }

    /// Takes what a device answered in place of a result; goes on where another device may do better.
    ///
    /// # Errors
    /// The same error, where none will.
    pub(super) fn failed(&mut self, (at, member): (usize, &Member), error: HsmError) -> Result<(), HsmError> {
        let is_lost = error == HsmError::from(ErrorCode::KeyringNotFound);
        if !member.hsm.is_up() || is_lost || error.kind() == ErrorKind::Permanent {
            self.pool.doubt(member, &error);
        }
        if !is_lost && !goes_elsewhere(error.kind()) {
            return Err(error);
        }
        self.tried.push(at);
        self.last = Some(error);
        Ok(())
    }

    fn least_busy(&self) -> Option<(usize, &'p Arc<Member>)> {
        let members = &self.pool.members;
        let first = self.pool.turn.fetch_add(1, Ordering::Relaxed);
        let in_turn = (0..members.len()).map(|step| first.wrapping_add(step) % members.len());
        in_turn
            .filter(|at| !self.tried.contains(at))
            .filter_map(|at| Some((at, members.get(at)?)))
            .filter(|(_, member)| member.takes(self.keyring))
            .min_by_key(|(_, member)| member.load())
    }

    /// Whether a device may come that serves it.
    fn may_wait(&self) -> bool {
        let is_somebody_out = self.pool.members.iter().any(|member| member.out().is_some());
        let passes = |error: &HsmError| matches!(error.kind(), ErrorKind::Transient | ErrorKind::SessionLost);
        is_somebody_out && self.last.as_ref().is_none_or(passes)
    }

    fn nobody(&self) -> HsmError {
        let out = self.pool.absences();
        if out.is_empty() {
            return HsmError::from(ErrorCode::KeyringNotFound);
        }
        let why = format!(
            "no device of the pool that could serve this is there: {}",
            out.join("; ")
        );
        HsmError::new(ErrorKind::Transient, why)
    }
}

/// Whether another device may answer where one ended so. What a device does with a key can be repeated elsewhere even
/// where it is not known whether it was done: the result of the first time is nobody's.
fn goes_elsewhere(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Transient | ErrorKind::SessionLost | ErrorKind::Permanent | ErrorKind::Full => true,
        ErrorKind::Caller | ErrorKind::Refused | ErrorKind::Forbidden | ErrorKind::Unsupported => false,
    }
}
