//! The board that this process is.

use crate::flash::Region;
use crate::nor::Medium;
use casemate_firmware::crypto::Software;
use casemate_firmware::flash::FlashRoot;
use casemate_firmware::image::Slots;
use casemate_firmware::platform::{Clock, EntropyError, EntropySource, Parts, Platform};
use std::time::Instant;

/// Encoded bytes that a host may send ahead: one read's worth, and less than any socket buffers.
const RECEIVE_WINDOW: u32 = 64 * 1024;

/// What it is called.
pub(crate) const BOARD: &str = "simulator";

pub(crate) struct SimulatedBoard<M> {
    pub(crate) root: Region<M>,
    pub(crate) store: Region<M>,
    pub(crate) counters: Region<M>,
    pub(crate) audit: Region<M>,
    pub(crate) images: Slots<Region<M>, Software>,
}

impl<M: Medium> Platform for SimulatedBoard<M> {
    type Flash = Region<M>;
    type Entropy = OsEntropy;
    type Clock = ProcessClock;
    type Root = FlashRoot<Region<M>>;
    type Crypto = Software;
    type Meters = ();
    type Presence = ();
    type Images = Slots<Region<M>, Software>;

    const BOARD: &'static str = BOARD;
    const RECEIVE_WINDOW: u32 = RECEIVE_WINDOW;

    fn into_parts(self) -> Parts<Self> {
        Parts {
            flash: self.store,
            // For as long as the process runs, as a board's statics; a process has one device.
            memory: Box::leak(Box::default()),
            counters: self.counters,
            audit: self.audit,
            entropy: OsEntropy,
            clock: ProcessClock(Instant::now()),
            root: FlashRoot::new(self.root),
            meters: (),
            presence: (),
            images: self.images,
        }
    }
}

/// The operating system's generator in the place of a noise source.
pub(crate) struct OsEntropy;

impl EntropySource for OsEntropy {
    fn fill(&mut self, noise: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(noise).map_err(|_| EntropyError)
    }
}

pub(crate) struct ProcessClock(Instant);

impl Clock for ProcessClock {
    fn uptime_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
