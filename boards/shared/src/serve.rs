//! The device's work on a board that embassy drives.

use crate::clock::BootClock;
use crate::executor::block_on;
use crate::usb::Link;
use crate::watchdog::feed_until;
use casemate_firmware::device::Device;
use casemate_firmware::platform::{Clock, Platform};
use embassy_futures::select::select;
use embassy_time::Timer;

const FAREWELL_MS: u64 = 100;

/// Serves, over a new link each time the host is gone, until the device has to start anew and its last answer has had time
/// to leave, or an image on trial has to make way. Feeds a watchdog by `feed_once` meanwhile.
pub fn serve_until_restart<P: Platform<Clock = BootClock>>(
    device: &mut Device<P>,
    link: &mut Link,
    mut feed_once: impl FnMut(),
) {
    let trial = device.trial();
    let is_over = || trial.is_over(BootClock.uptime_ms());
    while !device.must_restart() && !is_over() {
        link.begin();
        block_on(select(device.serve(link), feed_until(is_over, &mut feed_once)));
    }
    // The host fetches the answer within that time, or does not want it.
    block_on(Timer::after_millis(FAREWELL_MS));
}
