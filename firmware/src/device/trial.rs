use core::sync::atomic::{AtomicU32, Ordering};

/// How long an image on trial may run without having served, in milliseconds: with all its tries, half an hour.
const PATIENCE_MS: u64 = 10 * 60 * 1000;
/// How long one that can't serve tells its host why, in milliseconds.
const REASON_MS: u64 = 15 * 1000;

/// When an image that is on trial has to make way: at the end the board starts anew, and after the last of its tries comes
/// the image before it, without anybody's hand.
///
/// It can be asked while the device serves.
pub struct Trial {
    /// The second of the uptime in which it ends.
    end: AtomicU32,
}

impl Trial {
    const NEVER: u32 = u32::MAX;

    /// Of an image of which nothing is known yet.
    pub(super) const fn new() -> Self {
        Self {
            end: AtomicU32::new(0),
        }
    }

    /// Whether it is over at this uptime.
    pub fn is_over(&self, uptime_ms: u64) -> bool {
        uptime_ms / 1000 >= self.end.load(Ordering::Relaxed).into()
    }

    /// An image starts.
    pub(super) fn begin(&self, is_on_trial: bool, uptime_ms: u64) {
        self.end.store(
            if is_on_trial {
                second(uptime_ms, PATIENCE_MS)
            } else {
                Self::NEVER
            },
            Ordering::Relaxed,
        );
    }

    /// It can't serve. One that has passed stays, whatever befell it since.
    pub(super) fn fail(&self, uptime_ms: u64) {
        let end = self.end.load(Ordering::Relaxed);
        if end != Self::NEVER {
            self.end
                .store(end.min(second(uptime_ms, REASON_MS)), Ordering::Relaxed);
        }
    }

    /// It has served.
    pub(super) fn pass(&self) {
        self.end.store(Self::NEVER, Ordering::Relaxed);
    }
}

fn second(uptime_ms: u64, later_ms: u64) -> u32 {
    u32::try_from(uptime_ms.saturating_add(later_ms) / 1000).unwrap_or(Trial::NEVER)
}
