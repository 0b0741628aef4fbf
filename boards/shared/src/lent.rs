//! Memory for the parts that are too large for the stack.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

/// A static that is lent once. The compiler makes it where it stays: it never lies on the stack, as what
/// `cortex_m::singleton!` is given may.
pub struct Lent<T> {
    value: UnsafeCell<T>,
    is_lent: AtomicBool,
}

// SAFETY: only one caller ever gets the value.
unsafe impl<T: Send> Sync for Lent<T> {}

impl<T> Lent<T> {
    /// For a static.
    pub const fn new(value: T) -> Self {
        Self {
            value: UnsafeCell::new(value),
            is_lent: AtomicBool::new(false),
        }
    }

    /// The value; `None` when somebody has it.
    #[expect(clippy::mut_from_ref, reason = "one caller alone gets it")]
    pub fn take(&'static self) -> Option<&'static mut T> {
        if self.is_lent.swap(true, Ordering::Relaxed) {
            return None;
        }
        // SAFETY: nobody else has it, nor ever gets it: the flag is never cleared.
        Some(unsafe { &mut *self.value.get() })
    }
}
