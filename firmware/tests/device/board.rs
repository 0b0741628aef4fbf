//! A board made of memory, whose parts the test keeps hold of.

use casemate_common::command::{Protection, RootKind};
use casemate_common::image::{BoardName, SlotAddress};
use casemate_firmware::crypto::ec::Ecdsa;
use casemate_firmware::crypto::{Crypto, Software};
use casemate_firmware::flash::FlashRoot;
use casemate_firmware::image::{Slot, Slots, Trust, choose, security_floor};
use casemate_firmware::platform::{
    Clock, EntropyError, EntropySource, Meters, Parts, Platform, Presence, RootError, RootSource,
};
use casemate_sim::nor::{Nor, NorError, SplitMix64};
use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::LazyLock;

pub(crate) const WINDOW: u32 = 16 * 1024;
const SECTOR: usize = 4096;
const WORD: usize = 16;

const BOARD: &str = "memory";
const SLOT_SECTORS: usize = 4;
/// Where a processor would see the slots.
pub(crate) const SLOTS: [u32; 2] = [0x1_0000, 0x2_0000];
/// The private key of whoever signs its images.
pub(crate) const SIGNER: [u8; 32] = [0x51; 32];

/// A flash that outlives the device.
#[derive(Clone)]
pub(crate) struct Flash(Rc<RefCell<Nor<Vec<u8>, WORD, SECTOR>>>);

impl Flash {
    pub(crate) fn blank(sectors: usize) -> Self {
        Self::holding(vec![0xFF; sectors * SECTOR])
    }

    pub(crate) fn holding(image: Vec<u8>) -> Self {
        Self(Rc::new(RefCell::new(Nor::new(image))))
    }

    pub(crate) fn with<T>(&self, use_it: impl FnOnce(&mut Nor<Vec<u8>, WORD, SECTOR>) -> T) -> T {
        use_it(&mut self.0.borrow_mut())
    }

    /// A flash with the same contents and power.
    pub(crate) fn copy(&self) -> Self {
        Self::holding(self.with(|nor| nor.image().to_vec()))
    }
}

impl ErrorType for Flash {
    type Error = NorError;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorError> {
        self.with(|nor| nor.read(offset, bytes))
    }

    fn capacity(&self) -> usize {
        self.with(|nor| nor.capacity())
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorError> {
        self.with(|nor| nor.erase(from, to))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorError> {
        self.with(|nor| nor.write(offset, bytes))
    }
}

/// Noise from a seed, until it sticks.
#[derive(Clone)]
pub(crate) struct Noise {
    random: SplitMix64,
    stuck: Rc<Cell<bool>>,
}

impl EntropySource for Noise {
    fn fill(&mut self, noise: &mut [u8]) -> Result<(), EntropyError> {
        if self.stuck.get() {
            noise.fill(0x55);
        } else {
            self.random.fill(noise);
        }
        Ok(())
    }
}

/// A root in a flash, and a half of it that is gone once somebody has tampered with the device.
pub(crate) struct Root {
    flash: FlashRoot<Flash>,
    is_tampered: bool,
}

impl RootSource for Root {
    fn kind(&self) -> RootKind {
        self.flash.kind()
    }

    fn load_or_create(&mut self, fresh: &[u8; 32], root: &mut [u8; 32]) -> Result<(), RootError> {
        if self.is_tampered {
            return Err(RootError::Tampered);
        }
        self.flash.load_or_create(fresh, root)
    }
}

/// A chip that lets no debugger read.
pub(crate) struct Guarded;

impl Meters for Guarded {
    fn protection(&self) -> Protection {
        Protection::ReadOut
    }
}

/// A clock that goes when the test lets it.
#[derive(Clone)]
pub(crate) struct SetByHand(Rc<Cell<u64>>);

impl Clock for SetByHand {
    fn uptime_ms(&self) -> u64 {
        self.0.get()
    }
}

/// Somebody at the button, until the test sends them away.
#[derive(Clone)]
pub(crate) struct Finger(pub(crate) Rc<Cell<bool>>);

impl Presence for Finger {
    fn is_shown(&self) -> bool {
        self.0.get()
    }
}

/// All that a device leaves behind when it loses power, and a switch that breaks its noise.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) root: Flash,
    pub(crate) store: Flash,
    pub(crate) counters: Flash,
    pub(crate) audit: Flash,
    pub(crate) noise_is_stuck: Rc<Cell<bool>>,
    pub(crate) is_tampered: Rc<Cell<bool>>,
    pub(crate) clock: SetByHand,
    pub(crate) seed: u64,
    pub(crate) finger: Finger,
    pub(crate) slots: [Flash; 2],
    /// The key that the image was built for which it starts.
    pub(crate) built_for: &'static [u8; 65],
}

impl Bench {
    /// A blank device with a store of this many sectors.
    pub(crate) fn blank(sectors: usize) -> Self {
        Self {
            root: Flash::blank(1),
            store: Flash::blank(sectors),
            counters: Flash::blank(2),
            audit: Flash::blank(12),
            noise_is_stuck: Rc::default(),
            is_tampered: Rc::default(),
            clock: SetByHand(Rc::new(Cell::new(1234))),
            seed: 1,
            finger: Finger(Rc::new(Cell::new(true))),
            slots: [(); 2].map(|()| Flash::blank(SLOT_SECTORS)),
            built_for: trust().key,
        }
    }

