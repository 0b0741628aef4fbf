use crate::engine::Engine;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;
use uuid::Uuid;

/// Between the first two looks.
const FIRST_PAUSE: Duration = Duration::from_millis(125);
/// Looks before the pause is doubled.
const LOOKS_ALIKE: u32 = 2;
/// The longest pause.
const MOST: Duration = Duration::from_secs(60);
/// Looks in all.
const LOOKS: u32 = 46;

/// Which orders are being driven now, and who waits for more to do.
#[derive(Default)]
pub(in crate::engine) struct Driving {
    now: Mutex<HashSet<Uuid>>,
    /// An order is due.
    pub(super) wanted: Notify,
    /// An order has left records in the DNS.
    pub(super) spent: Notify,
}

impl Driving {
    pub(super) fn take(&self, id: Uuid) -> Option<Turn<'_>> {
        self.ids().insert(id).then(|| Turn(self, id))
    }

    fn ids(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to drive an order; given up on drop.
pub(super) struct Turn<'d>(&'d Driving, Uuid);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.ids().remove(&self.1);
    }
}

impl Engine {
    /// Waits until an order at a public authority is due, or the time is up.
    pub async fn order_wanted(&self, patience: Duration) {
        // Either is a reason to look.
        let _ = timeout(patience, self.orders.wanted.notified()).await;
    }

    /// Waits until records in the DNS are to be removed, or the time is up.
    pub async fn records_spent(&self, patience: Duration) {
        let _ = timeout(patience, self.orders.spent.notified()).await;
    }

    /// Has whoever waits for orders and their records look at once.
    pub fn look_for_orders(&self) {
        self.orders.wanted.notify_one();
        self.orders.spent.notify_one();
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
