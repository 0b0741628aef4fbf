//! What happens by itself: values end on their date, passwords rotate on their schedule.
//!
//! Neither can be undone, so both wait until [`Clock::certain`](crate::engine::clock::Clock::certain) agrees with the
//! clock. From its date on an ended value is not read any more, destroyed already or not.

use super::change::{existing, managed, rotated};
use super::{Credentials, Found, Kind, NewEdition, Rotation};
use crate::engine::clock::Time;
use crate::engine::secret::SecretRow;
use crate::engine::secret::change::{Needs, Outcome};
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use crate::store::Batch;
use tracing::{info, warn};
use zeroize::Zeroizing;

/// Before what can't be done now is tried again: the device is away, or a lock is in the way. Doubled each time.
const PATIENCE: i64 = 60;
/// The most of that.
const MOST: i64 = 3600;
/// Who makes versions on schedule.
const AUTHOR: &str = "casemate";

/// What happens to one secret.
enum Step {
    Ended,
    Nothing,
    Rotation(Kind),
}

impl Engine {
    /// Destroys what has ended and rotates what is due; answers how many secrets that were. What can't be done now is
    /// tried again the next time.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn run_due(&self) -> Result<usize, EngineError> {
        let now = self.certain_now();
        self.renew_lists(now).await?;
        let mut done = 0;
        // API keys wait for their issuers: see renew_due_leases.
        for found in self.due_secrets(now, |kind| kind != Kind::ApiKey)? {
            let ran = self.run_one(&found, now).await;
            done += usize::from(self.note_run(&found, now, ran));
        }
        Ok(done)
    }

    /// The time that the clock and whoever watches it agree on.
    pub(in crate::engine) fn certain_now(&self) -> Time {
        self.clock.now().min(self.clock.certain())
    }

    /// The secrets of some kinds for which something is to be done by now.
    pub(in crate::engine) fn due_secrets(
        &self,
        now: Time,
        of: impl Fn(Kind) -> bool,
    ) -> Result<Vec<Found>, EngineError> {
        self.catalogue.due(now, of)
    }

    /// Notes whether what was due was done; what was not is left alone for a while.
    pub(in crate::engine) fn note_run(&self, found: &Found, now: Time, ran: Result<(), EngineError>) -> bool {
        let Err(error) = ran else {
            self.catalogue.succeeded(found);
            return true;
        };
        let pause = pause(self.catalogue.failed(found));
        warn!(secret = %found.id, %error, ?pause, "can't end or rotate a secret; trying again later");
        self.catalogue.postpone(found, now.after(pause));
        false
    }

    async fn run_one(&self, found: &Found, now: Time) -> Result<(), EngineError> {
        let step = self
            .change(found.collection, &found.path, Needs::Metadata, |snapshot| {
                let (row, _) = existing(snapshot)?;
                Ok(ended(row, now))
            })
            .await;
        self.catalogue.refresh(&*self.store, found)?;
        match step {
            Ok(Step::Ended) => {
                info!(secret = %found.id, "destroyed the data of an expired secret");
                Ok(())
            }
            Ok(Step::Rotation(Kind::PrivateCertificate)) => {
                self.renew_certificate(found, AUTHOR, now).await?;
                info!(secret = %found.id, "made a certificate anew on schedule");
                Ok(())
            }
            Ok(Step::Rotation(_)) => self.rotate_due(found, now).await,
            Ok(Step::Nothing) => Ok(()),
            Err(EngineError::SecretNotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Rotates a password once, however many intervals have passed, and sets the next time after `now`: both are one
    /// batch, so that it happens once.
    async fn rotate_due(&self, found: &Found, now: Time) -> Result<(), EngineError> {
        let password = self.generate_password().await?;
        let done = self
            .change(found.collection, &found.path, Needs::Value, |snapshot| {
                let (mut row, _) = existing(snapshot)?;
                let policy = &managed(&mut row)?.policy;
                if policy.as_ref().is_none_or(|policy| policy.next > now) {
                    return Ok((Outcome::Unchanged, false));
                }
                row.check_rotatable(snapshot.now)?;
                let value = with_password(snapshot.value.as_ref().map_or(&[], |value| value), &password)?;
                let (outcome, _) = rotated(snapshot, row, &on_schedule(now), value)?;
                Ok((outcome, true))
            })
            .await;
        self.catalogue.refresh(&*self.store, found)?;
        if done? {
            info!(secret = %found.id, "rotated a password on schedule");
        }
        Ok(())
    }
}

/// Before another try after so many that have failed.
fn pause(failures: u32) -> Span {
    let doubled = PATIENCE.checked_shl(failures.saturating_sub(1).min(16));
    Span::from_secs(doubled.unwrap_or(MOST).min(MOST))
}

/// A version that a schedule makes, which is served by it until then.
pub(in crate::engine) fn on_schedule(until: Time) -> Rotation {
    let edition = NewEdition {
        auto_rotated: true,
        ..NewEdition::by(AUTHOR)
    };
    Rotation {
        edition,
        advance: Some(until),
        ..Rotation::default()
    }
}

fn with_password(old: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, EngineError> {
    let mut credentials = Credentials::from_value(old)?;
    credentials.password = password.to_owned();
    credentials.to_value()
}

/// What becomes of a secret at `now`, and what is still to be done.
fn ended(mut row: SecretRow, now: Time) -> (Outcome, Step) {
    let ends = row.managed.as_ref().and_then(|managed| managed.ends());
    if ends.is_none_or(|end| end > now) {
        let managed = row.managed.as_deref();
        let due = managed.filter(|managed| managed.policy.as_ref().is_some_and(|policy| policy.next <= now));
        let step = due.map_or(Step::Nothing, |managed| Step::Rotation(managed.kind));
        return (Outcome::Unchanged, step);
    }
    if let Some(managed) = &mut row.managed {
        managed.destroyed = true;
        managed.policy = None;
    }
    let drop = row.destroy_values(|_, _| true);
    row.updated = now;
    let outcome = Outcome::Changed {
        row,
        seal: None,
        drop,
        also: Batch::new(),
    };
    (outcome, Step::Ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let pauses =
            [1, 2, 3, 6, 7, 100, u32::MAX].map(|failures| pause(failures).as_nanos() / 1_000_000_000);
        assert_eq!(pauses, [60, 120, 240, 1920, 3600, 3600, 3600]);
    }
}
