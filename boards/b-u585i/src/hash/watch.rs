use super::Stuck;
use core::sync::atomic::{AtomicBool, Ordering};

/// Decides what a failure of the processor means. One that has never worked since the start is left to the self-test,
/// which finds that the digest is not the known one, and the device tells its host so. One that has worked and fails has
/// nobody behind it who would notice: the device has to start anew.
#[derive(Debug, Default)]
pub struct Watch {
    has_worked: AtomicBool,
}

impl Watch {
    /// At the start.
    pub const fn new() -> Self {
        Self {
            has_worked: AtomicBool::new(false),
        }
    }

    /// Whether the device must start anew after this.
    pub fn must_restart(&self, outcome: Result<(), Stuck>) -> bool {
        match outcome {
            Ok(()) => {
                self.has_worked.store(true, Ordering::Relaxed);
                false
            }
            Err(Stuck) => self.has_worked.load(Ordering::Relaxed),
        }
    }
}
