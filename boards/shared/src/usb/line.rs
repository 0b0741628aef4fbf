use super::{Link, Pump};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::pipe::{self, Pipe};
use embassy_sync::signal::Signal;

/// Bytes that wait for the worker: the window that a device announces.
pub const RECEIVE_LEN: usize = 16 * 1024;
/// Bytes that wait for the host.
pub(super) const TRANSMIT_LEN: usize = 4 * 1024;

pub(super) type Reader<const N: usize> = pipe::Reader<'static, CriticalSectionRawMutex, N>;
pub(super) type Writer<const N: usize> = pipe::Writer<'static, CriticalSectionRawMutex, N>;

/// What lies between the worker and USB.
pub struct Line {
    received: Pipe<CriticalSectionRawMutex, RECEIVE_LEN>,
    transmitted: Pipe<CriticalSectionRawMutex, TRANSMIT_LEN>,
    state: State,
}

/// Who waits for whom.
pub(super) struct State {
    /// The host is gone: set by USB, taken by the worker.
    pub(super) hung_up: Signal<CriticalSectionRawMutex, ()>,
    /// Nothing of an earlier host is left: set by the worker, taken by USB.
    pub(super) ready: Signal<CriticalSectionRawMutex, ()>,
}

impl Line {
    /// A line with nothing on it.
    #[expect(clippy::new_without_default, reason = "a line is only of use in a static")]
    pub const fn new() -> Self {
        Self {
            received: Pipe::new(),
            transmitted: Pipe::new(),
            state: State {
                hung_up: Signal::new(),
                ready: Signal::new(),
            },
        }
    }

    /// The worker's end and USB's.
    pub fn split(&'static mut self) -> (Link, Pump) {
        let Self {
            received,
            transmitted,
            state,
        } = self;
        let state: &'static State = state;
        let (received, from_host) = received.split();
        let (to_host, transmitted) = transmitted.split();
        (
            Link::new(received, transmitted, state),
            Pump::new(to_host, from_host, state),
        )
    }
}
