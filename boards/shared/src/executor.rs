//! Runs the one task there is, and lets the core sleep while it waits.

use core::{
    pin::pin,
    ptr::null,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, RawWaker, RawWakerVTable, Waker},
};
use cortex_m::{asm, interrupt};

static WOKEN: AtomicBool = AtomicBool::new(false);

const WAKER: RawWaker = RawWaker::new(
    null(),
    &RawWakerVTable::new(|_| WAKER, |_| wake(), |_| wake(), |_| ()),
);

/// Polls `future` to its end. Not to be nested: all tasks share one wake-up flag.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    // SAFETY: the functions of the table use no data and may be called from anywhere.
    let waker = unsafe { Waker::from_raw(WAKER) };
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        sleep_until_woken();
    }
}

fn wake() {
    WOKEN.store(true, Ordering::Release);
}

/// The flag is looked at with interrupts masked, and WFI ends for a pending interrupt even then: no wake-up can come
/// between the look and the sleep.
fn sleep_until_woken() {
    while !WOKEN.swap(false, Ordering::AcqRel) {
        interrupt::disable();
        if !WOKEN.load(Ordering::Acquire) {
            asm::wfi();
        }
        // SAFETY: interrupts were enabled before; nothing here relies on their being masked.
        unsafe { interrupt::enable() };
    }
}
