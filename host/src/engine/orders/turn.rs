use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// Between the first two looks.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Looks before the pause is doubled.
const LOOKS_ALIKE: u32 = 4;
/// The longest pause.
const MOST: Duration = Duration::from_secs(60);
/// Looks in all.
const LOOKS: u32 = 56;

/// Which orders are being driven now.
#[derive(Default)]
pub(in crate::engine) struct Driving(Mutex<HashSet<Uuid>>);

impl Driving {
    pub(super) fn take(&self, id: Uuid) -> Option<Turn<'_>> {
        let new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        new.then(|| Turn(self, id))
    }
}

/// The right to drive an order; given up on drop.
pub(super) struct Turn<'d>(&'d Driving, Uuid);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.1);
    }
}

/// Looks at an order that the authority works on: ever more seldom, and not for ever.
#[derive(Default)]
pub(super) struct Looks(u32);

impl Looks {
    /// How long to wait before the next; `None` where there have been enough: after about half an hour.
    pub(super) fn pause(&mut self) -> Option<Duration> {
        let pause = FIRST_PAUSE * 2u32.saturating_pow(self.0 / LOOKS_ALIKE);
        self.0 += 1;
        (self.0 <= LOOKS).then(|| pause.min(MOST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_become_rarer_and_end() {
        let mut looks = Looks::default();
        let pauses: Vec<_> = std::iter::from_fn(|| looks.pause()).collect();
        assert!(pauses.is_sorted(), "{pauses:?}");
        assert_eq!((pauses[0], *pauses.last().unwrap()), (FIRST_PAUSE, MOST));
        let minutes = pauses.iter().sum::<Duration>().as_secs() / 60;
        assert!((20..60).contains(&minutes), "{minutes} minutes");
    }
}
