//! The EVB: which part hangs where, and what the firmware gets of it.

use crate::{
    chip::{Console, Fmc, Peripherals, RECEIVE_LEN, SysTickClock, Trng, Uart, protect_memory},
    part::W25Q80,
};
use casemate_board::{lent::Lent, partition::Partition, stack};
use casemate_firmware::{
    crypto::Software,
    flash::FlashRoot,
    platform::{DeviceMemory, EntropySource, Meters, Parts, Platform},
};
use core::{cell::RefCell, ops::Range};

/// Room for 576 entries. What lies before them is the boot image's.
const AUDIT_REGION: Range<u32> = 0x000C_C000..0x000D_C000;
/// Two sectors.
const COUNTERS_REGION: Range<u32> = 0x000D_C000..0x000D_E000;
/// Two sectors: the root secret twice.
const ROOT_REGION: Range<u32> = 0x000D_E000..0x000E_0000;
const STORE_REGION: Range<u32> = 0x000E_0000..0x0010_0000;

static MEMORY: Lent<DeviceMemory<Software>> = Lent::new(DeviceMemory::new());

type Nor = W25Q80<Fmc, SysTickClock>;
type Region = Partition<'static, Nor>;

/// What is needed to run the firmware here.
pub struct Board {
    /// For the device.
    pub platform: Ast1030<Trng>,
    /// The link to the host.
    pub link: Uart,
    /// Where it tells who it is.
    pub console: Console,
    /// The clock that the platform has too.
    pub clock: SysTickClock,
}

/// Why the board cannot run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoardError {
    /// It was started before.
    Taken,
    /// The flash part is not there, or not usable.
    Flash,
}

impl Board {
    /// Starts clock, protection, link and flash.
    ///
    /// # Errors
    /// [`BoardError`].
    pub fn start() -> Result<Self, BoardError> {
        let mut core = cortex_m::Peripherals::take().ok_or(BoardError::Taken)?;
        let chip = Peripherals::take().ok_or(BoardError::Taken)?;
        let clock = SysTickClock::start(core.SYST);
        protect_memory(&mut core.MPU);
        let nor = W25Q80::open(Fmc::new(chip.fmc), clock).map_err(|_| BoardError::Flash)?;
        let nor = cortex_m::singleton!(: RefCell<Nor> = RefCell::new(nor)).ok_or(BoardError::Taken)?;
        Ok(Self {
            platform: Ast1030 {
                nor,
                memory: MEMORY.take().ok_or(BoardError::Taken)?,
                entropy: Trng::new(chip.trng, clock),
                clock,
            },
            link: Uart::start(chip.uart5).ok_or(BoardError::Taken)?,
            console: Console::start(chip.uart1),
            clock,
        })
    }
}

/// The platform of the AST1030 EVB, with whatever source of entropy.
pub struct Ast1030<E> {
    nor: &'static RefCell<Nor>,
    memory: &'static mut DeviceMemory<Software>,
    entropy: E,
    clock: SysTickClock,
}

impl<E> Ast1030<E> {
    /// The same board with another source of entropy.
    pub fn with_entropy<F>(self, entropy: F) -> Ast1030<F> {
        Ast1030 {
            nor: self.nor,
            memory: self.memory,
            entropy,
            clock: self.clock,
        }
    }
}

impl<E: Clone> Ast1030<E> {
    /// The same board for a second start.
    pub fn again(&self, memory: &'static mut DeviceMemory<Software>) -> Self {
        Self {
            nor: self.nor,
            memory,
            entropy: self.entropy.clone(),
            clock: self.clock,
        }
    }
}

impl<E: EntropySource> Platform for Ast1030<E> {
    type Flash = Region;
    type Entropy = E;
    type Clock = SysTickClock;
    type Root = FlashRoot<Region>;
    type Crypto = Software;
    type Meters = BoardMeters;
    type Presence = ();
    type Images = ();

    const BOARD: &'static str = "ast1030-evb";
    const RECEIVE_WINDOW: u32 = RECEIVE_LEN as u32;

    fn into_parts(self) -> Parts<Self> {
        Parts {
            flash: Partition::new(self.nor, STORE_REGION),
            memory: self.memory,
            counters: Partition::new(self.nor, COUNTERS_REGION),
            audit: Partition::new(self.nor, AUDIT_REGION),
            entropy: self.entropy,
            clock: self.clock,
            root: FlashRoot::new(Partition::new(self.nor, ROOT_REGION)),
            meters: BoardMeters,
            presence: (),
            images: (),
        }
    }
}

/// The stack's paint and the link's overruns.
pub struct BoardMeters;

impl Meters for BoardMeters {
    fn stack_high_water(&self) -> u32 {
        stack::high_water() as u32
    }

    fn receive_overruns(&self) -> u32 {
        Uart::overruns()
    }
}
