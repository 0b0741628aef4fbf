//! Feeding a watchdog beside the device's work.

use embassy_time::Timer;

const FEED_SECONDS: u64 = 2;

/// Feeds it again and again until `is_over`, in the same task as the device's work: when that stands still, the watchdog is
/// not fed.
pub async fn feed_until(is_over: impl Fn() -> bool, mut feed_once: impl FnMut()) {
    while !is_over() {
        feed_once();
        Timer::after_secs(FEED_SECONDS).await;
    }
}
