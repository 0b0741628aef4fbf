//! What a board gives the firmware.

use crate::crypto::Crypto;
pub use crate::device::DeviceMemory;
use crate::image::Images;
use casemate_common::command::{Protection, RootKind};
use embedded_storage::nor_flash::NorFlash;

/// A board: types for everything the firmware needs, so that what a board does not use drops out at link time.
pub trait Platform {
    /// A flash region: erased to 0xFF, programmed by clearing bits, each word at most once between
    /// erases except to clear it to all zeros.
    type Flash: NorFlash;
    /// Raw noise, before any conditioning.
    type Entropy: EntropySource;
    /// Time since start.
    type Clock: Clock;
    /// Where the root secret comes from.
    type Root: RootSource;
    /// The algorithms: [`crate::crypto::Software`], or a set with some in the board's hardware.
    type Crypto: Crypto;
    /// What the board counts for diagnosis; `()` where it counts nothing.
    type Meters: Meters;
    /// Whether somebody is at the device; `()` where it has no button.
    type Presence: Presence;
    /// Its slots for images; `()` where it has none and is flashed as a whole.
    type Images: Images;

    /// The board's name, for `Info`.
    const BOARD: &'static str;
    /// Encoded bytes that the board's receive side buffers: the window announced to the host.
    const RECEIVE_WINDOW: u32;
    /// Whether a start asks every algorithm for its known answers first. A board says no only in tests that start
    /// thousands of devices with algorithms that other tests have asked.
    const SELF_TESTS: bool = true;

    /// Hands the parts to the device, once.
    fn into_parts(self) -> Parts<Self>
    where
        Self: Sized;
}

/// The parts of a [`Platform`], each owned by the one worker.
pub struct Parts<P: Platform> {
    /// The region of the record log.
    pub flash: P::Flash,
    /// Memory for as long as the program runs.
    pub memory: &'static mut DeviceMemory<P::Crypto>,
    /// The region of the counters: two sectors or more.
    pub counters: P::Flash,
    /// The region of the audit log: two sectors or more, of 32 entries or more each.
    pub audit: P::Flash,
    /// See [`Platform::Entropy`].
    pub entropy: P::Entropy,
    /// See [`Platform::Clock`].
    pub clock: P::Clock,
    /// See [`Platform::Root`].
    pub root: P::Root,
    /// See [`Platform::Meters`].
    pub meters: P::Meters,
    /// See [`Platform::Presence`].
    pub presence: P::Presence,
    /// See [`Platform::Images`].
    pub images: P::Images,
}

/// The source broke, or answered nothing in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntropyError;

/// A noise source in the sense of SP 800-90B: its bytes go through the health tests before anything uses them.
pub trait EntropySource {
    /// Fills `noise` with raw samples of one byte each.
    ///
    /// # Errors
    /// [`EntropyError`] when the source can't.
    fn fill(&mut self, noise: &mut [u8]) -> Result<(), EntropyError>;
}

/// A clock that only goes forward.
pub trait Clock {
    /// Milliseconds since start.
    fn uptime_ms(&self) -> u64;
}

/// Why there is no root secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootError {
    /// It could not be read or made.
    Failed,
    /// The half of it that the tamper input erases is gone, and so are all keys.
    Tampered,
    /// What was kept is the root of another kind than the board makes now: its protection was off then, or it ran another image.
    OtherKind,
    /// What the hardware makes of it now is not what it made at first.
    Changed,
    /// The board's protection was changed, and what the root would be made with is not there before its power has been off.
    Unsettled,
}

/// The device-unique secret that seals all that the device keeps in its flash.
pub trait RootSource {
    /// Where the secret lives.
    fn kind(&self) -> RootKind;

    /// Writes the secret to `root`; at the very first start makes it from `fresh`, which is 32 random bytes, durably
    /// and safely against a power cut, before returning.
    ///
    /// # Errors
    /// [`RootError`] when the place can't be read or written, or holds something damaged. Never makes a new secret
    /// then: that would destroy all keys.
    fn load_or_create(&mut self, fresh: &[u8; 32], root: &mut [u8; 32]) -> Result<(), RootError>;
}

/// Somebody at the device, without whom what an officer decides does not count: a host that was taken over knows the PIN,
/// but has no finger.
pub trait Presence {
    /// Whether somebody is there right now: holds a button, say.
    fn is_shown(&self) -> bool;
}

/// A device that nobody can touch believes that somebody is there.
impl Presence for () {
    fn is_shown(&self) -> bool {
        true
    }
}

/// What a board counts and sees for diagnosis, shown in `Info`; 0 where it does not count.
pub trait Meters {
    /// Most bytes of stack the worker has used since start.
    fn stack_high_water(&self) -> u32 {
        0
    }

    /// Bytes of the link that were lost since start because they came faster than they were taken.
    fn receive_overruns(&self) -> u32 {
        0
    }

    /// How well the chip keeps a debugger out.
    fn protection(&self) -> Protection {
        Protection::NotApplicable
    }
}

impl Meters for () {}