    /// Lets so many milliseconds pass.
    pub(crate) fn pass(&self, ms: u64) {
        self.clock.0.set(self.clock.0.get() + ms);
    }

    /// A second device with the same contents.
    pub(crate) fn copy(&self) -> Self {
        Self {
            root: self.root.copy(),
            store: self.store.copy(),
            counters: self.counters.copy(),
            audit: self.audit.copy(),
            slots: self.slots.each_ref().map(Flash::copy),
            clock: SetByHand(Rc::new(Cell::new(self.clock.uptime_ms()))),
            ..self.clone()
        }
    }

    pub(crate) fn board<C: Crypto>(&self) -> Board<C> {
        Board {
            bench: self.clone(),
            crypto: PhantomData,
        }
    }

    /// One that starts without self-tests, for sweeps that start it again and again.
    pub(crate) fn untested(&self) -> Board<Software, false> {
        Board {
            bench: self.clone(),
            crypto: PhantomData,
        }
    }
}

pub(crate) struct Board<C = Software, const SELF_TESTS: bool = true> {
    bench: Bench,
    crypto: PhantomData<C>,
}

impl<C: Crypto, const SELF_TESTS: bool> Platform for Board<C, SELF_TESTS> {
    type Flash = Flash;
    type Entropy = Noise;
    type Clock = SetByHand;
    type Root = Root;
    type Crypto = C;
    type Meters = Guarded;
    type Presence = Finger;
    type Images = Slots<Flash, C>;

    const BOARD: &'static str = BOARD;
    const RECEIVE_WINDOW: u32 = WINDOW;
    const SELF_TESTS: bool = SELF_TESTS;

    fn into_parts(self) -> Parts<Self> {
        let images = boot(&self.bench);
        Parts {
            flash: self.bench.store,
            memory: Box::leak(Box::default()),
            counters: self.bench.counters,
            audit: self.bench.audit,
            entropy: Noise {
                random: SplitMix64::new(self.bench.seed),
                stuck: self.bench.noise_is_stuck,
            },
            clock: self.bench.clock,
            root: Root {
                flash: FlashRoot::new(self.bench.root),
                is_tampered: self.bench.is_tampered.get(),
            },
            meters: Guarded,
            presence: self.bench.finger,
            images,
        }
    }
}

/// What its boot stage does: the slots as the image sees them that it starts, which is the first where there is none.
pub(crate) fn boot<C: Crypto>(bench: &Bench) -> Slots<Flash, C> {
    let trust = trust();
    let mut slots = slots(bench);
    let chosen = choose::<Software, _>(&mut slots, &trust, security_floor(bench.counters.clone()));
    let key = bench.built_for;
    let second = chosen.is_ok_and(|chosen| chosen.slot == 1);
    Slots::new(slots, second, Trust { key, ..trust })
}

pub(crate) fn slots(bench: &Bench) -> [Slot<Flash>; 2] {
    let address = |slot: usize| SlotAddress::new(SLOTS[slot]).unwrap();
    [0, 1].map(|slot| Slot::new(bench.slots[slot].clone(), address(slot)))
}

pub(crate) fn trust() -> Trust<'static> {
    static KEY: LazyLock<[u8; 65]> = LazyLock::new(|| {
        let mut point = [0; 65];
        <Software as Crypto>::P256::public(&SIGNER, &mut point).unwrap();
        point
    });
    Trust {
        board: BoardName::new(BOARD).unwrap(),
        key: &KEY,
    }
}
