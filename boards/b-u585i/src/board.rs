//! The B-U585I-IOT02A: what hangs where, and what the firmware gets of it.

use crate::chip::{
    FlashController, Noise, Saes, has_own_key, protection, start_aes, start_clocks, start_hash, start_pka,
};
use crate::crypto::Hardware;
use crate::flash::U5Flash;
use crate::layout::{AUDIT, BOARD, COUNTERS, IMAGES, ROOT, STORE};
use crate::level_root::LevelRoot;
#[cfg(not(feature = "tamper"))]
use crate::{chip::stop_tamper, wrapped_root::WrappedRoot};
#[cfg(feature = "tamper")]
use crate::{
    chip::{Tamp, start_tamper},
    split_root::SplitRoot,
    tamper::TampHalf,
};
use casemate_board::usb::{Identity, Line, Link, Pump, RECEIVE_LEN, UsbMemory};
use casemate_board::{clock::BootClock, lent::Lent, partition::Partition, slots::vector_table, stack};
use casemate_common::command::Protection;
use casemate_common::usb::{B_U585I, PRODUCT};
use casemate_firmware::image::Slots;
use casemate_firmware::platform::{DeviceMemory, Meters, Parts, Platform, Presence};
use core::cell::RefCell;
use embassy_executor::InterruptExecutor;
use embassy_stm32::gpio::{Input, Level, Output, Pull, Speed};
use embassy_stm32::interrupt;
use embassy_stm32::mode::Blocking;
use embassy_stm32::peripherals::{IWDG, PA11, PA12, USB_OTG_FS};
use embassy_stm32::usart::{self, UartTx};
use embassy_stm32::wdg::IndependentWatchdog;
use embassy_stm32::{Peri, bind_interrupts, uid, usb};

bind_interrupts!(struct Interrupts {
    OTG_FS => usb::InterruptHandler<USB_OTG_FS>;
});

/// Far longer than any single step of the device's work.
const WATCHDOG_US: u32 = 20_000_000;
const PACKET_ROOM: usize = 256;

static MEMORY: Lent<DeviceMemory<Hardware>> = Lent::new(DeviceMemory::new());
static USB_MEMORY: Lent<UsbMemory> = Lent::new(UsbMemory::new());
static PACKETS: Lent<[u8; PACKET_ROOM]> = Lent::new([0; PACKET_ROOM]);
static LINE: Lent<Line> = Lent::new(Line::new());
static BESIDE: InterruptExecutor = InterruptExecutor::new();

type Nor = U5Flash<FlashController>;
type Region = Partition<'static, Nor>;
#[cfg(feature = "tamper")]
type Wrapped = SplitRoot<Region, Saes, TampHalf<Tamp>>;
#[cfg(not(feature = "tamper"))]
type Wrapped = WrappedRoot<Region, Saes>;

type Root = LevelRoot<Region, Wrapped>;

/// What is needed to run the firmware here.
pub struct Board {
    /// For the device.
    pub platform: BU585I,
    /// The link to the host.
    pub link: Link,
    /// Where it tells who it is: the serial port that the probe on the board (CN8) offers.
    pub console: UartTx<'static, Blocking>,
    /// What people see of it.
    pub leds: Leds,
    /// Resets the chip when it is not fed; it runs since start.
    pub watchdog: IndependentWatchdog<'static, IWDG>,
}

/// The board was started before, or its console can't run at the rate it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoardError;

/// The two LEDs, which shine when low.
pub struct Leds {
    green: Output<'static>,
    red: Output<'static>,
}

impl Leds {
    /// Green while the device serves; red as long as a debugger could read the flash, and when the device can't serve.
    pub fn show(&mut self, serves: bool) {
        self.green.set_level(Level::from(!serves));
        self.red
            .set_level(Level::from(serves && protection() != Protection::Open));
    }
}

