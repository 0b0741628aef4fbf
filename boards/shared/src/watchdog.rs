//! Feeding a watchdog beside the device's work.

use core::convert::Infallible;
use embassy_time::Timer;

const FEED_SECONDS: u64 = 2;

/// Feeds it again and again, in the same task as the device's work: when that stands still, the watchdog is not fed.
pub async fn feed(mut feed_once: impl FnMut()) -> Infallible {
    loop {
        feed_once();
        Timer::after_secs(FEED_SECONDS).await;
    }
}
