use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// Room in the device's audit log: requests that were refused for want of it wait here for somebody who takes entries.
#[derive(Default)]
pub(super) struct Room {
    needed: Notify,
    made: Notify,
    /// Whether there is anybody who takes them.
    kept: AtomicBool,
}

impl Room {
    /// Waits until a request needs room. From the first call on there is somebody to wait for.
    pub(super) async fn needed(&self) {
        self.kept.store(true, Ordering::Relaxed);
        self.needed.notified().await;
    }

    /// Entries were taken.
    pub(super) fn made(&self) {
        self.made.notify_waiters();
    }

    /// Asks for room and waits until there is some; false when nobody makes it in time.
    pub(super) async fn wait(&self, deadline: Instant) -> bool {
        if !self.kept.load(Ordering::Relaxed) {
            return false;
        }
        let made = self.made.notified();
        self.needed.notify_one();
        timeout_at(deadline, made).await.is_ok()
    }
}