impl Board {
    /// Starts clocks, watchdog, flash, noise and USB.
    ///
    /// # Errors
    /// [`BoardError`].
    pub fn start() -> Result<Self, BoardError> {
        let chip = start_clocks();
        let mut watchdog = IndependentWatchdog::new(chip.IWDG, WATCHDOG_US);
        watchdog.unleash();
        let nor = U5Flash::new(FlashController::new(chip.FLASH));
        let nor = cortex_m::singleton!(: RefCell<Nor> = RefCell::new(nor)).ok_or(BoardError)?;
        let entropy = Noise::start(chip.RNG);
        start_aes();
        start_hash();
        start_pka();
        #[cfg(feature = "tamper")]
        start_tamper();
        #[cfg(not(feature = "tamper"))]
        stop_tamper();
        let (link, pump) = LINE.take().ok_or(BoardError)?.split();
        start_usb(pump, (chip.USB_OTG_FS, chip.PA12, chip.PA11))?;
        let console = UartTx::new_blocking(chip.USART1, chip.PA9, usart::Config::default());
        Ok(Self {
            platform: BU585I {
                nor,
                memory: MEMORY.take().ok_or(BoardError)?,
                entropy,
                button: Button(Input::new(chip.PC13, Pull::Down)),
            },
            link,
            console: console.map_err(|_| BoardError)?,
            leds: Leds {
                green: Output::new(chip.PH7, Level::High, Speed::Low),
                red: Output::new(chip.PH6, Level::High, Speed::Low),
            },
            watchdog,
        })
    }
}

type UsbBlock = (
    Peri<'static, USB_OTG_FS>,
    Peri<'static, PA12>,
    Peri<'static, PA11>,
);

/// USB runs in an interrupt of its own (that of a UART which the board does not use), so that no work of the device,
/// however long, keeps it waiting.
fn start_usb(pump: Pump, block: UsbBlock) -> Result<(), BoardError> {
    let memory = USB_MEMORY.take().ok_or(BoardError)?;
    let packets = PACKETS.take().ok_or(BoardError)?;
    let task = run_usb(pump, block, memory, packets).map_err(|_| BoardError)?;
    BESIDE.start(interrupt::UART5).spawn(task);
    Ok(())
}

#[embassy_executor::task]
async fn run_usb(
    pump: Pump,
    block: UsbBlock,
    memory: &'static mut UsbMemory,
    packets: &'static mut [u8; PACKET_ROOM],
) {
    let (block, plus, minus) = block;
    let driver = usb::Driver::new_fs(block, Interrupts, plus, minus, packets, usb::Config::default());
    let identity = Identity {
        product_id: PRODUCT,
        product: B_U585I,
        serial: uid::uid_hex(),
    };
    pump.run(driver, memory, identity).await;
}

#[interrupt]
unsafe fn UART5() {
    // SAFETY: this is the executor's own interrupt, which `start` enables once it has started.
    unsafe { BESIDE.on_interrupt() }
}

/// The blue button, which is high while it is pressed.
pub struct Button(Input<'static>);

impl Presence for Button {
    fn is_shown(&self) -> bool {
        self.0.is_high()
    }
}

/// The platform of the B-U585I-IOT02A.
pub struct BU585I {
    nor: &'static RefCell<Nor>,
    memory: &'static mut DeviceMemory<Hardware>,
    entropy: Noise,
    button: Button,
}

impl Platform for BU585I {
    type Flash = Region;
    type Entropy = Noise;
    type Clock = BootClock;
    type Root = Root;
    type Crypto = Hardware;
    type Meters = BoardMeters;
    type Presence = Button;
    type Images = Slots<Region, Hardware>;

    const BOARD: &'static str = BOARD;
    const RECEIVE_WINDOW: u32 = RECEIVE_LEN as u32;

    fn into_parts(self) -> Parts<Self> {
        Parts {
            flash: Partition::new(self.nor, STORE),
            memory: self.memory,
            counters: Partition::new(self.nor, COUNTERS),
            audit: Partition::new(self.nor, AUDIT),
            entropy: self.entropy,
            clock: BootClock,
            root: LevelRoot::new(has_own_key(), Partition::new(self.nor, ROOT), wrapped),
            meters: BoardMeters,
            presence: self.button,
            images: IMAGES.images(self.nor, vector_table()),
        }
    }
}

#[cfg(feature = "tamper")]
const fn wrapped(region: Region) -> Wrapped {
    SplitRoot::new(region, Saes, TampHalf::new(Tamp))
}

#[cfg(not(feature = "tamper"))]
const fn wrapped(region: Region) -> Wrapped {
    WrappedRoot::new(region, Saes)
}

/// The stack's paint. USB loses nothing: what there is no room for waits at the host.
pub struct BoardMeters;

impl Meters for BoardMeters {
    fn stack_high_water(&self) -> u32 {
        stack::high_water() as u32
    }

    fn protection(&self) -> Protection {
        protection()
    }
}
