//! The time since start.

use casemate_firmware::platform::Clock;
use embassy_time::Instant;

/// The timer that embassy starts with the chip.
pub struct BootClock;

impl Clock for BootClock {
    fn uptime_ms(&self) -> u64 {
        Instant::now().as_millis()
    }
}
