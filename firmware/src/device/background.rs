use crate::device::{Reach, Worker};
use crate::platform::Platform;
use core::future::poll_fn;
use core::task::Poll;
use embedded_io_async::ReadReady;

/// Works on what takes long, slice by slice, until the link has input or nothing is left to do.
///
/// # Errors
/// The link's own.
pub(super) async fn work_until_input<P: Platform, L: ReadReady>(
    worker: &mut Worker<P>,
    link: &mut L,
) -> Result<(), L::Error> {
    while worker.has_work() && !link.read_ready()? {
        worker.work();
        Reach::Modulus.wipe();
        yield_once().await;
    }
    Ok(())
}

/// Lets the board's other tasks run.
pub(super) async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if core::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
