use casemate_firmware::platform::Clock;
use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::peripheral::{SCB, SYST, syst::SystClkSource};
use cortex_m_rt::exception;
use embedded_hal::delay::DelayNs;

/// Ticks a second: SysTick counts the core's 200 MHz.
const HZ: u64 = 200_000_000;
/// Nanoseconds of one tick.
pub(super) const NS_PER_TICK: u32 = (1_000_000_000 / HZ) as u32;
const RELOAD: u32 = 0x00FF_FFFF;

/// How often the counter, 24 bits wide, has wrapped: every 84 ms.
static WRAPS: AtomicU32 = AtomicU32::new(0);

/// Time since start, from SysTick. Good for eleven years.
#[derive(Clone, Copy)]
pub struct SysTickClock(());

impl SysTickClock {
    /// Starts the clock.
    pub fn start(mut syst: SYST) -> Self {
        syst.set_clock_source(SystClkSource::Core);
        syst.set_reload(RELOAD);
        syst.clear_current();
        syst.enable_interrupt();
        syst.enable_counter();
        Self(())
    }

    /// Ticks since start.
    pub fn ticks(self) -> u64 {
        let (wraps, left) = critical_section::with(|_| {
            let left = SYST::get_current();
            if SCB::is_pendst_pending() {
                // It wrapped before or after the look at it, and its handler is still to run.
                return (WRAPS.load(Ordering::Relaxed).wrapping_add(1), SYST::get_current());
            }
            (WRAPS.load(Ordering::Relaxed), left)
        });
        (u64::from(wraps) << 24) + u64::from(RELOAD - left)
    }
}

#[exception]
fn SysTick() {
    WRAPS.fetch_add(1, Ordering::Relaxed);
}

impl Clock for SysTickClock {
    fn uptime_ms(&self) -> u64 {
        self.ticks() / (HZ / 1_000)
    }
}

impl DelayNs for SysTickClock {
    fn delay_ns(&mut self, ns: u32) {
        let ticks = u64::from(ns).saturating_mul(HZ).div_ceil(1_000_000_000);
        let start = self.ticks();
        while self.ticks() - start < ticks {}
    }
}
