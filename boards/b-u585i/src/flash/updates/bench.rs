//! The firmware on the model of the chip's flash: every region in one part, where the layout says, started by what the
//! first stage does.

use crate::flash::U5Flash;
use crate::flash::model::Model;
use crate::host::Host;
use crate::layout::{AUDIT, BOARD, COUNTERS, IMAGES, ROOT, STORE};
use casemate_board::partition::Partition;
use casemate_common::image::{HEADER_LEN, SlotAddress};
use casemate_firmware::crypto::Software;
use casemate_firmware::flash::FlashRoot;
use casemate_firmware::image::{NoImage, Slots};
use casemate_firmware::platform::{Clock, EntropyError, EntropySource, Parts, Platform};
use casemate_sim::nor::SplitMix64;
use core::cell::RefCell;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};

type Nor = U5Flash<Model>;
type Region = Partition<'static, Nor>;
type Memory = casemate_firmware::platform::DeviceMemory<Software>;

/// A board whose flash outlives what runs on it.
pub(super) struct Bench {
    nor: &'static RefCell<Nor>,
}

impl Bench {
    pub(super) fn new(model: Model) -> Self {
        let nor = Box::leak(Box::new(RefCell::new(U5Flash::new(model))));
        Self { nor }
    }

    /// Looks at the flash, or changes it.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Model) -> T) -> T {
        act(&mut self.nor.borrow_mut().controller)
    }

    /// What the first stage starts.
    pub(super) fn choose(&self) -> Result<SlotAddress, NoImage> {
        IMAGES.choose::<Software, _>(&mut *self.nor.borrow_mut())
    }

    /// Starts it, and the firmware as if it were in that slot; no session yet.
    pub(super) fn start(&self) -> Started {
        let slot = self.choose().expect("an image may start");
        self.run(slot, Host::start)
    }

    /// The same with a session, as an officer's host whose device is initialised.
    pub(super) fn connect(&self) -> Started {
        let slot = self.choose().expect("an image may start");
        self.run(slot, Host::connect)
    }

    fn run(&self, slot: SlotAddress, start: impl FnOnce(Board) -> Host) -> Started {
        let memory: *mut Memory = Box::into_raw(Box::default());
        let host = start(Board {
            nor: self.nor,
            slot,
            // SAFETY: it was just allocated, and `Started` frees it only once the device that has it is gone.
            memory: unsafe { &mut *memory },
        });
        let host = ManuallyDrop::new(host);
        Started { host, memory }
    }
}

/// A device that runs. It gives its memory back: a sweep starts thousands.
pub(super) struct Started {
    host: ManuallyDrop<Host>,
    memory: *mut Memory,
}

impl Drop for Started {
    fn drop(&mut self) {
        // SAFETY: nobody uses the host after this. With it goes the device, which alone had the memory.
        unsafe {
            ManuallyDrop::drop(&mut self.host);
            drop(Box::from_raw(self.memory));
        }
    }
}

impl Deref for Started {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}

impl DerefMut for Started {
    fn deref_mut(&mut self) -> &mut Host {
        &mut self.host
    }
}

struct Board {
    nor: &'static RefCell<Nor>,
    slot: SlotAddress,
    memory: &'static mut Memory,
}

impl Platform for Board {
    type Flash = Region;
    type Entropy = Noise;
    type Clock = Stopped;
    type Root = FlashRoot<Region>;
    type Crypto = Software;
    type Meters = ();
    type Presence = ();
    type Images = Slots<Region, Software>;

    const BOARD: &'static str = BOARD;
    const RECEIVE_WINDOW: u32 = 16 * 1024;
    const SELF_TESTS: bool = false;

    fn into_parts(self) -> Parts<Self> {
        Parts {
            flash: Partition::new(self.nor, STORE),
            memory: self.memory,
            counters: Partition::new(self.nor, COUNTERS),
            audit: Partition::new(self.nor, AUDIT),
            entropy: Noise(SplitMix64::new(1)),
            clock: Stopped,
            root: FlashRoot::new(Partition::new(self.nor, ROOT)),
            meters: (),
            presence: (),
            images: IMAGES.images(self.nor, self.slot.address() + HEADER_LEN as u32),
        }
    }
}

struct Noise(SplitMix64);

impl EntropySource for Noise {
    fn fill(&mut self, noise: &mut [u8]) -> Result<(), EntropyError> {
        self.0.fill(noise);
        Ok(())
    }
}

struct Stopped;

impl Clock for Stopped {
    fn uptime_ms(&self) -> u64 {
        1234
    }
}
